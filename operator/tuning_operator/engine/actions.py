"""What a shell is to do, in the order given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tuning_operator.api import Basis, RunPurpose, TrialPurpose, TrialStatus, TuningJobStatus


@dataclass(frozen=True)
class RecordTrial:
    """Write this status to the Trial."""

    number: int
    status: TrialStatus


@dataclass(frozen=True)
class StopRun:
    """Tell the run to stop (delete its Job in the background; SIGTERM locally)."""

    number: int
    run: int


@dataclass(frozen=True)
class ReleaseRun:
    """Delete the Job of a finished trial that `retain` does not keep."""

    number: int
    run: int


@dataclass(frozen=True)
class StartTrial:
    """Create the Trial (its parameters come from `suggest`), then its first run."""

    number: int
    stage: int
    purpose: TrialPurpose
    seed: int
    basis: Basis


@dataclass(frozen=True)
class StartRun:
    """Create the run of a Trial that exists."""

    number: int
    run: int
    purpose: RunPurpose


@dataclass(frozen=True)
class Advise:
    """The job is about to end: have `findings.find` look at all trials, and decide again with its answer."""


@dataclass(frozen=True)
class DeleteJob:
    """Delete the TuningJob: its time to live is over."""


Action = RecordTrial | StopRun | ReleaseRun | StartTrial | StartRun | Advise | DeleteJob


@dataclass(frozen=True)
class Decision:
    """The actions, the status the job has once they are done, and when to look again by itself."""

    actions: tuple[Action, ...]
    status: TuningJobStatus
    wake: datetime | None = None
