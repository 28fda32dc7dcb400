"""Which tactics exclude each other in today's Keras; each pair is run in a test. Pure.

Tried with TensorFlow 2.21 and Keras 3.15. Under MirroredStrategy gradient accumulation fails on any device;
XLA and `steps_per_execution` fail on logical CPU devices.
"""

from dataclasses import dataclass
from typing import Any

from tuning_trial.errors import UserError


@dataclass(frozen=True)
class Pair:
    """Two tactics that cannot be on at once. cpus_only: only where the strategy's devices are CPUs."""

    one: str
    other: str
    reason: str
    cpus_only: bool = False


PAIRS = (
    Pair("mirrored", "accumulate", "Keras cannot accumulate gradients under MirroredStrategy"),
    Pair("mirrored", "xla", "XLA fails under MirroredStrategy on CPUs", cpus_only=True),
    Pair("mirrored", "steps_per_execution", "it fails under MirroredStrategy on CPUs", cpus_only=True),
    Pair("removed", "frozen", "what has lost units must be trained on"),
    Pair("clip_value", "clip_norm", "Keras clips in one way"),
    Pair("clip_value", "clip_global_norm", "Keras clips in one way"),
    Pair("clip_norm", "clip_global_norm", "Keras clips in one way"),
)
NONE = "none"
OFF = {  # of the others: false or 0
    "accumulate": 1,
    "steps_per_execution": 1,
    "schedule": "constant",
    "rate_scaling": NONE,
    "mixed_precision": NONE,
    "pretrained": NONE,
    "teacher": NONE,
    "tflite": NONE,
}


def refuse_combinations(chosen: Any, on_cpus: bool = False) -> None:
    """See that no two tactics exclude each other.

    Args:
        chosen: the Tactics.
        on_cpus: whether a MirroredStrategy would have CPUs as its devices.

    Raises:
        UserError: two do; it names both with their values.
    """
    for pair in PAIRS:
        if is_on(chosen, pair.one) and is_on(chosen, pair.other) and (on_cpus or not pair.cpus_only):
            both = " and ".join(f"{name}={getattr(chosen, name)!r}" for name in (pair.one, pair.other))
            raise UserError(f"{both} exclude each other: {pair.reason}", "leave one of them out")


def is_on(chosen: Any, name: str) -> bool:
    """Say whether a tactic has an effect."""
    return bool(getattr(chosen, name) != OFF.get(name, 0))
