"""What an ended run means for its trial."""

from __future__ import annotations

import math

import pytest
from tuning_operator.engine.limits import EXTRA_METRICS, MAX_ATTEMPTS
from tuning_operator.engine.outcome import Outcome, Pause, judge
from tuning_operator.engine.series import merged
from tuning_operator.engine.snapshot import Report

from tests.engine.builders import exited, job, run, scraped

INTERRUPTED = Report(metrics={"accuracy": 0.4}, interrupted=True)


def judged(view, spec=None, *, attempts=1, intent=None):
    series = merged([], view.scraped, ["accuracy"])
    return judge(spec or job(), view, series, attempts, intent)


@pytest.mark.parametrize(
    ("what", "view", "reason"),
    [
        ("exit 0 with a report", exited(value=0.9), "Completed"),
        ("exit 0 with scrapes only", exited(scraped=scraped(0.1)), "Completed"),
        ("exit 0 with nothing", exited(), "MetricsUnavailable"),
        ("a report without the objective", exited(report=Report({"loss": 1.0})), "MetricsUnavailable"),
        ("a report of nan", exited(value=math.nan), "Diverged"),
        ("a report of infinity", exited(value=math.inf), "Diverged"),
        ("exit 1", exited(1), "Error"),
        ("exit 1 with metrics", exited(1, value=0.9), "Error"),
        ("exit 2", exited(2), "UserError"),
        ("exit 3", exited(3), "OutOfMemory"),
        ("killed by SIGKILL", exited(137), "Error"),
        ("the world saw it run out of memory", exited(137, cause="OutOfMemory"), "OutOfMemory"),
        ("the cause wins over the exit code", exited(2, cause="OutOfMemory"), "OutOfMemory"),
        ("the cause wins over exit 0", exited(value=0.9, cause="PodDeleted"), "PodDeleted"),
        ("told to stop by somebody", exited(143, report=INTERRUPTED), "Disrupted"),
        ("interrupted, but exit 0", exited(0, report=INTERRUPTED), "Disrupted"),
        ("SIGTERM without a word", exited(143), "Error"),
        ("disrupted, and the Job is gone", exited(143, cause="Disrupted", exists=False), "Disrupted"),
        ("its Job deleted while it ran", exited(143, report=INTERRUPTED, exists=False), "JobDeleted"),
        ("its Job deleted, exit 0 without report", exited(0, exists=False, stopping=True), "JobDeleted"),
        ("its Job deleted, but it was through", exited(value=0.9, exists=False), "Completed"),
        ("failed before its Job was deleted", exited(1, exists=False), "Error"),
        ("gone", run(state="Gone", exists=False), "JobDeleted"),
        ("gone with its pod", run(state="Gone", exists=False, cause="PodDeleted"), "PodDeleted"),
        ("never will run", run(state="Ended"), "Error"),
    ],
)
def test_a_run_that_ended_by_itself(what, view, reason):
    verdict = judged(view)
    assert isinstance(verdict, Outcome)
    assert verdict.reason == reason


@pytest.mark.parametrize(
    ("what", "view"),
    [
        ("waits", run(state="Waiting")),
        ("runs", run(state="Running")),
        ("is disrupted, and its Job makes another pod", exited(0, value=0.4, cause="Disrupted")),
    ],
)
def test_a_run_that_is_not_over(what, view):
    assert judged(view) is None


STOPPED = {"exists": False, "stopping": True}


@pytest.mark.parametrize(
    ("what", "intent", "view", "reason"),
    [
        (
            "told to, for the target is reached",
            "JobDone",
            exited(143, report=INTERRUPTED, **STOPPED),
            "Stopped",
        ),
        ("it vanished when told", "JobDone", run(state="Gone", **STOPPED), "Stopped"),
        ("it was through before it heard", "JobDone", exited(value=0.9, **STOPPED), "Completed"),
        (
            "exit 0 without a report proves nothing",
            "JobDone",
            exited(scraped=scraped(0.3), **STOPPED),
            "Stopped",
        ),
        (
            "its Job's deletion is ours",
            "JobDone",
            run(state="Gone", cause="JobDeleted", **STOPPED),
            "Stopped",
        ),
        ("out of time", "Timeout", exited(143, report=INTERRUPTED, **STOPPED), "Timeout"),
        ("out of time, and gone", "Timeout", run(state="Gone", **STOPPED), "Timeout"),
        ("it failed before it was told", "JobDone", exited(2), "UserError"),
        ("it was through while being suspended", "Suspended", exited(value=0.9, **STOPPED), "Completed"),
    ],
)
def test_a_run_that_we_stop(what, intent, view, reason):
    verdict = judged(view, intent=intent)
    assert isinstance(verdict, Outcome)
    assert verdict.reason == reason


@pytest.mark.parametrize(
    ("what", "intent", "view"),
    [
        ("suspended", "Suspended", exited(143, report=INTERRUPTED, **STOPPED)),
        ("suspended before it had a container", "Suspended", run(state="Gone", **STOPPED)),
        ("suspended, exit 0 without a report", "Suspended", exited(scraped=scraped(0.3), **STOPPED)),
        ("cut off with its machine", None, run(state="Gone", exists=False, cause="Disrupted")),
    ],
)
def test_a_trial_that_goes_on_as_a_new_run(what, intent, view):
    assert isinstance(judged(view, intent=intent), Pause)


def test_metrics_of_a_stopped_trial_are_kept():
    verdict = judged(exited(143, report=INTERRUPTED, **STOPPED), intent="JobDone")
    assert [(o.metric, o.value) for o in verdict.observations] == [("accuracy", 0.4)]


@pytest.mark.parametrize(
    ("take", "goal", "value", "step"),
    [("Best", "Maximize", 0.9, 2), ("Best", "Minimize", 0.1, 1), ("Last", "Maximize", 0.5, 3)],
)
def test_without_a_report_the_scrapes_are_taken_as_the_objective_says(take, goal, value, step):
    verdict = judged(exited(scraped=scraped(0.1, 0.9, 0.5)), job(take=take, goal=goal))
    assert (verdict.observations[0].value, verdict.observations[0].step) == (value, step)


def test_the_report_is_the_authority():
    verdict = judged(exited(report=Report({"accuracy": 0.2}, step=7), scraped=scraped(0.9)))
    assert (verdict.observations[0].value, verdict.observations[0].step) == (0.2, 7)


def test_a_diverged_trial_has_an_observation_without_value():
    assert [(o.metric, o.value) for o in judged(exited(value=math.nan)).observations] == [("accuracy", None)]


def test_a_diverged_trial_says_what_broke_first():
    says = ("the loss was not finite; lower the learning rate", "two classes are rare")
    verdict = judged(exited(report=Report({"accuracy": math.nan}, advice=says)))
    assert verdict.message == f"accuracy is not finite; the trial says: {says[0]}"
    assert judged(exited(value=math.nan)).message == "accuracy is not finite"


def test_of_too_many_metrics_those_go_that_the_trial_told_last():
    told = (
        {"zeta": 1.0, "val_f1": 0.5, "accuracy": 0.9} | {f"a{i:02}": 0.0 for i in range(40)} | {"bytes": 7.0}
    )
    spec = job(constraints=[{"metric": "bytes", "max": 9}])
    kept = [o.metric for o in judged(exited(report=Report(told)), spec).observations]
    assert kept[:5] == ["accuracy", "bytes", "zeta", "val_f1", "a00"]
    assert len(kept) == 2 + EXTRA_METRICS


def test_nan_among_other_metrics_is_no_divergence():
    verdict = judged(exited(report=Report({"accuracy": 0.9, "loss": math.nan})))
    assert verdict.reason == "Completed"
    assert [(o.metric, o.value) for o in verdict.observations] == [("accuracy", 0.9), ("loss", None)]


@pytest.mark.parametrize(
    ("goal", "target", "value", "reason"),
    [
        ("Maximize", 0.9, 0.9, "TargetReached"),
        ("Maximize", 0.9, 0.89, "Completed"),
        ("Minimize", 0.1, 0.05, "TargetReached"),
        ("Minimize", 0.1, 0.2, "Completed"),
    ],
)
def test_a_target(goal, target, value, reason):
    assert judged(exited(value=value), job(goal=goal, target=target)).reason == reason


@pytest.mark.parametrize(("limit", "words"), [(60, "60 s"), (None, "it then might")])
def test_a_trial_out_of_time_says_so_even_when_the_limit_is_gone(limit, words):
    view = exited(143, report=INTERRUPTED, **STOPPED)
    verdict = judged(view, job(trials={"timeoutSeconds": limit}), intent="Timeout")
    assert verdict.message == f"stopped: it ran for longer than {words}"


def test_the_fifth_disruption_is_the_last():
    view = exited(143, cause="Disrupted")
    assert judged(view, attempts=4) is None
    assert judged(view, attempts=5).reason == "Disrupted"


def test_a_sixth_pod_is_not_waited_for():
    assert judged(run(state="Running"), attempts=6).reason == "Disrupted"


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (exited(1, report=Report(error="no such column")), "no such column"),
        (exited(1, message="Traceback …\nKeyError: 'y'"), "Traceback …\nKeyError: 'y'"),
        (exited(137), "exit code 137 (SIGKILL)"),
        (
            exited(report=Report({"acc": 0.9})),
            "no value of accuracy: the trial reported acc, and no scrape found one",
        ),
        (
            exited(0),
            "no value of accuracy: the trial left no readable termination message, and no scrape found one",
        ),
    ],
)
def test_a_failure_says_what_went_wrong(view, words):
    assert judged(view).message == words


def test_long_last_words_keep_their_end():
    message = judged(exited(1, message="x" * 9000 + "KeyError")).message
    assert len(message) == 512
    assert message.endswith("KeyError")


@pytest.mark.parametrize(
    ("what", "view"),
    [
        ("its Job took exit 0 for success", exited(0, value=0.4, cause="Disrupted", final=True)),
        ("its Job has failed", exited(143, cause="Disrupted", final=True)),
        ("the machine went down", run(state="Gone", exists=False, cause="Disrupted")),
    ],
)
def test_a_disrupted_run_whose_job_makes_no_other_pod_is_tried_again(what, view):
    verdict = judged(view)
    assert isinstance(verdict, Pause)
    assert verdict.reason == "Disrupted"
    assert "another one follows" in verdict.message


def test_a_trial_that_is_disrupted_again_and_again_is_given_up():
    verdict = judged(exited(143, cause="Disrupted", final=True), attempts=MAX_ATTEMPTS)
    assert isinstance(verdict, Outcome)
    assert verdict.reason == "Disrupted"
