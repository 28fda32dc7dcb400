"""What a caller says of objectives, as a manifest has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tuning_operator.errors import ManifestError

GOALS = {  # by what a metric's name ends with: Keras' own names, and what a trial measures
    "Maximize": ("accuracy", "acc", "auc", "precision", "recall", "f1_score", "r2_score", "iou"),
    "Minimize": ("loss", "error", "divergence", "crossentropy", "mse", "mae", "time", "bytes"),
}


def objectives(said: str | Mapping[str, Any] | Sequence[str | Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One or several objectives, each a metric's name or what a manifest has of it.

    Raises ManifestError where a name does not tell whether more is better.
    """
    several = [said] if isinstance(said, (str, Mapping)) else said
    return [
        {"metric": one, "goal": _goal(one)} if isinstance(one, str) else dict(one) for one in several
    ]  # fmt: skip


def _goal(metric: str) -> str:
    for goal, endings in GOALS.items():
        if metric.lower().endswith(endings):
            return goal
    raise ManifestError(
        f"objective: {metric!r} does not tell whether more is better; say so, as in "
        f'objective={{"metric": {metric!r}, "goal": "Maximize"}}'
    )
