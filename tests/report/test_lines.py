"""What happens between two moments is said in one line each."""

from __future__ import annotations

import io
from dataclasses import replace

from tuning_operator.api import Range, StageStatus
from tuning_operator.report.lines import Lines, events

from tests.report.moments import also, finished, moment, running


def test_a_start_a_finish_and_a_new_best() -> None:
    done = finished(1, 0.25)
    before, after = moment(running(1)), moment(done, running(2), best=done)
    assert list(events(before, after)) == [
        "trial 1 finished: loss 0.25 in 10 s",
        "trial 2 started: x=0.5",
        "new best: loss 0.25 by trial 1",
    ]


def test_a_trial_that_was_over_at_once_has_both_lines() -> None:
    assert list(events(moment(), moment(finished(1, 0.25)))) == [
        "trial 1 started: x=0.5",
        "trial 1 finished: loss 0.25 in 10 s",
    ]


TWO = {"objectives": [{"metric": metric, "goal": "Minimize"} for metric in ("loss", "bytes")]}


def test_a_finish_tells_all_objectives_and_what_is_broken() -> None:
    done = also(finished(1, 0.25, message="not feasible: ms 9 is above max 5"), bytes=1200)
    assert list(events(moment(running(1)), moment(done, spec=TWO))) == [
        "trial 1 finished: loss 0.25, bytes 1200 in 10 s, not feasible: ms 9 is above max 5",
    ]


def test_a_stage_that_begins_tells_what_it_searches() -> None:
    coarse, space = StageStatus(algorithm="Grid", trials=9, points=9), [Range(name="x", min=0.1, max=0.5)]
    fine = StageStatus(algorithm="Bayesian", trials=1, space=space)
    before = moment(stages=[coarse, StageStatus(algorithm="Bayesian")])
    assert list(events(before, moment(stages=[coarse, fine]))) == [
        "stage 2 of 2 begins: Bayesian, x 0.1 … 0.5"
    ]
    assert list(events(moment(), moment(stages=[coarse]))) == []


def test_failures_come_with_their_reason_and_words() -> None:
    after = moment(finished(1, reason="UserError", message="no\x1b such\nfile"))
    assert list(events(moment(running(1)), after)) == ["trial 1 failed (UserError): no such file"]


def test_a_job_that_goes_on_does_not_repeat_itself() -> None:
    done = finished(1, 0.25)
    assert list(events(None, moment(done, running(2), best=done))) == [
        "job goes on: 1 of 8 trials done",
        "trial 2 started: x=0.5",
    ]


def test_nothing_new_is_no_line() -> None:
    assert list(events(moment(running(1)), moment(running(1, 0.5), now=30))) == []


def test_the_end_is_a_line_and_its_words_are_the_result_s() -> None:
    after = moment(phase="Succeeded", message="8 of 8 trials done", completion_time=moment().now)
    assert list(events(moment(), after)) == ["job Succeeded"]


def test_of_a_failed_start_the_words_are_the_command_s() -> None:
    after = replace(moment(finished(1, reason="UserError", message="no such file")), failed_start=True)
    assert list(events(moment(running(1)), after)) == ["trial 1 failed (UserError)"]


def test_lines_begin_with_the_time() -> None:
    stream = io.StringIO()
    with Lines(stream) as lines:
        lines.show(moment(running(1), now=75))
        lines.note("said\nonce")
    assert stream.getvalue() == "   1:15  trial 1 started: x=0.5\nsaid once\n"
