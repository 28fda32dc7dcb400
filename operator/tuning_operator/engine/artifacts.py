"""Where a trial keeps its files."""

from __future__ import annotations

from tuning_operator.api import TuningJob


def artifact_path(job: TuningJob, number: int) -> str | None:
    """<path>/<namespace>/<job uid>/<number>; None when the job keeps no artifacts.

    The uid is in it so that a job created again under its old name finds no
    checkpoints of its predecessor.
    """
    if job.spec.artifacts is None:
        return None
    meta = job.metadata
    return "/".join(
        [job.spec.artifacts.path.rstrip("/"), meta.namespace or "default", meta.uid or meta.name, str(number)]
    )
