"""The resources as Python types: parse, default, validate; the CRDs are generated from them.

Nothing here knows Kubernetes' client, time or files. Numbers are JSON numbers,
names in Python are snake_case and become camelCase in manifests.
"""

from tuning_operator.api.job import (
    Artifacts,
    Constraint,
    Goal,
    InitialTrial,
    MetricsSpec,
    Objective,
    SearchSpec,
    TrialsSpec,
    TuningJob,
    TuningJobSpec,
)
from tuning_operator.api.job_status import (
    Best,
    Condition,
    Counts,
    Importance,
    MetricValue,
    StageStatus,
    TuningJobStatus,
)
from tuning_operator.api.meta import Metadata, OwnerReference
from tuning_operator.api.parameter import Parameter, Parameters, ParameterValue, Range, When
from tuning_operator.api.stage import Algorithm, BayesianOptions, Narrow, NSGA2Options, PESA2Options, Stage
from tuning_operator.api.trial import (
    Basis,
    Observation,
    Point,
    Reason,
    Run,
    RunPurpose,
    Series,
    Trial,
    TrialPurpose,
    TrialSpec,
    TrialStatus,
)
from tuning_operator.api.when import active

__all__ = [
    "Algorithm",
    "Artifacts",
    "Basis",
    "BayesianOptions",
    "Best",
    "Condition",
    "Constraint",
    "Counts",
    "Goal",
    "Importance",
    "InitialTrial",
    "Metadata",
    "MetricValue",
    "MetricsSpec",
    "NSGA2Options",
    "Narrow",
    "Objective",
    "Observation",
    "OwnerReference",
    "PESA2Options",
    "Parameter",
    "ParameterValue",
    "Parameters",
    "Point",
    "Range",
    "Reason",
    "Run",
    "RunPurpose",
    "SearchSpec",
    "Series",
    "Stage",
    "StageStatus",
    "Trial",
    "TrialPurpose",
    "TrialSpec",
    "TrialStatus",
    "TrialsSpec",
    "TuningJob",
    "TuningJobSpec",
    "TuningJobStatus",
    "When",
    "active",
]
