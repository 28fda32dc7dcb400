"""Which changes of a job's or a trial's status are worth an Event."""

from itertools import pairwise
from typing import Any

import pytest
from tuning_operator.api import Best, MetricValue, Range, StageStatus, Trial, TuningJob, TuningJobStatus
from tuning_operator.cluster.notes import job_notes, trial_recorded
from tuning_operator.cluster.recorder import LONGEST_MESSAGE, Note, event_body

from tests.operator_loop.builders import NOON, NOON_TEXT, job_body, recorded, trial_body

SPACE = [Range(name="x", min=0.25, max=0.5), Range(name="kind", values=["a"])]


def told(before: list[StageStatus] | None, after: list[StageStatus]) -> list[str]:
    body: dict[str, Any] = job_body()
    job = TuningJob.model_validate(body).model_copy(update={"status": TuningJobStatus(stages=before)})
    return [f"{note.reason}: {note.message}" for note in job_notes(job, TuningJobStatus(stages=after))]


def test_each_of_several_stages_is_told_when_it_begins() -> None:
    coarse = StageStatus(algorithm="Random", trials=4)
    before = [coarse, StageStatus(algorithm="Bayesian")]
    after = [coarse, StageStatus(algorithm="Bayesian", trials=1, space=SPACE)]
    assert told(None, before) == ["StageStarted: stage 1 of 2: Random"]
    assert told(before, after) == ["StageStarted: stage 2 of 2: Bayesian, x 0.25 … 0.5, kind a"]
    assert told(after, after) == []


def test_a_grid_tells_its_size_and_another_single_stage_nothing() -> None:
    assert told(None, [StageStatus(algorithm="Grid", trials=1, points=9)]) == [
        "StageStarted: stage 1 of 1: Grid, 9 points"
    ]
    assert told(None, [StageStatus(algorithm="Random", trials=1)]) == []


def best(number: int, accuracy: float) -> Best:
    value = MetricValue(metric="accuracy", value=accuracy)
    return Best(trial=f"hello-{number}", number=number, objectives=[value], parameters={"x": 0.5})


def life(*after: TuningJobStatus) -> list[tuple[str, str, str]]:
    """Reason, words and type of what is told while a job's statuses follow each other."""
    job = TuningJob.model_validate(job_body())
    lives = pairwise((TuningJobStatus(), *after))
    told = [note for old, new in lives for note in job_notes(job.model_copy(update={"status": old}), new)]
    return [(note.reason, note.message, note.type) for note in told]


def test_a_new_best_is_told_once() -> None:
    first, second = TuningJobStatus(best=best(1, 0.5)), TuningJobStatus(best=best(3, 0.75))
    assert life(TuningJobStatus(), first, first, second, second) == [
        ("NewBest", "hello-1: accuracy=0.5", "Normal"),
        ("NewBest", "hello-3: accuracy=0.75", "Normal"),
    ]


@pytest.mark.parametrize(
    ("phase", "type_"), [("Succeeded", "Normal"), ("Failed", "Warning"), ("Stalled", "Warning")]
)
def test_how_a_job_ends_is_told_once_and_what_is_no_success_is_a_warning(phase: Any, type_: str) -> None:
    running, ended = TuningJobStatus(phase="Running"), TuningJobStatus(phase=phase, message="8 of 8 trials")
    assert life(running, running, ended, ended) == [(phase, "8 of 8 trials", type_)]


def trial(reason: str | None = None, message: str | None = None, pods: int = 1, **status: Any) -> Trial:
    """The first trial, whose run has had so many pods."""
    runs = [recorded() | {"attempts": pods}]
    return Trial.parse(trial_body(runs=runs, reason=reason, message=message, **status))


def notes(*life: Trial) -> list[Note]:
    """What is told while its statuses follow each other."""
    return [note for before, after in pairwise(life) for note in trial_recorded(before, after.status)]


@pytest.mark.parametrize(
    ("reason", "message", "what"),
    [
        ("Disrupted", "its pod was disrupted, another one follows: hello-1-r1-abc", "TrialDisrupted"),
        ("PodRefused", "waits until the cluster admits a pod: exceeded quota", "TrialWaiting"),
        ("ImagePull", "ErrImagePull: 404", "TrialWaiting"),
    ],
)
def test_a_trial_that_the_cluster_disturbs_is_a_warning(reason: str, message: str, what: str) -> None:
    [note] = notes(trial(), trial(reason, message))
    assert (note.reason, note.type) == (what, "Warning")
    assert note.message == f"hello-1: {reason}: {message}"


def test_one_disturbance_is_told_once_whatever_its_words_become() -> None:
    assert len(notes(trial(), trial("PodRefused", "3 of 3 pods"), trial("PodRefused", "2 of 2 pods"))) == 1


def test_a_disturbance_that_is_seen_again_is_the_same_event() -> None:
    first, second = notes(trial(), trial("PodRefused"), trial(), trial("PodRefused"))
    assert first == second


def test_the_next_pods_disruption_is_another_event() -> None:
    first, second = notes(trial(), trial("Disrupted"), trial("Disrupted", pods=2))
    assert first.subject != second.subject


def test_a_trial_that_runs_or_waits_for_room_or_has_ended_well_tells_nothing() -> None:
    assert notes(trial("Disrupted"), trial(pods=2), trial(message="0/1 nodes"), ended("Completed")) == []


def test_a_failure_is_told_once_and_as_such() -> None:
    [note] = notes(trial(), ended("Disrupted"), ended("Disrupted"))
    assert (note.reason, note.subject, note.type) == ("TrialFailed", "hello-1", "Warning")


def ended(reason: str) -> Trial:
    return trial(reason, completionTime=NOON_TEXT)


def test_an_event_is_one_line_whatever_is_in_it() -> None:
    words = "x=a\n  Normal  Succeeded  1s  tuning-operator\x1b[2J" + "!" * 2000
    body = event_body(TuningJob.model_validate(job_body()), Note("TrialStarted", words, "x"), NOON)
    assert body["message"].startswith("x=a Normal Succeeded 1s tuning-operator [2J!!")
    assert body["message"].isprintable()
    assert len(body["message"]) == LONGEST_MESSAGE
