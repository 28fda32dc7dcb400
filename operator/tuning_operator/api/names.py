"""Every name that the cluster and the records share, in one place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

GROUP = "tuning.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"

JOB_LABEL = f"{GROUP}/job"  # the TuningJob's name
TRIAL_LABEL = f"{GROUP}/trial"  # the Trial's number
RUN_LABEL = f"{GROUP}/run"  # the run's number

TRIAL_CONTAINER = "trial"  # the container of the template that is the trial
METRICS_PORT_NAME = "metrics"
METRICS_PORT = 9464  # injected where the template names no port `metrics`

# A Job's name is at most 63 characters: 52 for the TuningJob leaves room for `-10000-r99`.
JOB_NAME_MAX = 52
MAX_TRIALS = 10_000


def trial_container(containers: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The one of a pod's containers, or of their statuses, that is the trial's; empty where there is none."""
    return next((one for one in containers if one.get("name") == TRIAL_CONTAINER), {})


def trial_name(job: str, number: int) -> str:
    """Name of a job's Trial; numbers start at 1."""
    return f"{job}-{number}"


def run_name(trial: str, run: int) -> str:
    """Name of the batch/v1 Job of a Trial's run; runs start at 1."""
    return f"{trial}-r{run}"
