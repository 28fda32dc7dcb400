"""TuningJob: what to tune, and how far the tuning is.

The CRD is generated from these types (`make generate`), descriptions, limits,
defaults and rules included. Only fields that work are here.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from tuning_operator.api import edit_rules, job_rules, names, parameter_rules, stage_rules
from tuning_operator.api.job_status import TuningJobStatus
from tuning_operator.api.meta import Metadata, Model, checked, extra, list_map
from tuning_operator.api.parameter import Parameter
from tuning_operator.api.stage import Stage

Goal = Literal["Maximize", "Minimize"]

MetricName = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[a-zA-Z_][a-zA-Z0-9_.:/-]*$")]


class Objective(Model):
    """A metric to push up or down."""

    metric: MetricName
    goal: Goal
    take: Literal["Best", "Last"] = "Best"
    """Best: the best value that the trial reported, the kept model's if it keeps one. Last: the last."""
    target: float | None = None
    """The job is done as soon as a trial reaches this value (with several objectives: every target)."""


class Constraint(Model):
    """What a trial must keep to: one that does not is never the best."""

    model_config = checked(job_rules.CONSTRAINT)

    metric: MetricName
    """An objective's or any other that the trials report; a trial without it breaks the constraint."""
    min: float | None = None
    """Smallest value allowed."""
    max: float | None = None
    """Largest value allowed."""


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
        json_schema_extra=extra(stage_rules.STAGES, default=[{"algorithm": "Bayesian"}]),
    )
    """One after another; usually there is one."""


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

    objectives: list[Objective] = Field(
        min_length=1, max_length=4, json_schema_extra=extra(job_rules.OBJECTIVES)
    )
    """What the search is after; of several, the trials that no other one is better than on all of them."""
    constraints: list[Constraint] = Field(
        default_factory=list, max_length=16, json_schema_extra=extra(job_rules.CONSTRAINTS)
    )
    """What the best trial must keep to."""
    parameters: list[Parameter] = Field(
        min_length=1, max_length=64, json_schema_extra=list_map("name", parameter_rules.PARAMETERS)
    )
    """The search space; the order means nothing."""
    search: SearchSpec = Field(default_factory=SearchSpec, json_schema_extra=extra(default={}))
    initial_trials: list[InitialTrial] = Field(default_factory=list, max_length=64)
    """Run first, and counted in the first stage."""
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
