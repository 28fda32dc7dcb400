"""Which changes of a job's status are worth an Event."""

from typing import Any

from tuning_operator.api import Range, StageStatus, TuningJob, TuningJobStatus
from tuning_operator.cluster.notes import job_notes
from tuning_operator.cluster.recorder import LONGEST_MESSAGE, Note, event_body

from tests.operator_loop.builders import NOON, job_body

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


def test_an_event_is_one_line_whatever_is_in_it() -> None:
    words = "x=a\n  Normal  Succeeded  1s  tuning-operator\x1b[2J" + "!" * 2000
    body = event_body(TuningJob.model_validate(job_body()), Note("TrialStarted", words, "x"), NOON)
    assert body["message"].startswith("x=a Normal Succeeded 1s tuning-operator [2J!!")
    assert body["message"].isprintable()
    assert len(body["message"]) == LONGEST_MESSAGE
