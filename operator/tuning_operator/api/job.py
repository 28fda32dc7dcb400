"""TuningJob: what to tune, and how far the tuning is.

The CRD is generated from these types (`make generate`), descriptions, limits,
defaults and rules included. Only fields that work are here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr

from tuning_operator.api import edit_rules, job_rules, names, parameter_rules
from tuning_operator.api.meta import Metadata, Model, checked, extra, list_map

Goal = Literal["Maximize", "Minimize"]
ParameterValue = StrictBool | StrictInt | StrictFloat | StrictStr
Parameters = dict[str, ParameterValue]

MetricName = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[a-zA-Z_][a-zA-Z0-9_.:/-]*$")]
ParameterName = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]
Value = Annotated[str, Field(max_length=64)]
ObjectName = Annotated[str, Field(max_length=253)]
Message = Annotated[str, Field(max_length=32_768)]


class Objective(Model):
    """A metric to push up or down."""

    metric: MetricName
    goal: Goal
    take: Literal["Best", "Last"] = "Best"
    """Best: the best value that the trial reported, the kept model's if it keeps one. Last: the last."""
    target: float | None = None
    """The job is done as soon as a trial reaches this value."""


class When(Model):
    """A parameter exists only when another one has one of these values."""

    model_config = checked(parameter_rules.WHEN)

    parameter: ParameterName
    in_: list[Value] | None = Field(default=None, alias="in", min_length=1, max_length=16)
    """Values of a categorical parameter, or "true" or "false" of a bool."""
    min: float | None = None
    """Smallest value of a numeric parameter."""
    max: float | None = None
    """Largest value of a numeric parameter."""


class Parameter(Model):
    """One dimension of the search space."""

    model_config = checked(parameter_rules.PARAMETER)

    name: ParameterName
    type: Literal["double", "int", "discrete", "categorical", "bool"]
    min: float | None = None
    """Smallest value of a double or int."""
    max: float | None = None
    """Largest value of a double or int."""
    step: float | None = Field(default=None, gt=0)
    """Only min, min + step, min + 2 step, … are tried (double and int).

    Unset, Grid tries 5 levels from min to max: of a double, and of an int with more than 10 values.
    """
    scale: Literal["linear", "log"] | None = None
    """How a double or int is spread between min and max; linear when unset."""
    numbers: list[float] | None = Field(default=None, min_length=1, max_length=64)
    """The values of a discrete parameter."""
    values: list[Value] | None = Field(default=None, min_length=1, max_length=64)
    """The values of a categorical parameter."""
    ordered: bool | None = None
    """The categorical values are in a meaningful order."""
    when: When | None = None
    """Unset: the parameter always exists."""


class Stage(Model):
    """One algorithm's share of a job."""

    algorithm: Literal["Random", "Grid", "Sobol", "Bayesian"]
    """Grid tries every combination.

    Of a double without a step, and of an int without one and with more than 10 values, it takes 5 levels.
    """
    trials: int | None = Field(default=None, ge=1, le=names.MAX_TRIALS)
    """How many trials; the last stage may leave it out and takes the rest."""


class InitialTrial(Model):
    """Parameters to try first; the first initial trial is the baseline."""

    parameters: dict[str, Any] = Field(max_length=64)
    """A value for each parameter that exists; checked when the operator first sees the job."""


class SearchSpec(Model):
    """How the parameters of the next trial are proposed."""

    seed: int = Field(default=0, ge=0, le=2**31 - 1)
    """The same seed and history give the same proposals."""
    stages: list[Stage] = Field(
        default_factory=lambda: [Stage(algorithm="Bayesian")],
        min_length=1,
        max_length=8,
        json_schema_extra=extra(job_rules.STAGES, default=[{"algorithm": "Bayesian"}]),
    )
    """One after another; usually there is one."""
    initial_trials: list[InitialTrial] = Field(default_factory=list, max_length=64)
    """Run first, and counted in the first stage."""


class TrialsSpec(Model):
    """How many trials, and what one may take."""

    max: int = Field(ge=1, le=names.MAX_TRIALS)
    """How many trials in all."""
    parallel: int = Field(default=1, ge=1, le=1000)
    """How many trials run at once."""
    max_failed: int | None = Field(default=None, ge=0, le=names.MAX_TRIALS)
    """The job fails when more trials than this have; a tenth of max, but at least 3, when unset."""
    timeout_seconds: int | None = Field(default=None, ge=1, le=31_536_000)
    """Longest time of one trial, from its container's start."""


class MetricsSpec(Model):
    """Where trials' metrics come from."""

    source: Literal["Scrape"] = "Scrape"


class Artifacts(Model):
    """Where trials keep their files."""

    path: str = Field(min_length=1, max_length=1024, json_schema_extra=extra(job_rules.ARTIFACTS_PATH))
    """An absolute path or an fsspec URL; a trial gets <path>/<namespace>/<job uid>/<number>."""


class TuningJobSpec(Model):
    """What to tune."""

    model_config = checked(job_rules.SPEC)

    objectives: list[Objective] = Field(min_length=1, max_length=1)
    """What the search is after."""
    parameters: list[Parameter] = Field(
        min_length=1, max_length=64, json_schema_extra=list_map("name", parameter_rules.PARAMETERS)
    )
    """The search space; the order means nothing."""
    search: SearchSpec = Field(default_factory=SearchSpec, json_schema_extra=extra(default={}))
    trials: TrialsSpec
    metrics: MetricsSpec = Field(default_factory=MetricsSpec, json_schema_extra=extra(default={}))
    artifacts: Artifacts | None = None
    retain: Literal["All", "Best", "None"] = "Best"
    """Which finished trials keep their Jobs and Pods."""
    ttl_seconds_after_finished: int | None = Field(default=None, ge=0, le=2**31 - 1)
    """The job is deleted this long after it finished; never, when unset."""
    suspend: bool = False
    """Running trials are stopped, and go on when this is false again."""
    template: dict[str, Any]
    """A PodTemplateSpec; the container named `trial` is the trial."""


class Condition(Model):
    """A Kubernetes condition (meta/v1)."""

    type: str = Field(max_length=316)
    status: Literal["True", "False", "Unknown"]
    reason: str = Field(max_length=1024)
    message: Message = ""
    last_transition_time: datetime
    observed_generation: int | None = None


class Counts(Model):
    """How many trials there are in each state."""

    done: str = Field(default="0/0", max_length=32)
    """Finished of planned, for people."""
    total: int = 0
    running: int = 0
    """Started and not finished, waiting ones included."""
    succeeded: int = 0
    failed: int = 0
    stopped: int = 0


class MetricValue(Model):
    """A metric's value."""

    metric: str = Field(max_length=128)
    value: float


class Best(Model):
    """A finished trial worth naming."""

    trial: ObjectName
    number: int
    parameters: Parameters = Field(max_length=64)
    objectives: list[MetricValue] = Field(max_length=4)
    artifact: str | None = Field(default=None, max_length=2048)
    """Where its files are."""


class TuningJobStatus(Model):
    """How far the tuning is."""

    observed_generation: int | None = Field(default=None, json_schema_extra=extra(default=-1))
    """Of the spec that this status is about; -1 until the operator has seen the job."""
    phase: Literal["Pending", "Running", "Suspended", "Stalled", "Succeeded", "Failed"] | None = None
    """For people; conditions are for machines."""
    conditions: list[Condition] = Field(
        default_factory=list, max_length=16, json_schema_extra=list_map("type")
    )
    trials: Counts | None = None
    best: Best | None = None
    baseline: Best | None = None
    start_time: datetime | None = None
    completion_time: datetime | None = None
    message: Message | None = None

    def condition(self, type_: str) -> Condition | None:
        """The condition of that type, if it is there."""
        return next((c for c in self.conditions if c.type == type_), None)


class TuningJob(Model):
    """One manifest: parameters, objectives, and the pod that tries them."""

    model_config = checked(edit_rules.TUNING_JOB)

    api_version: Literal["tuning.dev/v1alpha1"] = "tuning.dev/v1alpha1"
    kind: Literal["TuningJob"] = "TuningJob"
    metadata: Metadata
    spec: TuningJobSpec
    status: TuningJobStatus = Field(
        default_factory=TuningJobStatus, json_schema_extra=extra(default={"observedGeneration": -1})
    )
