"""Trial: the durable record of one set of parameters and of what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from tuning_operator.api import edit_rules, names
from tuning_operator.api.job_status import Condition, Message
from tuning_operator.api.meta import Metadata, Model, checked, list_map
from tuning_operator.api.parameter import Parameters, Range

Numbers = Annotated[str, Field(max_length=65_536)]
Name = Annotated[str, Field(max_length=253)]

TrialPurpose = Literal["Initial", "Search"]
RunPurpose = Literal["Train", "Retry", "Resume"]
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

    finished: Numbers = ""
    """Numbers of the finished trials, as ranges: "1-12,14"."""
    pending: Numbers = ""
    """Numbers of the trials that were running or about to start."""
    engine: str = Field(max_length=64)
    """Version of tuning-operator that made the proposal."""


class TrialSpec(Model):
    """Never changes."""

    model_config = checked(edit_rules.TRIAL_SPEC)

    number: int = Field(ge=1, le=names.MAX_TRIALS)
    """Trials are numbered in the order of their start, from 1."""
    stage: int = Field(ge=1, le=8)
    """Which of the job's stages proposed it; the first is 1."""
    purpose: TrialPurpose
    seed: int = Field(ge=0, le=2**31 - 1)
    """The trial's own seed (TUNING_SEED)."""
    parameters: Parameters = Field(max_length=64)
    basis: Basis
    space: list[Range] | None = Field(default=None, max_length=64)
    """Of the first trial of a stage that narrows: what the whole stage searches of some parameters."""


class Run(Model):
    """One Job (or local process) of the trial."""

    number: int = Field(ge=1)
    purpose: RunPurpose
    uid: Name
    """The Job's uid; locally the process's own."""
    pod: Name | None = None
    """Uid of the newest pod of this run."""
    attempts: int | None = None
    """Pods that this run has had; more than one after disruptions."""
    start_time: datetime | None = None
    """The container's start."""
    end_time: datetime | None = None
    """The container's end, or when the run was found to be gone."""
    node: Name | None = None
    image: str | None = Field(default=None, max_length=2048)
    """The image as it ran, with its digest."""
    exit_code: int | None = None
    resources: dict[str, Name] | None = Field(default=None, max_length=64)
    """The container's resource limits, or requests where there are none."""


class Observation(Model):
    """A final value of one metric. A value that is not finite has none: the trial diverged."""

    metric: str = Field(max_length=128)
    value: float | None = None
    step: int | None = None


class Point(Model):
    """One intermediate observation."""

    step: int
    value: float


class Series(Model):
    """Intermediate observations of one metric, thinned to a bounded number."""

    metric: str = Field(max_length=128)
    points: list[Point] = Field(max_length=256)


class TrialStatus(Model):
    """What came of it; at most 4 KiB."""

    conditions: list[Condition] = Field(
        default_factory=list, max_length=16, json_schema_extra=list_map("type")
    )
    reason: Reason | None = None
    """Why it finished; before that, why it waits."""
    message: Message | None = None
    start_time: datetime | None = None
    completion_time: datetime | None = None
    """Set exactly when the trial has finished."""
    observed_time: datetime | None = None
    """When this status was last brought up to date; unset once the trial has finished."""
    runs: list[Run] = Field(default_factory=list, max_length=128)
    observations: list[Observation] = Field(default_factory=list, max_length=64)
    """Final values: the objectives' first, then the constrained metrics', then others."""
    series: list[Series] = Field(default_factory=list, max_length=64)
    """Intermediate values while it ran."""
    advice: list[Annotated[str, Field(max_length=1024)]] | None = Field(default=None, max_length=16)
    """What the trial itself said could be better: its gradients, its over- or underfitting."""


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
