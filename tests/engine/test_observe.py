"""One Trial: what is recorded of it, and when it is to be looked at again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tuning_operator.engine.bounded import size
from tuning_operator.engine.limits import FEWER_CHARACTERS, STATUS_BYTES
from tuning_operator.engine.observe import concluded, ongoing
from tuning_operator.engine.snapshot import Observed, Report, TrialView

from tests.engine.builders import NOW, at, exited, finished, job, recorded, run, scraped, trial

LIMITED = job(trials={"timeoutSeconds": 60})


def follow(status, view, *, spec=None, now=NOW, closing=None):
    return ongoing(spec or job(), TrialView(trial(1, status), view), now, closing)


def conclude(status, view, *, now=NOW):
    return concluded(job(), TrialView(trial(1, status), view), now)


def intent(status):
    return [c.reason for c in status.conditions if c.type == "Stopping"]


def test_a_new_run_is_recorded_with_its_uid():
    status, _ = follow(None, run(state="Waiting", resources={"cpu": "1"}))
    (one,) = status.runs
    assert (one.number, one.purpose, one.uid, one.resources) == (1, "Train", "job-1", {"cpu": "1"})


def test_a_second_run_resumes():
    status, _ = follow(recorded(ended=True), run(2, "Waiting"))
    assert [(r.number, r.purpose) for r in status.runs] == [(1, "Train"), (2, "Resume")]


def test_the_run_after_a_disruption_is_a_retry():
    disrupted = recorded(ended=True).model_copy(update={"reason": "Disrupted"})
    status, _ = follow(disrupted, run(2, "Waiting"))
    assert [r.purpose for r in status.runs] == ["Train", "Retry"]


def test_a_container_start_alone_is_no_write():
    status = recorded()
    assert follow(status, run(started=NOW, since=NOW, pod="pod-1", node="n1")) == (status, None)


def test_the_end_tells_what_the_start_did_not():
    status = conclude(recorded(), exited(0, 0.9, pod="pod-1", node="n1", image="i@sha256:1"))
    (one,) = status.runs
    assert (one.start_time, one.end_time, one.exit_code) == (NOW, at(30), 0)
    assert (one.node, one.image, one.attempts) == ("n1", "i@sha256:1", 1)
    assert (status.start_time, status.completion_time, status.observed_time) == (NOW, at(30), None)
    assert [(c.type, c.status, c.reason) for c in status.conditions] == [
        ("Succeeded", "True", "Completed"),
        ("Finished", "True", "Completed"),
    ]


def test_a_trials_own_advice_is_recorded_however_it_ended():
    report = Report(metrics={"accuracy": 0.9}, advice=("lower the learning rate",))
    assert conclude(recorded(), exited(0, report=report)).advice == ["lower the learning rate"]
    assert conclude(recorded(), exited(1, report=report)).advice == ["lower the learning rate"]
    assert conclude(recorded(), exited(0, 0.9)).advice is None


def test_a_finished_trial_never_changes():
    done = finished(1, 0.9)
    view = TrialView(done, exited(1))
    assert concluded(job(), view, NOW) is done.status
    assert ongoing(job(), view, NOW, None) == (done.status, None)


def test_a_recorded_run_that_the_shell_does_not_show_is_left_alone():
    status = recorded()
    assert conclude(status, None) is status
    assert follow(status, None, closing="TargetReached") == (status, None)


def test_another_job_in_the_recorded_ones_place_is_a_deletion():
    assert conclude(recorded(), replace(run(), uid="another")).reason == "JobDeleted"


# Series


def test_intermediate_values_are_written_once_a_minute():
    view = run(started=NOW, scraped=scraped(0.1, 0.2))
    assert follow(recorded(), view, now=at(59)) == (recorded(), at(60))
    status, _ = follow(recorded(), view, now=at(60))
    assert [(p.step, p.value) for p in status.series[0].points] == [(1, 0.1), (2, 0.2)]
    assert follow(status, view, now=at(500)) == (status, None)


def test_an_old_part_of_a_series_seen_again_is_no_news():
    whole = scraped(*(step / 200 for step in range(1, 101)))
    status, _ = follow(recorded(), run(started=NOW, scraped=whole), now=at(60))
    assert follow(status, run(started=NOW, scraped=whole[40:]), now=at(999)) == (status, None)


def test_a_new_operator_keeps_the_series_of_the_old_one():
    status, _ = follow(recorded(), run(started=NOW, scraped=scraped(0.1, 0.9)), now=at(60))
    end = conclude(status, exited(0, scraped=()))
    assert (end.reason, end.observations[0].value) == ("Completed", 0.9)


# Waiting


@pytest.mark.parametrize(
    ("what", "status", "view", "now", "said"),
    [
        ("an ordinary start", recorded(), run(state="Waiting", since=NOW), at(99), (None, None)),
        ("since nobody knows when", recorded(), run(state="Waiting", message="wait"), NOW, (None, "wait")),
        (
            "no room, yet",
            recorded(),
            run(state="Waiting", since=NOW, message="0/1 nodes"),
            at(9),
            (None, None),
        ),
        (
            "no room",
            recorded(),
            run(state="Waiting", since=NOW, message="0/1 nodes"),
            at(10),
            (None, "0/1 nodes"),
        ),
        (
            "refused",
            recorded(),
            run(state="Waiting", cause="PodRefused", message="quota"),
            NOW,
            ("PodRefused", "waits until the cluster admits a pod: quota"),
        ),
        (
            "no image",
            recorded(),
            run(state="Waiting", cause="ImagePull", message="404"),
            NOW,
            ("ImagePull", "404"),
        ),
        ("it runs now", recorded(message="0/1 nodes"), run(started=NOW), NOW, (None, None)),
        (
            "the words for a missing image flip",
            recorded(reason="ImagePull", message="404"),
            run(state="Waiting", cause="ImagePull", message="back-off"),
            at(119),
            ("ImagePull", "404"),
        ),
        (
            "other words, a minute later",
            recorded(message="0/1 nodes"),
            run(state="Waiting", message="0/2 nodes"),
            at(60),
            (None, "0/2 nodes"),
        ),
    ],
)
def test_what_a_trial_waits_for(what, status, view, now, said):
    status, _ = follow(status, view, now=now)
    assert (status.reason, status.message) == said


def test_words_that_were_cut_short_for_want_of_room_are_not_written_again():
    names = [f"{i:_>128}" for i in range(20)]
    spec = job(
        objectives=[{"metric": name, "goal": "Minimize"} for name in names[:4]],
        constraints=[{"metric": name, "max": 1} for name in names[4:]],
    )
    seen = tuple(Observed(name, 1, 1 / 3) for name in names)
    view = run(state="Waiting", message="0/1 nodes: " + "x" * 400, scraped=seen)
    status, _ = follow(recorded(), view, spec=spec)
    assert len(status.message) == FEWER_CHARACTERS
    assert follow(status, view, spec=spec, now=at(60)) == (status, None)


def test_a_refused_pod_is_waited_for_for_ever():
    status, _ = follow(recorded(), run(state="Waiting", cause="PodRefused", message="quota"))
    view = run(state="Waiting", cause="PodRefused", message="quota")
    assert conclude(status, view, now=at(1e6)) is status


def test_an_image_that_cannot_be_pulled_fails_after_two_minutes():
    view = run(state="Waiting", cause="ImagePull", message="404")
    status, _ = follow(recorded(), view)
    assert conclude(status, view, now=at(119)) is status
    assert follow(status, view, now=at(1)) == (status, at(120))
    assert conclude(status, view, now=at(120)).reason == "ImagePull"


def test_the_wait_for_an_image_begins_when_it_is_first_seen():
    view = run(state="Waiting", since=NOW, cause="ImagePull", message="404")
    assert conclude(recorded(), view, now=at(600)).completion_time is None


def test_a_malformed_image_name_fails_at_once():
    assert conclude(None, run(state="Waiting", cause="ImagePull", final=True)).reason == "ImagePull"


# Disruption


def test_a_replaced_pod_counts_as_an_attempt():
    status, _ = follow(recorded(pod="pod-1"), run(state="Waiting", pod="pod-2"))
    assert (status.runs[0].attempts, status.runs[0].pod) == (2, "pod-2")


def test_the_same_pod_is_counted_once_however_little_room_its_record_has():
    status, large = recorded(), {f"{i:_>253}": "1" for i in range(20)}
    for minute in range(1, 7):
        pod = run(started=NOW, pod="pod-1", resources=large, scraped=scraped(*[0.1] * minute))
        status, _ = follow(status, pod, now=at(60 * minute))
    assert (status.runs[0].resources, status.runs[0].attempts) == (None, 1)


def test_a_disruption_is_told_while_the_job_makes_another_pod():
    status, _ = follow(recorded(), exited(143, cause="Disrupted", pod="pod-1", message="drained"))
    assert (status.reason, status.runs[0].pod, status.runs[0].end_time) == ("Disrupted", "pod-1", None)
    assert "drained" in status.message


def test_a_run_that_went_down_with_its_machine_is_ended_its_trial_is_not():
    status = conclude(recorded(), run(state="Gone", exists=False, cause="Disrupted"), now=at(5))
    assert (status.runs[0].end_time, status.completion_time) == (at(5), None)


# Intents


@pytest.mark.parametrize(
    ("what", "spec", "closing", "now", "intents"),
    [
        ("nothing", job(), None, at(999), []),
        ("out of time", LIMITED, None, at(60), ["Timeout"]),
        ("in time", LIMITED, None, at(59), []),
        ("suspended", job(suspend=True), None, at(1), ["Suspended"]),
        ("the job is done", job(), "TargetReached", at(1), ["JobDone"]),
        ("out of time comes first", LIMITED, "TargetReached", at(60), ["Timeout"]),
    ],
)
def test_why_a_run_is_to_stop_is_written_first(what, spec, closing, now, intents):
    status, _ = follow(recorded(), run(started=NOW, since=NOW), spec=spec, closing=closing, now=now)
    assert intent(status) == intents


def test_a_job_resumed_in_time_stops_nothing():
    status, _ = follow(recorded(intent="Suspended"), run(started=NOW))
    assert intent(status) == []


def test_a_record_that_is_nearly_full_has_room_for_the_intent():
    full = recorded(43, message="m" * 512)
    assert STATUS_BYTES - 100 < size(full) <= STATUS_BYTES
    status, _ = follow(full, run(43, "Waiting", message="m" * 512), spec=job(suspend=True))
    assert intent(status) == ["Suspended"]
    assert size(status) <= STATUS_BYTES


def test_a_record_that_is_nearly_full_has_room_for_the_end():
    full = recorded(49, ended=True)
    assert STATUS_BYTES - 100 < size(full) <= STATUS_BYTES
    status, _ = follow(full, None, closing="TargetReached")
    assert status.reason == "Stopped"
    assert size(status) <= STATUS_BYTES


def test_once_told_the_intent_stays():
    told = run(started=NOW, stopping=True, exists=False)
    status, _ = follow(recorded(intent="Suspended"), told, closing="TargetReached")
    assert intent(status) == ["Suspended"]


def test_a_suspended_run_ends_and_its_trial_does_not():
    status = conclude(recorded(intent="Suspended"), exited(143, exists=False, stopping=True))
    assert (status.completion_time, status.conditions, status.runs[0].end_time) == (None, [], at(30))


def test_a_trial_that_has_no_run_when_the_job_is_done_is_stopped():
    status, _ = follow(None, None, closing="TargetReached")
    assert (status.reason, status.completion_time) == ("Stopped", NOW)


def test_the_timeout_is_the_next_moment_that_matters():
    assert follow(recorded(), run(started=NOW), spec=LIMITED)[1] == at(60)
