"""A TuningJob's status: how far the tuning is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from tuning_operator.api.meta import Model, extra, list_map
from tuning_operator.api.parameter import ParameterName, Parameters, Range
from tuning_operator.api.stage import Algorithm

ObjectName = Annotated[str, Field(max_length=253)]
Message = Annotated[str, Field(max_length=32_768)]


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
    constraints: list[MetricValue] | None = Field(default=None, max_length=16)
    """Values of the metrics that the job constrains; unset where it constrains none."""
    artifact: str | None = Field(default=None, max_length=2048)
    """Where its files are."""
    advice: list[Annotated[str, Field(max_length=1024)]] | None = Field(default=None, max_length=16)
    """Of the best trial: what it said itself could be better; its Trial has the same."""


class StageStatus(Model):
    """How far one stage is."""

    algorithm: Algorithm
    trials: int = 0
    """How many trials it has started."""
    points: int | None = None
    """How many there are for Grid to try."""
    space: list[Range] | None = Field(default=None, max_length=64)
    """Of a stage that has narrowed: what it searches of some parameters; its first Trial has it too."""


class Importance(Model):
    """How much one parameter mattered."""

    parameter: ParameterName
    share: float = Field(ge=0, le=1)
    """Of what all parameters explain of the first objective (PED-ANOVA)."""


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
    """The best trial that keeps to the constraints; of the Pareto set the one best on the first objective."""
    baseline: Best | None = None
    pareto: list[Best] | None = Field(default=None, max_length=100)
    """With several objectives: the trials that no other one beats, the first objective's best first.

    Of more than fit, those best on each objective and an even spread are shown.
    """
    stages: list[StageStatus] | None = Field(default=None, max_length=8)
    """The stages, those to come too."""
    importance: list[Importance] | None = Field(default=None, max_length=64)
    """Once the job has finished: how much each parameter mattered, the most important first."""
    advice: list[Annotated[str, Field(max_length=1024)]] | None = Field(default=None, max_length=16)
    """Once the job has finished: what its trials say about the manifest."""
    start_time: datetime | None = None
    completion_time: datetime | None = None
    message: Message | None = None

    def condition(self, type_: str) -> Condition | None:
        """The condition of that type, if it is there."""
        return next((c for c in self.conditions if c.type == type_), None)
