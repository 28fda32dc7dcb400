"""Keeps a status within its bytes: what people miss least goes first."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from tuning_operator.api import Run, TrialStatus, TuningJob, TuningJobStatus
from tuning_operator.api.meta import Model
from tuning_operator.engine.feasible import judged_metrics
from tuning_operator.engine.leaders import fewer
from tuning_operator.engine.limits import FEWER_CHARACTERS, JOB_STATUS_BYTES, SERIES_POINTS, STATUS_BYTES
from tuning_operator.engine.series import Points, recorded_series
from tuning_operator.engine.words import head


def fit(status: TrialStatus, job: TuningJob) -> TrialStatus:
    """A Trial's status, made smaller step by step until it has at most STATUS_BYTES as JSON.

    What the trial is judged by, the final values of objectives and constraints, always stays.
    """
    for shrink in _steps(job):
        if size(status) <= STATUS_BYTES:
            break
        status = shrink(status)
    return status


def fit_job(status: TuningJobStatus, job: TuningJob) -> TuningJobStatus:
    """A TuningJob's status, likewise made smaller until it has at most JOB_STATUS_BYTES.

    What goes stands in the Trials as well: of the Pareto set all but what there is room for, if need be
    the stages' spaces too. The best, the baseline and what was found always stay.
    """
    if size(status) <= JOB_STATUS_BYTES:
        return status
    bare = _without_spaces(status)
    for one in (status, bare):
        smaller = _fewer_members(one, job)
        if size(smaller) <= JOB_STATUS_BYTES:
            return smaller
    return bare.model_copy(update={"pareto": None})


def size(part: Model) -> int:
    """Bytes of a status, or of a part of one, as JSON."""
    return len(json.dumps(part.to_json(), ensure_ascii=False, separators=(",", ":")).encode())


def _steps(job: TuningJob) -> Iterable[Callable[[TrialStatus], TrialStatus]]:
    yield lambda status: _thinner(status, job, SERIES_POINTS // 2)
    yield _plain_old_runs
    yield lambda status: _thinner(status, job, 8)
    yield lambda status: _fewer(status, job, 16)
    yield lambda status: status.model_copy(update={"advice": None})
    yield lambda status: _fewer(status, job, 8)
    yield lambda status: _fewer(status, job, 0)
    yield lambda status: status.model_copy(update={"runs": status.runs[-4:]})
    yield _shorter
    yield lambda status: _thinner(status, job, 2)
    yield lambda status: status.model_copy(update={"runs": [_bare(run) for run in status.runs[-1:]]})


def _fewer(status: TrialStatus, job: TuningJob, others: int) -> TrialStatus:
    """The status with the judged metrics, and the first so many others."""
    metrics = set(judged_metrics(job))
    judged = [one for one in status.observations if one.metric in metrics]
    rest = [one for one in status.observations if one.metric not in metrics]
    return status.model_copy(update={"observations": judged + rest[:others]})


def _thinner(status: TrialStatus, job: TuningJob, limit: int) -> TrialStatus:
    points: dict[str, Points] = {one.metric: {p.step: p.value for p in one.points} for one in status.series}
    return status.model_copy(update={"series": recorded_series(points, job.spec.objectives, limit)})


def _shorter(status: TrialStatus) -> TrialStatus:
    return status.model_copy(update={"message": head(status.message or "", FEWER_CHARACTERS) or None})


def _plain_old_runs(status: TrialStatus) -> TrialStatus:
    return status.model_copy(update={"runs": [_plain(run) for run in status.runs[:-1]] + status.runs[-1:]})


def _plain(run: Run) -> Run:
    """A run without what only its newest record needs to say."""
    return run.model_copy(update={"pod": None, "node": None, "image": None, "resources": None})


def _bare(run: Run) -> Run:
    """The newest run with its pod alone: forgotten, the same pod would count as another one at each look."""
    return _plain(run).model_copy(update={"pod": run.pod})


def _fewer_members(status: TuningJobStatus, job: TuningJob) -> TuningJobStatus:
    """The status with as many of the Pareto set as there is room for, the best on each objective at least."""
    if not status.pareto:
        return status
    room = JOB_STATUS_BYTES - size(status.model_copy(update={"pareto": []}))
    longest = max(size(one) for one in status.pareto) + len(",")
    return status.model_copy(update={"pareto": fewer(job, status.pareto, room // longest)})


def _without_spaces(status: TuningJobStatus) -> TuningJobStatus:
    stages = [stage.model_copy(update={"space": None}) for stage in status.stages or ()]
    return status.model_copy(update={"stages": stages})
