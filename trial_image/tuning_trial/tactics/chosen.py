"""Every tactic as a named parameter: its default, what it may be, and what it usually is."""

import math
import re
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any

from tuning_trial.errors import UserError
from tuning_trial.tactics.combinations import NONE, refuse_combinations
from tuning_trial.variants import BASE, KINDS

SCHEDULES = ("constant", "exponential", "step", "cosine", "cosine_restarts", "cyclical", "one_cycle")
OPTIMIZERS = ("sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop", "adagrad", "lion")
WORDS = "one of "
BLOCK = "[1-9][0-9]{0,3}x[1-9][0-9]{0,3}"


def tactic(default: Any, usual: str, *, low: float = 0.0, high: float = math.inf) -> Any:
    """A parameter: a number from `low` to `high`, or one of the words that `usual` lists."""
    return field(default=default, metadata={"usual": usual, "low": low, "high": high, "words": ()})


def word(default: str, *words: str) -> Any:
    """A parameter that is one of some words."""
    return field(default=default, metadata={"usual": ", ".join(words), "words": words})


def path() -> Any:
    """A parameter that is the path of a Keras file."""
    return field(default=NONE, metadata={"usual": f"a path of a .keras or .h5 file, or {NONE}", "words": ()})


def text(default: str, usual: str, pattern: str) -> Any:
    """A parameter that is a text of some form."""
    return field(default=default, metadata={"usual": usual, "words": (), "pattern": pattern})


@dataclass(frozen=True)
class Tactics:
    """A trial's tactics; the defaults leave plain Adam as Keras has it.

    Durations are fractions of the whole training, so that they keep their meaning when epochs are tuned too.
    """

    learning_rate: float = tactic(1e-3, "1e-5 to 1e-1, log", low=1e-12)
    schedule: str = word("constant", *SCHEDULES)
    warm_up: float = tactic(0.0, "0 to 0.1", high=0.9)
    decay_rate: float = tactic(0.1, "0.1 to 0.9", low=1e-6, high=1)
    decays: int = tactic(2, "1 to 4", low=1, high=1000)
    staircase: bool = tactic(False, "true or false")
    final_rate: float = tactic(0.0, "0 to 0.1", high=1)
    rate_scaling: str = word("none", "none", "sqrt", "linear")
    accumulate: int = tactic(1, "1 to 8", low=1, high=4096)
    optimizer: str = word("adam", *OPTIMIZERS)
    momentum: float = tactic(0.9, "0.8 to 0.99", high=0.99999)
    beta_1: float = tactic(0.9, "0.8 to 0.99", high=0.99999)
    beta_2: float = tactic(0.999, "0.9 to 0.9999", high=0.999999)
    weight_decay: float = tactic(0.0, "1e-5 to 1e-1, log", high=1)
    clip_value: float = tactic(0.0, "0.5 to 5")
    clip_norm: float = tactic(0.0, "0.5 to 5")
    clip_global_norm: float = tactic(0.0, "0.5 to 5")
    label_smoothing: float = tactic(0.0, "0 to 0.2", high=0.99)
    patience: int = tactic(0, "5 or 15", high=10**6)
    flip: bool = tactic(False, "true or false")
    rotation: float = tactic(0.0, "0 to 0.1", high=1)
    zoom: float = tactic(0.0, "0 to 0.2", high=0.99)
    translation: float = tactic(0.0, "0 to 0.2", high=1)
    contrast: float = tactic(0.0, "0 to 0.3", high=1)
    mix_up: float = tactic(0.0, "0.1 to 0.4", high=1)
    cut_mix: float = tactic(0.0, "0.5 to 1", high=1)
    pretrained: str = path()
    frozen: float = tactic(0.0, "0 to 0.9", high=1)
    frozen_epochs: int = tactic(0, "1 to half of the epochs", high=10**6)
    removed: float = tactic(0.0, "0.1 to 0.7", high=0.99)
    teacher: str = path()
    distillation_temperature: float = tactic(5.0, "2 to 10", low=0.1, high=1000)
    distillation_weight: float = tactic(0.7, "0.3 to 0.9", high=1)
    sparsity: float = tactic(0.0, "0.5 to 0.95", high=0.999)
    pruning_schedule: str = word("polynomial", "polynomial", "constant")
    pruning_begin: float = tactic(0.0, "0 to 0.3", high=1)
    pruning_end: float = tactic(0.75, "0.5 to 1", high=1)
    pruning_frequency: int = tactic(100, "10 to 1000", low=1, high=10**9)
    pruning_block: str = text("1x1", "rows x columns, such as 1x4 or 4x4", BLOCK)
    pruning_pooling: str = word("avg", "avg", "max")
    tflite: str = word(NONE, NONE, BASE, *KINDS)
    mixed_precision: str = word("none", "none", "float16", "bfloat16")
    xla: bool = tactic(False, "true or false")
    steps_per_execution: int = tactic(1, "1 to 32", low=1, high=10**6)
    cache: bool = tactic(False, "true or false")
    prefetch: int = tactic(0, "1 to 8", high=10**6)
    parallel_maps: int = tactic(0, "1 to the CPUs", high=10**4)
    mirrored: bool = tactic(False, "true or false")
    deterministic: bool = tactic(False, "true or false")


@dataclass(frozen=True)
class Updates:
    """How long a training is, counted in updates of the weights.

    Args:
        total: updates in all, at least 1.
        batch_size: examples in a batch, for the scaling of the learning rate.
    """

    total: int
    batch_size: int = 32

    @classmethod
    def of(cls, examples: int, batch_size: int, epochs: int, accumulate: int = 1) -> "Updates":
        """Count them: an update takes `accumulate` batches, and the last batch of an epoch may be smaller."""
        batches = math.ceil(examples / batch_size) * epochs
        return cls(max(1, batches // accumulate), batch_size)


def read(parameters: Mapping[str, Any]) -> Tactics:
    """Return the tactics among the parameters; other parameters are somebody else's.

    Raises:
        UserError: a value is of the wrong kind or out of range, or two tactics exclude each other.
    """
    known = {f.name: f for f in fields(Tactics)}
    chosen = Tactics(**{name: checked(known[name], v) for name, v in parameters.items() if name in known})
    if chosen.pruning_end < chosen.pruning_begin:
        raise _wrong("pruning_end", chosen.pruning_end, "a number from pruning_begin to 1")
    refuse_combinations(chosen)
    return chosen


def checked(known: "Field[Any]", value: Any) -> Any:
    """Return the value in the parameter's type.

    Args:
        known: what `tactic` or `word` made.
        value: a JSON number, string or boolean.

    Raises:
        UserError: it is none that the parameter can have.
    """
    words = known.metadata["words"]
    if words:
        fits = value in words
    elif known.type is bool:
        fits = isinstance(value, bool)
    elif known.type is str:
        fits = isinstance(value, str) and bool(re.fullmatch(known.metadata.get("pattern", ".+"), value))
    else:
        fits = not isinstance(value, bool) and isinstance(value, (int, float)) and math.isfinite(value)
        fits = fits and known.metadata["low"] <= value <= known.metadata["high"]
        fits = fits and (known.type is not int or value == int(value))
    if not fits:
        raise _wrong(known.name, value, _range(known))
    return known.type(value) if callable(known.type) else value


def _range(known: "Field[Any]") -> str:
    if known.metadata["words"] or known.type is bool:
        return WORDS + str(known.metadata["usual"]).replace(" or ", ", ")
    if known.type is str:
        return str(known.metadata["usual"])
    kind = "a whole number" if known.type is int else "a number"
    low, high = known.metadata["low"], known.metadata["high"]
    return f"{kind} from {low:g}" + ("" if high == math.inf else f" to {high:g}")


def _wrong(name: str, value: Any, wanted: str) -> UserError:
    return UserError(f"the parameter {name!r} is {value!r}", f"make it {wanted}")
