"""Keeps a Trial's status within its bytes: what people miss least goes first."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

from tuning_operator.api import Objective, Run, TrialStatus
from tuning_operator.engine.limits import SERIES_POINTS, STATUS_BYTES
from tuning_operator.engine.series import Points, recorded_series
from tuning_operator.engine.words import head


def fit(status: TrialStatus, objectives: Sequence[Objective]) -> TrialStatus:
    """The status, made smaller step by step until it has at most STATUS_BYTES as JSON."""
    for shrink in _steps(objectives):
        if size(status) <= STATUS_BYTES:
            break
        status = shrink(status)
    return status


def size(status: TrialStatus) -> int:
    """Bytes of the status as JSON."""
    return len(json.dumps(status.to_json(), ensure_ascii=False, separators=(",", ":")).encode())


def _steps(objectives: Sequence[Objective]) -> Iterable[Callable[[TrialStatus], TrialStatus]]:
    yield lambda status: _thinner(status, objectives, SERIES_POINTS // 2)
    yield _plain_old_runs
    yield lambda status: _thinner(status, objectives, 8)
    yield lambda status: status.model_copy(update={"observations": status.observations[: len(objectives)]})
    yield lambda status: status.model_copy(update={"runs": status.runs[-4:]})
    yield lambda status: status.model_copy(update={"message": head(status.message or "", 160) or None})
    yield lambda status: _thinner(status, objectives, 2)
    yield lambda status: status.model_copy(update={"runs": [_plain(status.runs[-1])] if status.runs else []})


def _thinner(status: TrialStatus, objectives: Sequence[Objective], limit: int) -> TrialStatus:
    points: dict[str, Points] = {one.metric: {p.step: p.value for p in one.points} for one in status.series}
    return status.model_copy(update={"series": recorded_series(points, objectives, limit)})


def _plain_old_runs(status: TrialStatus) -> TrialStatus:
    return status.model_copy(update={"runs": [_plain(run) for run in status.runs[:-1]] + status.runs[-1:]})


def _plain(run: Run) -> Run:
    """A run without what only its newest record needs to say."""
    return run.model_copy(update={"pod": None, "node": None, "image": None, "resources": None})
