"""Figures that are computed from a moment."""

from __future__ import annotations

from datetime import timedelta

from tuning_operator.report.progress import best_so_far, duration, latest, remaining

from tests.report.moments import at, finished, moment, running


def test_what_remains_is_what_finished_trials_took() -> None:
    progress = moment(finished(1, 0.5, span=(0, 10)), running(2, since=15), now=20)
    # six to come of 10 s each, and 5 s of the running one, two at once
    assert remaining(progress) == timedelta(seconds=(6 * 10 + 5) / 2)


def test_nothing_is_known_before_the_first_success() -> None:
    assert remaining(moment(running(1))) is None
    assert remaining(moment(finished(1, reason="Error", span=(0, 1)))) is None


def test_the_best_so_far_follows_the_goal() -> None:
    trials = [finished(n, value).trial for n, value in enumerate([3.0, 5.0, 2.0], start=1)]
    assert best_so_far(trials, moment().job) == [3.0, 3.0, 2.0]
    upwards = moment(spec={"objectives": [{"metric": "loss", "goal": "Maximize"}]})
    assert best_so_far(trials, upwards.job) == [3.0, 5.0, 5.0]


def test_what_breaks_a_constraint_is_never_the_best_so_far() -> None:
    trials = [finished(n, value).trial for n, value in enumerate([3.0, 5.0, 2.0], start=1)]
    assert best_so_far(trials, moment(spec={"constraints": [{"metric": "loss", "min": 4}]}).job) == [5.0]


def test_trials_finish_in_the_order_of_time() -> None:
    progress = moment(finished(1, 0.5, span=(0, 9)), finished(2, 0.5, span=(0, 3)))
    assert [t.number for t in progress.finished] == [2, 1]


def test_the_time_between_runs_is_not_counted() -> None:
    trial = finished(1, 0.5, span=(0, 10)).trial
    again = trial.status.runs[0].model_copy(update={"number": 2, "start_time": at(100), "end_time": at(105)})
    status = trial.status.model_copy(update={"runs": [*trial.status.runs, again]})
    assert duration(trial.model_copy(update={"status": status})) == timedelta(seconds=15)


def test_the_latest_value_is_that_of_the_metric() -> None:
    assert latest(running(1, 0.5, 0.25), "loss") == (2, 0.25)
    assert latest(running(1, 0.5), "other") is None
