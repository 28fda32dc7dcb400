"""The recipes: what each trains on, which parameters it takes, and their defaults. Pure."""

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any

from tuning_trial import tactics
from tuning_trial.datasets.request import Kind
from tuning_trial.errors import UserError
from tuning_trial.nearest import did_you_mean
from tuning_trial.recipes.structure import Structure
from tuning_trial.tactics import Tactics
from tuning_trial.tactics.chosen import checked
from tuning_trial.tactics.given import NAMES, REMOVED, START, TEACHING, TFLITE, refuse_idle

COMMON = ("activation", "normalisation", "dropout", "l1", "l2")
CONVOLUTIONAL = (
    *("width", "depth", "residual", "squeeze_excitation", "squeeze_ratio", "attention", "num_heads"),
    *("conv_dropout", *COMMON),
)
ENCODER = ("depth", "embed_dim", "num_heads", "ff_dim", *COMMON)
RECURRENT = (
    *("vocabulary", "sequence_length", "embed_dim", "width", "depth"),
    *("normalisation", "dropout", "l1", "l2"),
)
DENSE = ("width", "depth", "residual", *COMMON)
ADVERSARIAL = ("latent_dim", "width", "depth", "activation", "normalisation", "conv_dropout", "l1", "l2")

OF_IMAGES = ("flip", "rotation", "zoom", "translation", "contrast", "mix_up", "cut_mix")
OF_DATASETS = ("cache",)  # recipes hold everything in memory
NEEDS = {"squeeze_ratio": "squeeze_excitation", "num_heads": "attention"}  # in recipes that have both
TRAINER = {"epochs": ("10", "10 to 100"), "batch_size": ("32", "16 to 256, log")}  # default, usual


@dataclass(frozen=True)
class Recipe:
    """A model that needs no code.

    about: one line.
    kind: of the data.
    build: the function that builds it, as module:function below this package.
    structure: the names of Structure that it uses.
    defaults: where they are others than Structure's or Tactics'.
    without: tactics that mean nothing to it.
    """

    name: str
    about: str
    kind: Kind
    build: str
    structure: tuple[str, ...]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()

    @property
    def parameters(self) -> "dict[str, Field[Any]]":
        """What can be given beside epochs and batch_size, by name."""
        own = {f.name: f for f in fields(Structure) if f.name in self.structure}
        return own | {f.name: f for f in fields(Tactics) if f.name not in (*self.without, *OF_DATASETS)}

    def default(self, name: str) -> Any:
        """Return a parameter's default here."""
        return self.defaults.get(name, self.parameters[name].default)


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe("image-cnn", "classifies images: a plain convolutional network", "images",
               "images:convolutional", CONVOLUTIONAL, {"normalisation": "batch"}),
        Recipe("image-resnet", "classifies images: residual blocks (He et al. 2016)", "images",
               "images:convolutional", CONVOLUTIONAL, {"normalisation": "batch", "residual": True}),
        Recipe("image-se-resnet", "classifies images: residual blocks, squeeze-and-excitation (Hu 2018)",
               "images", "images:convolutional", CONVOLUTIONAL,
               {"normalisation": "batch", "residual": True, "squeeze_excitation": True}),
        Recipe("image-vit", "classifies images: a small vision transformer (Dosovitskiy et al. 2021)",
               "images", "images:vision_transformer", ("patch", *ENCODER),
               {"normalisation": "layer", "activation": "gelu"}),
        Recipe("text-transformer", "classifies texts: a transformer encoder (Vaswani et al. 2017)",
               "texts", "texts:transformer", ("vocabulary", "sequence_length", *ENCODER),
               {"normalisation": "layer", "depth": 1}, OF_IMAGES),
        Recipe("text-lstm", "classifies texts: embedding and LSTM", "texts", "texts:lstm", RECURRENT,
               {"depth": 1}, OF_IMAGES),
        Recipe("text-gru", "classifies texts: embedding and GRU", "texts", "texts:gru", RECURRENT,
               {"depth": 1}, OF_IMAGES),
        Recipe("tabular-classification", "classifies rows of a table: a dense network", "classes of features",
               "tables:classifier", DENSE, {"width": 64}, OF_IMAGES),
        Recipe("tabular-regression", "foretells a number for rows of a table: a dense network",
               "numbers of features", "tables:regressor", DENSE, {"width": 64},
               (*OF_IMAGES, "label_smoothing", *TEACHING)),
        Recipe("gan", "makes images like those given: two adversaries (Goodfellow et al. 2014)",
               "unlabelled images", "adversarial:adversaries", ADVERSARIAL,
               {"activation": "leaky_relu", "normalisation": "layer", "beta_1": 0.5, "learning_rate": 2e-4},
               ("mix_up", "cut_mix", "label_smoothing", *START, *TEACHING, REMOVED, TFLITE)),
    )
}  # fmt: skip


def read(recipe: Recipe, given: Mapping[str, Any]) -> tuple[Structure, Tactics]:
    """Return the structure and the tactics that a trial's parameters ask for.

    Raises:
        UserError: a parameter is none of the recipe's, out of range, or excluded by another.
    """
    known = recipe.parameters
    for name in sorted(given):
        if name not in known and name not in TRAINER:
            raise UserError(f"the recipe {recipe.name} has no parameter {name!r}", _mend(recipe, name))
    values = {name: checked(known[name], value) for name, value in given.items() if name in known}
    values = dict(recipe.defaults) | values
    structure = Structure(**{name: v for name, v in values.items() if name in recipe.structure})
    chosen = tactics.read({name: v for name, v in values.items() if name not in recipe.structure})
    _refuse_idle(recipe, structure, given)
    refuse_idle({name: value for name, value in given.items() if name in NAMES}, chosen, NAMES)
    return structure, chosen


def _refuse_idle(recipe: Recipe, structure: Structure, given: Mapping[str, Any]) -> None:
    for name, other in NEEDS.items():
        if name in given and other in recipe.structure and not getattr(structure, other):
            mend = f'give {other} too, or {name} `when: {{parameter: {other}, in: ["true"]}}` in the manifest'
            raise UserError(f"the parameter {name!r} has no effect without {other}", mend)


def _mend(recipe: Recipe, name: str) -> str:
    hint = did_you_mean(name, [*recipe.parameters, *TRAINER])
    return f"{hint}`tuning-trial recipe {recipe.name} --help` lists those it has"
