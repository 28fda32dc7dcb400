"""The structure of a recipe's model as named parameters, in the manner of the tactics. Pure."""

from dataclasses import dataclass

from tuning_trial.tactics.chosen import tactic, word

ACTIVATIONS = ("relu", "leaky_relu", "gelu", "swish")
NORMALISATIONS = ("none", "batch", "layer")


@dataclass(frozen=True)
class Structure:
    """A model's structure; a recipe uses some of these, and may have other defaults."""

    width: int = tactic(32, "16 to 256, log", low=1, high=65536)
    depth: int = tactic(2, "1 to 4", low=1, high=64)
    residual: bool = tactic(False, "true or false")
    squeeze_excitation: bool = tactic(False, "true or false")
    squeeze_ratio: int = tactic(16, "4 to 32", low=1, high=1024)
    attention: bool = tactic(False, "true or false")
    activation: str = word("relu", *ACTIVATIONS)
    normalisation: str = word("none", *NORMALISATIONS)
    dropout: float = tactic(0.0, "0.2 to 0.5", high=0.99)
    conv_dropout: float = tactic(0.0, "0.05 to 0.2", high=0.99)
    l1: float = tactic(0.0, "1e-4 to 1e-2, log", high=10)
    l2: float = tactic(0.0, "1e-4 to 1e-2, log", high=10)
    patch: int = tactic(4, "2 to 16", low=1, high=1024)
    embed_dim: int = tactic(32, "16 to 256, log", low=1, high=65536)
    num_heads: int = tactic(2, "1 to 8", low=1, high=256)
    ff_dim: int = tactic(64, "32 to 512, log", low=1, high=65536)
    vocabulary: int = tactic(10_000, "1000 to 50000, log", low=3, high=10**7)
    sequence_length: int = tactic(128, "32 to 512", low=1, high=65536)
    latent_dim: int = tactic(32, "16 to 128", low=1, high=65536)
