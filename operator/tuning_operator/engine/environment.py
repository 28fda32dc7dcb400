"""The environment of a run: the inward half of the trial contract."""

from __future__ import annotations

import json

from tuning_operator.api import ParameterValue, RunPurpose, Trial, TuningJob, names
from tuning_operator.engine.artifacts import artifact_path
from tuning_operator.engine.values import typed

TERMINATION_LOG = "/dev/termination-log"  # where the kubelet looks unless told otherwise


def environment(
    job: TuningJob,
    trial: Trial,
    *,
    metrics_port: int,
    artifact_dir: str | None = None,
    termination_log: str | None = None,
    purpose: RunPurpose = "Train",
) -> dict[str, str]:
    """The contract's variables of one run, without those that the shell inherits.

    metrics_port: where the trial is to serve /metrics.
    artifact_dir: defaults to the trial's share of the job's artifacts, if it has any.
    termination_log: the file for the report; the kubelet's default when unset.
    """
    values = typed(job.spec.parameters, trial.spec.parameters)
    directory = artifact_dir or artifact_path(job, trial.number)
    return {
        "TUNING_PARAMETERS": json.dumps(values, ensure_ascii=False),
        "TUNING_OBJECTIVES": _objectives(job),
        **({"TUNING_CONSTRAINTS": _constraints(job)} if job.spec.constraints else {}),
        **{f"TUNING_PARAM_{name}": _text(value) for name, value in values.items()},
        "TUNING_JOB": job.metadata.name,
        "TUNING_TRIAL": trial.metadata.name,
        "TUNING_TRIAL_NUMBER": str(trial.number),
        "TUNING_SEED": str(trial.spec.seed),
        "TUNING_METRICS_PORT": str(metrics_port),
        "TUNING_TERMINATION_LOG": termination_log or TERMINATION_LOG,
        "TUNING_PURPOSE": purpose,
        **({"TUNING_ARTIFACT_DIR": directory} if directory else {}),
        **({"TUNING_GPUS": str(gpus)} if (gpus := _gpus(job)) else {}),
    }


def _objectives(job: TuningJob) -> str:
    return json.dumps([{"metric": o.metric, "goal": o.goal, "take": o.take} for o in job.spec.objectives])


def _constraints(job: TuningJob) -> str:
    return json.dumps([constraint.to_json() for constraint in job.spec.constraints])


def _gpus(job: TuningJob) -> int:
    """How many GPUs the trial's container is to find: of a share of one (MIG, time slices) one is seen."""
    container = names.trial_container((job.spec.template.get("spec") or {}).get("containers") or ())
    limits = (container.get("resources") or {}).get("limits") or {}
    asked = {name.partition("/")[2]: str(amount) for name, amount in limits.items()}
    whole = int(amount) if (amount := asked.get("gpu", "0")).isdigit() else 0
    shared = any(name.startswith(("gpu.", "mig-")) and amount != "0" for name, amount in asked.items())
    return whole + int(shared)


def _text(value: ParameterValue) -> str:
    """As a shell, Python and most others read it back without loss."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)
