"""What the world shows of a job's trials: the shells build it, `decide` reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from tuning_operator.api import Reason, Trial


@dataclass(frozen=True)
class Report:
    """What a trial said at its end (its termination message), parsed and bounded.

    metrics: final values; not-finite ones are kept as nan or inf.
    step: the step they belong to.
    interrupted: the trial was told to stop before it was through.
    error: the trial's own words on what went wrong.
    advice: the trial's own words on what could be better.
    """

    metrics: Mapping[str, float] = field(default_factory=dict)
    step: int | None = None
    interrupted: bool = False
    error: str | None = None
    advice: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Observed:
    """One value scraped from a running trial."""

    metric: str
    step: int
    value: float


@dataclass(frozen=True)
class RunView:
    """A Trial's newest run (one Job or local process) as the world shows it now.

    number: of the run, from 1.
    uid: of the Job; locally the process's own.
    state: Waiting (no container yet), Running, Ended (the trial container has
        terminated, or never will run), Gone (what was recorded is no more there,
        and nobody can tell any more how it ended).
    exists: the Job is still there, and is not being deleted.
    stopping: the run has been told to stop, by whomever (its Job is being deleted or gone
        while its pod goes on; locally: SIGTERM was sent).
    since: when the state began, as the world tells it (pod's creation, container's start).
    started, ended: of the trial container of the newest pod.
    cause: a reason that only the world can know: OutOfMemory, Disrupted,
        ImagePull, PodDeleted, JobDeleted, PodRefused; while Waiting it says what it waits for.
        Ended + Disrupted: the Job will start another pod. Gone + Disrupted: nobody will
        (the machine went down with it), and the trial goes on as a new run.
    final: while Waiting, the cause will not go away by itself (a malformed image name);
        when Ended, nothing will start another pod (the Job has failed).
    message: while Waiting what it waits for (None in the ordinary course of a start);
        when Ended the container's last words, if they are no report.
    report: None when there is no readable termination message.
    scraped: observations of this run in the order of their steps, per metric.
    """

    number: int
    uid: str
    state: Literal["Waiting", "Running", "Ended", "Gone"]
    exists: bool = True
    stopping: bool = False
    since: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    exit_code: int | None = None
    cause: Reason | None = None
    final: bool = False
    message: str | None = None
    report: Report | None = None
    scraped: tuple[Observed, ...] = ()
    pod: str | None = None
    node: str | None = None
    image: str | None = None
    resources: Mapping[str, str] | None = None


@dataclass(frozen=True)
class TrialView:
    """A Trial and its newest run.

    run: None when none is there or was recorded. A recorded run that cannot be found
        is to be shown as Gone; while it is None, `decide` leaves the Trial as it is.
    older: the numbers of earlier runs whose Jobs are still there.
    """

    trial: Trial
    run: RunView | None = None
    older: tuple[int, ...] = ()


@dataclass(frozen=True)
class Obstacle:
    """Why nothing can be started now.

    passes: by itself, as a quota's want of room does; else somebody must mend something (condition Stalled).
    """

    reason: str
    message: str
    passes: bool = False
