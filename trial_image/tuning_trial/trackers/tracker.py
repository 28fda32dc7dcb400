"""What a tracker is told, and what it is."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from tuning_trial.record import Observation

Outcome = Literal["finished", "failed", "interrupted"]


@dataclass(frozen=True)
class About:
    """The trial: its job's and its own name, as in `digits` and `digits-17`, and its parameters."""

    job: str
    trial: str
    parameters: Mapping[str, Any]
    seed: int | None = None


class Tracker(Protocol):
    """One tracker's connection. Each method may take its time and raise what it likes."""

    def tell(self, observations: Sequence[Observation]) -> None:
        """Hand on what was reported, in order."""

    def end(self, outcome: Outcome) -> None:
        """Say how the trial ended."""


def set_unless_given(variables: Mapping[str, str]) -> None:
    """Set variables of the environment that a library reads when it starts, unless the user has set them."""
    for name, value in variables.items():
        os.environ.setdefault(name, value)
