"""What was seen of gradients, loss and relus, and what to do about it. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

EXPLODING = 1e3  # a group's gradient norm above it
VANISHING = 1e-6  # and below it
OFTEN = 0.1  # a part of the measurements that is no accident
DEAD = 0.5  # a part of the relus that no longer learns


@dataclass(frozen=True)
class GroupHealth:
    """One group of layers: its latest gradient norm, and at how many measurements it was unsound."""

    norm: float
    exploding: int = 0
    vanishing: int = 0
    nan: int = 0


@dataclass(frozen=True)
class Health:
    """A training's health so far.

    measurements: how often the gradients were looked at.
    groups: by name.
    losses: how many batches' losses were seen; turns: at how many of them it changed its direction.
    dead: of each group with relus, the part of them that was 0 for all of a small batch.
    diverged: the loss of an epoch was not finite.
    """

    measurements: int = 0
    groups: Mapping[str, GroupHealth] = field(default_factory=dict)
    losses: int = 0
    turns: int = 0
    dead: Mapping[str, float] = field(default_factory=dict)
    diverged: bool = False


def oscillates(losses: int, turns: int) -> bool:
    """Say whether the loss turns more often than chance alone would have it.

    The turning-point test (Bienaymé 1874; Kendall and Stuart): of n independent values 2(n − 2)/3 are turning
    points in the mean, with variance (16n − 29)/90. Three standard deviations above it is no chance.
    """
    if losses < 20:
        return False
    return turns > 2 * (losses - 2) / 3 + 3 * math.sqrt((16 * losses - 29) / 90)


def health_words(health: Health) -> list[str]:
    """Say what to do, a sentence for each thing that is wrong, the worst first."""
    words = [_nan(health), _exploding(health), _vanishing(health), _dead(health), _oscillating(health)]
    return [one for one in words if one]


def _nan(health: Health) -> str:
    groups = [name for name, one in health.groups.items() if one.nan]
    mend = "lower the learning rate or clip the gradients"
    if groups:
        return f"gradients were not finite in {_listed(groups)}; {mend}"
    return f"the loss was not finite; {mend}" if health.diverged else ""


def _exploding(health: Health) -> str:
    groups = [name for name, one in health.groups.items() if one.exploding > OFTEN * health.measurements]
    if not groups:
        return ""
    mend = "lower the learning rate or clip the gradients"
    return f"gradients explode (norm above {EXPLODING:g}) in {_listed(groups)}; {mend}"


def _vanishing(health: Health) -> str:
    """Where all gradients are tiny the model has converged; where only some are, they do not get through."""
    groups = [name for name, one in health.groups.items() if one.vanishing > OFTEN * health.measurements]
    if not groups or len(groups) == len(health.groups):
        return ""
    mend = "try leaky relu, normalisation or a residual connection"
    return f"gradients vanish (norm below {VANISHING:g}) in {_listed(groups)}; {mend}"


def _dead(health: Health) -> str:
    groups = [name for name, part in health.dead.items() if part > DEAD]
    if not groups:
        return ""
    mend = "try leaky relu, normalisation or a lower learning rate"
    return f"more than half of the relus are always 0 in {_listed(groups)}; {mend}"


def _oscillating(health: Health) -> str:
    if not oscillates(health.losses, health.turns):
        return ""
    part = f"{health.turns} of {health.losses} batches"
    return f"the loss oscillates (it turned at {part}); try a larger batch or a lower learning rate"


def _listed(groups: list[str]) -> str:
    more = f" and {len(groups) - 2} more" if len(groups) > 2 else ""
    return "layers " + ", ".join(groups[:2]) + more
