"""The benchmark's own arithmetic, on a run made up by hand."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest

from tests.benchmarks.exits import parse_exit
from tests.benchmarks.timeline import Timeline, percentile

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def at(*seconds: float) -> list[datetime]:
    return [START + timedelta(seconds=s) for s in seconds]


TWO_AT_ONCE = Timeline(
    asked=START,
    first_pod=at(0.4)[0],
    exits=at(3, 3.5, 7, 8),
    told=at(3.2, 3.6, 7.1, 8.1),
    creates=at(0.1, 0.2, 3.3, 3.9),
    parallel=2,
    writes=Counter({"create trials": 4, "create jobs": 4, "patch tuningjobs/status": 2}),
)


def test_an_exit_is_paired_with_the_create_that_takes_its_slot() -> None:
    assert TWO_AT_ONCE.turnarounds() == pytest.approx([0.3, 0.4])
    assert TWO_AT_ONCE.own_turnarounds() == pytest.approx([0.1, 0.3])
    assert TWO_AT_ONCE.tellings() == pytest.approx([0.2, 0.1, 0.1, 0.1])


def test_wall_time_runs_from_the_ask_to_the_last_exit() -> None:
    assert TWO_AT_ONCE.wall_seconds() == 8
    assert TWO_AT_ONCE.first_pod_seconds() == pytest.approx(0.4)


def test_writes_are_counted_per_trial() -> None:
    assert TWO_AT_ONCE.writes_per_trial() == 2.5


@pytest.mark.parametrize(("share", "value"), [(0.5, 2), (0.9, 4), (1, 4), (0.1, 1)])
def test_a_percentile_is_the_nearest_rank(share: float, value: float) -> None:
    assert percentile([4, 1, 3, 2], share) == value


def test_an_exit_is_read_from_a_line_of_the_runtime() -> None:
    line = (
        "2026-01-01 00:00:03.123456789 +0000 UTC k8s.io /tasks/exit "
        '{"container_id":"abc","id":"abc","pid":7,"exited_at":"2026-01-01T00:00:03.1Z"}'
    )
    assert parse_exit(line) == ("abc", START + timedelta(seconds=3.1))
    assert parse_exit(line.replace("/tasks/exit", "/tasks/start")) is None
