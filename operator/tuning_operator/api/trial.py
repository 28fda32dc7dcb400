"""Trial: the durable record of one set of parameters and of what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from tuning_operator.api.job import Condition, Parameters
from tuning_operator.api.meta import Metadata, Model

TrialPurpose = Literal["Initial", "Search"]
RunPurpose = Literal["Train", "Resume"]
Reason = Literal[
    "Completed",
    "Stopped",
    "TargetReached",
    "UserError",
    "OutOfMemory",
    "Timeout",
    "ImagePull",
    "Disrupted",
    "PodDeleted",
    "JobDeleted",
    "PodRefused",
    "Diverged",
    "MetricsUnavailable",
    "Error",
]


class Basis(Model):
    """What a proposal knew: enough to compute it again."""

    finished: str = ""
    """Numbers of the finished trials, as ranges: "1-12,14"."""
    pending: str = ""
    """Numbers of the trials that were running or about to start."""
    engine: str
    """Version of tuning-operator that made the proposal."""


class TrialSpec(Model):
    """Never changes."""

    number: int = Field(ge=1)
    stage: int = Field(ge=1)
    """Which of the job's stages proposed it; the first is 1."""
    purpose: TrialPurpose
    seed: int = Field(ge=0, le=2**31 - 1)
    """The trial's own seed (TUNING_SEED)."""
    parameters: Parameters
    basis: Basis


class Run(Model):
    """One Job (or local process) of the trial."""

    number: int
    purpose: RunPurpose
    uid: str
    """The Job's uid; locally the process's own."""
    pod: str | None = None
    """Uid of the newest pod of this run."""
    attempts: int | None = None
    """Pods that this run has had; more than one after disruptions."""
    start_time: datetime | None = None
    """The container's start."""
    end_time: datetime | None = None
    """The container's end, or when the run was found to be gone."""
    node: str | None = None
    image: str | None = None
    """The image as it ran, with its digest."""
    exit_code: int | None = None
    resources: dict[str, str] | None = None
    """The container's resource limits, or requests where there are none."""


class Observation(Model):
    """A final value of one metric. A value that is not finite has none: the trial diverged."""

    metric: str
    value: float | None = None
    step: int | None = None


class Point(Model):
    """One intermediate observation."""

    step: int
    value: float


class Series(Model):
    """Intermediate observations of one metric, thinned to a bounded number."""

    metric: str
    points: list[Point]


class TrialStatus(Model):
    """What came of it; at most 4 KiB."""

    conditions: list[Condition] = Field(default_factory=list)
    reason: Reason | None = None
    """Why it finished; before that, why it waits."""
    message: str | None = None
    start_time: datetime | None = None
    completion_time: datetime | None = None
    """Set exactly when the trial has finished."""
    runs: list[Run] = Field(default_factory=list)
    observations: list[Observation] = Field(default_factory=list)
    series: list[Series] = Field(default_factory=list)


class Trial(Model):
    """One set of parameters, tried."""

    api_version: Literal["tuning.dev/v1alpha1"] = "tuning.dev/v1alpha1"
    kind: Literal["Trial"] = "Trial"
    metadata: Metadata
    spec: TrialSpec
    status: TrialStatus = Field(default_factory=TrialStatus)

    @property
    def number(self) -> int:
        return self.spec.number

    @property
    def finished(self) -> bool:
        return self.status.completion_time is not None

    def value(self, metric: str) -> float | None:
        """The final value of a metric; None where there is none or it is not finite."""
        return next((o.value for o in self.status.observations if o.metric == metric), None)

    @classmethod
    def parse(cls, body: dict[str, Any]) -> Trial:
        """Read an object of the API server or of a record."""
        return cls.model_validate(body)
