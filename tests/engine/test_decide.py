"""A whole decision: what is done, in what order, and what the status says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tuning_operator.api import Condition
from tuning_operator.engine.actions import (
    DeleteJob,
    RecordTrial,
    ReleaseRun,
    StartRun,
    StartTrial,
    StopRun,
)
from tuning_operator.engine.decide import RECORDED_WITHIN, decide
from tuning_operator.engine.findings import Findings
from tuning_operator.engine.snapshot import Obstacle, TrialView

from tests.engine.builders import (
    NOW,
    at,
    exited,
    finished,
    job,
    of,
    recorded,
    records,
    run,
    running,
    trial,
    views,
)

OBSTACLE = Obstacle("InvalidSpec", "spec.template: no container named trial")


def kinds(decision):
    return [type(action).__name__ for action in decision.actions]


def done_job(**given):
    """A job whose status says that it has finished."""
    end = Condition(type="Finished", status="True", reason="TrialsDone", last_transition_time=NOW)
    status = {"conditions": [end], "completionTime": NOW, "phase": "Succeeded", "observedGeneration": 1}
    return job(status=status, **given)


def test_a_new_job_starts_as_many_trials_as_it_may():
    starts = of(StartTrial, decide(job(max=4, parallel=2), [], NOW))
    assert [(s.number, s.basis.finished, s.basis.pending) for s in starts] == [(1, "", ""), (2, "", "1")]


def test_the_end_of_a_trial_is_recorded_before_the_next_one_starts():
    decision = decide(job(parallel=1), [TrialView(trial(1, recorded()), exited(0, 0.9))], NOW)
    assert kinds(decision) == ["RecordTrial", "StartTrial"]
    assert of(StartTrial, decision)[0].basis.finished == "1"


def test_a_trial_whose_creator_died_gets_its_run():
    assert of(StartRun, decide(job(), views(trial(1)), NOW)) == [StartRun(1, 1, "Train")]


def test_a_run_whose_creator_died_is_recorded_not_started_again():
    decision = decide(job(max=1), [TrialView(trial(1), run(state="Waiting"))], NOW)
    assert kinds(decision) == ["RecordTrial"]
    assert records(decision)[1].runs[0].uid == "job-1"


def test_nothing_new_means_nothing_to_do_and_the_recorded_status():
    snapshot = views(running(1), running(2))
    first = decide(job(), snapshot, NOW)
    again = decide(job(status=first.status.to_json()), snapshot, at(3600))
    assert (again.actions, again.status) == ((), first.status)


def test_a_job_that_is_being_deleted_is_left_alone():
    going = job()
    metadata = going.metadata.model_copy(update={"deletion_timestamp": NOW})
    going = going.model_copy(update={"metadata": metadata})
    decision = decide(going, views(trial(1)), NOW)
    assert (decision.actions, decision.status) == ((), going.status)


def test_a_job_has_started_with_its_first_trial_however_late_that_is_told():
    late = trial(1, recorded())
    late = late.model_copy(update={"metadata": late.metadata.model_copy(update={"creation_timestamp": NOW})})
    first = decide(job(), views(late, running(2)), at(9)).status
    assert first.start_time == NOW
    assert decide(job(status=first.to_json()), views(running(2)), at(99)).status.start_time == NOW


# Stopping


def test_a_reached_target_stops_what_runs_and_starts_nothing():
    decision = decide(job(target=0.9), views(finished(1, 0.95, "TargetReached"), running(2)), NOW)
    assert kinds(decision) == ["RecordTrial", "StopRun"]
    assert records(decision)[2].conditions[0].reason == "JobDone"


def test_too_many_failures_stop_what_runs():
    failed = [finished(n, reason="Error") for n in (1, 2)]
    decision = decide(job(max=9, trials={"maxFailed": 1}), views(*failed, running(3)), NOW)
    assert of(StopRun, decision) == [StopRun(3, 1)]
    assert of(StartTrial, decision) == []


def test_a_suspended_job_stops_its_runs_and_starts_nothing():
    decision = decide(job(suspend=True), views(running(1), trial(2)), NOW)
    assert kinds(decision) == ["RecordTrial", "StopRun"]
    assert decision.status.phase == "Suspended"


def test_a_disrupted_run_gets_no_other_pod_once_its_job_is_suspended():
    disrupted = TrialView(trial(1, recorded()), exited(143, cause="Disrupted"))
    assert of(StopRun, decide(job(suspend=True), [disrupted], NOW)) == [StopRun(1, 1)]


def test_a_run_that_is_stopping_is_not_told_again():
    told = TrialView(trial(1, recorded(intent="Suspended")), run(stopping=True, exists=False))
    assert decide(job(suspend=True), [told], NOW).actions == ()


def test_a_resumed_trial_goes_on_as_a_new_run():
    decision = decide(job(max=1), views(trial(1, recorded(ended=True))), NOW)
    assert decision.actions == (StartRun(1, 2, "Resume"),)


def test_a_trial_out_of_time_is_stopped_with_the_reason_on_record():
    decision = decide(job(max=1, trials={"timeoutSeconds": 60}), [running(1)], at(61))
    assert kinds(decision) == ["RecordTrial", "StopRun"]
    assert records(decision)[1].conditions[0].reason == "Timeout"


def test_a_pod_that_never_gets_its_image_is_taken_away():
    view = TrialView(trial(1, recorded()), run(state="Waiting", cause="ImagePull", final=True))
    decision = decide(job(max=1, retain="All"), [view], NOW)
    assert kinds(decision) == ["RecordTrial", "StopRun"]
    assert records(decision)[1].reason == "ImagePull"


def test_resuming_starts_no_more_than_may_run():
    paused = [trial(n, recorded(ended=True)) for n in (1, 2, 3)]
    assert of(StartRun, decide(job(parallel=2), views(*paused), NOW)) == [
        StartRun(1, 2, "Resume"),
        StartRun(2, 2, "Resume"),
    ]


# Ends


@pytest.mark.parametrize(
    ("what", "spec", "trials", "exhausted", "end"),
    [
        ("all done", job(max=2), [finished(1, 0.1), finished(2, 0.2)], 0, ("Succeeded", "TrialsDone")),
        (
            "one of two succeeded",
            job(max=2),
            [finished(1, 0.1), finished(2, reason="Error")],
            0,
            ("Succeeded", "TrialsDone"),
        ),
        ("none succeeded", job(max=1), [finished(1, reason="Diverged")], 0, ("Failed", "NoSuccess")),
        (
            "the target is reached early",
            job(max=9, target=0.5),
            [finished(1, 0.6, "TargetReached"), finished(2, reason="Stopped")],
            0,
            ("Succeeded", "TargetReached"),
        ),
        (
            "too many failed, whatever succeeded",
            job(max=9, trials={"maxFailed": 0}),
            [finished(1, 0.6), finished(2, reason="Error")],
            0,
            ("Failed", "TooManyFailures"),
        ),
        ("nothing left to try", job(max=9), [finished(1, 0.6)], 1, ("Succeeded", "Exhausted")),
        (
            "fewer trials wanted than there are",
            job(max=1),
            [finished(1, 0.6), finished(2, 0.7)],
            0,
            ("Succeeded", "TrialsDone"),
        ),
        (
            "nothing keeps to the constraints",
            job(max=1, constraints=[{"metric": "bytes", "max": 1}]),
            [finished(1, 0.6)],
            0,
            ("Failed", "NothingFeasible"),
        ),
        (
            "more than a tenth of 40 failed",
            job(max=40),
            [finished(n, reason="Error") for n in range(1, 6)],
            0,
            ("Failed", "TooManyFailures"),
        ),
    ],
)
def test_how_a_job_ends(what, spec, trials, exhausted, end):
    decision = decide(spec, views(*trials), at(99), exhausted=exhausted, findings=Findings())
    status = decision.status
    assert decision.actions == ()
    assert (status.phase, status.condition("Finished").reason) == end
    assert status.completion_time == at(99)


@pytest.mark.parametrize(
    ("what", "spec", "trials"),
    [
        ("a trial still runs", job(max=2), [finished(1, 0.1), running(2)]),
        ("a stopped one still ends", job(max=9, target=0.5), [finished(1, 0.6), running(2)]),
        ("three of four failed", job(max=4), [finished(n, reason="Error") for n in (1, 2, 3)]),
        ("more trials are wanted now", job(max=3), [finished(1, 0.1), finished(2, 0.2)]),
    ],
)
def test_a_job_that_has_not_ended(what, spec, trials):
    assert decide(spec, views(*trials), NOW).status.condition("Finished") is None


@pytest.mark.parametrize(
    ("what", "trials"),
    [("trials vanished", []), ("the plan has grown", views(finished(1, 0.1)))],
)
def test_a_finished_job_starts_nothing_ever_again(what, trials):
    decision = decide(done_job(max=9, generation=2), trials, NOW)
    assert decision.actions == ()
    assert (decision.status.phase, decision.status.observed_generation) == ("Succeeded", 2)
    assert decision.status.condition("Finished").observed_generation == 2


def test_what_still_runs_of_a_finished_job_is_stopped():
    assert of(StopRun, decide(done_job(), views(running(1)), NOW)) == [StopRun(1, 1)]


def test_a_job_lives_as_long_after_its_end_as_it_says():
    spec = done_job(ttlSecondsAfterFinished=60)
    assert decide(spec, [], at(59)).wake == at(60)
    assert decide(spec, [], at(60)).actions == (DeleteJob(),)


def test_a_job_without_time_to_live_is_deleted_once_its_end_is_on_record():
    over = views(finished(1, 0.5))
    first = decide(job(max=1, ttlSecondsAfterFinished=0), over, NOW, findings=Findings())
    assert (first.actions, first.wake) == ((), NOW + RECORDED_WITHIN)
    written = job(max=1, ttlSecondsAfterFinished=0, status=first.status.to_json())
    again = decide(written, over, NOW)
    assert (again.actions, again.wake) == ((DeleteJob(),), None)


# Obstacles


def test_an_obstacle_of_any_length_stalls_the_job():
    status = decide(job(), [], NOW, obstacle=Obstacle("InvalidSpec", "x" * 100_000)).status
    assert status.phase == "Stalled"
    assert len(status.message) <= 4096
    assert len(status.condition("Stalled").message) <= 512


def test_an_obstacle_stalls_the_job_and_running_trials_are_still_observed():
    over = TrialView(trial(1, recorded()), exited(0, 0.9))
    decision = decide(job(), [over], NOW, obstacle=OBSTACLE)
    assert kinds(decision) == ["RecordTrial"]
    stalled = decision.status.condition("Stalled")
    assert (decision.status.phase, stalled.reason, stalled.message) == (
        "Stalled",
        OBSTACLE.reason,
        OBSTACLE.message,
    )


# Retention


@pytest.mark.parametrize(("retain", "released"), [("All", []), ("Best", [1]), ("None", [1, 2])])
def test_which_finished_runs_are_let_go(retain, released):
    trials = [TrialView(finished(1, 0.1), exited(0, 0.1)), TrialView(finished(2, 0.9), exited(0, 0.9))]
    decision = decide(job(max=2, retain=retain), trials, NOW)
    assert of(ReleaseRun, decision) == [ReleaseRun(n, 1) for n in released]


@pytest.mark.parametrize(
    ("what", "seen", "released"),
    [
        ("there", {}, [ReleaseRun(1, 1)]),
        ("gone", {"exists": False}, []),
        ("on its way out", {"stopping": True}, []),
    ],
)
def test_a_failed_run_is_let_go_once(what, seen, released):
    over = TrialView(finished(1, reason="Error"), exited(1, **seen))
    assert of(ReleaseRun, decide(job(max=1), [over], NOW)) == released


# Time


def test_the_next_moment_that_matters_is_the_earliest_of_all_trials():
    early, late = running(1), running(2)
    late = TrialView(late.trial, run(started=NOW + timedelta(seconds=5)))
    assert decide(job(trials={"timeoutSeconds": 60}), [late, early], at(10)).wake == at(60)


def test_an_order_of_trials_means_nothing():
    snapshot = [finished(1, 0.3), finished(2, 0.3), running(3)]
    one, other = decide(job(), views(*snapshot), NOW), decide(job(), views(*reversed(snapshot)), NOW)
    assert one == other
    assert one.status.best.number == 1


def test_records_come_before_everything_else():
    decision = decide(job(suspend=True), views(running(1), running(2)), NOW)
    assert [type(a) for a in decision.actions] == [RecordTrial, RecordTrial, StopRun, StopRun]
