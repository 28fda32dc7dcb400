"""Smaller variants of a trained model, each measured: what it saves and what it costs is seen, not presumed.

    from tuning_trial import variants

    variants.export(model, ["float16", "int8"], training=(x, y), validation=(x_val, y_val))

Importing this package imports nothing heavy.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from tuning_trial.errors import UserError

if TYPE_CHECKING:
    from tuning_trial.variants.measuring import export as export

BASE = "float32"  # what the others are compared with
KINDS = ("dynamic", "float16", "int8")
PREFIX = "tflite_"  # of the metrics of the kind that a trial's parameter chooses

__all__ = ["BASE", "KINDS", "PREFIX", "check", "prefix", "refuse_without_interpreter"]


def check(kinds: tuple[str, ...]) -> None:
    """See, before any training, that variants of these kinds can be made.

    Raises:
        UserError: there is no such kind, or what interprets them is not in the image.
    """
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise UserError(f"there is no variant {unknown[0]!r} to export", f"make it one of {', '.join(KINDS)}")
    if kinds:
        refuse_without_interpreter()


def refuse_without_interpreter() -> None:
    """See that what runs variants is there.

    Raises:
        UserError: it is not in the image.
    """
    if find_spec("ai_edge_litert") is None:
        raise UserError("exporting variants needs ai-edge-litert", "put it into the image")


def prefix(kind: str) -> str:
    """Return what the names of a variant's metrics begin with."""
    return f"{PREFIX}{kind}_"


def __getattr__(name: str) -> Any:
    """Import what needs TensorFlow when it is asked for."""
    if name == "export":
        from tuning_trial.variants.measuring import export

        return export
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
