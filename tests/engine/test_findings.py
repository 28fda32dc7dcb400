"""What a finished job's trials say is asked for once, and is on record with the end."""

from __future__ import annotations

import pickle

import pytest
from tuning_operator.api import Importance, Range
from tuning_operator.engine.actions import Advise
from tuning_operator.engine.decide import decide
from tuning_operator.engine.findings import Findings, find
from tuning_operator.engine.problem import frozen_in
from tuning_operator.engine.proposal import history_of

from tests.engine.builders import NOW, finished, job, of, running, views

BOTH = [{"name": name, "type": "double", "min": 0, "max": 1} for name in ("idle", "x")]
SAID = Findings((Importance(parameter="x", share=1.0),), ("raise max",))
FROZEN = [Range(name="idle", min=0.5, max=0.5)]
DONE = [finished(1, 0.1), finished(2, 0.2)]


def tried(number: int, x: float, idle: float):
    one = finished(number, x)
    return one.model_copy(update={"spec": one.spec.model_copy(update={"parameters": {"x": x, "idle": idle}})})


def test_the_important_parameter_comes_first_and_advice_follows():
    trials = [tried(n, n / 40, (7 * n % 41) / 41) for n in range(1, 41)]
    found = find(job(max=40, parameters=BOTH), trials)
    assert [i.parameter for i in found.importance] == ["x", "idle"]
    assert sum(i.share for i in found.importance) == pytest.approx(1, abs=0.001)
    assert any("the best x 1 lies at its max 1" in words for words in found.advice)
    assert found == find(*pickle.loads(pickle.dumps((job(max=40, parameters=BOTH), trials[::-1]))))


def test_what_a_stage_froze_does_not_matter_the_more_for_it():
    """Its one value is that of almost all of the best trials, because the stage looks where they are."""
    coarse = [tried(n, n / 25, (7 * n % 25) / 25) for n in range(1, 25)]
    fine = [two(tried(n, 0.9 + n / 1000, 0.5), space=FROZEN if n == 25 else None) for n in range(25, 49)]
    for trials in ([*coarse, *fine], [*fine[::-1], *coarse]):
        first, last = find(job(max=48, parameters=BOTH), trials).importance
        assert (first.parameter, last.parameter) == ("x", "idle")
        assert last.share < 0.1


def test_a_trial_that_the_user_asked_for_varies_what_its_stage_froze():
    asked, proposed = two(tried(1, 0.5, 0.25), purpose="Initial"), two(tried(2, 0.5, 0.5), space=FROZEN)
    assert [e.frozen for e in history_of(job(), [asked, proposed], [asked, proposed])] == [set(), {"idle"}]


@pytest.mark.parametrize(
    ("left", "is_frozen"),
    [
        (Range(name="p", min=2, max=2), True),
        (Range(name="p", min=2, max=3), False),
        (Range(name="p", numbers=[2]), True),
        (Range(name="p", numbers=[2, 3]), False),
        (Range(name="p", values=["true"]), True),
        (Range(name="p", values=["a", "b"]), False),
    ],
)
def test_frozen_is_what_has_one_value_left(left, is_frozen):
    assert frozen_in([left]) == ({"p"} if is_frozen else set())


def two(one, **spec):
    """The trial as one of stage 2."""
    return one.model_copy(update={"spec": one.spec.model_copy(update={"stage": 2, **spec})})


def test_running_trials_and_few_ones_say_nothing():
    assert find(job(), [finished(1, 0.5), running(2).trial]) == Findings()


def test_a_job_that_is_about_to_end_asks_for_advice_and_then_ends_with_it():
    first = decide(job(max=2), views(*DONE), NOW)
    assert of(Advise, first) == [Advise()]
    last = decide(job(max=2), views(*DONE), NOW, findings=SAID)
    assert of(Advise, last) == []
    assert (last.status.importance, last.status.advice) == ([*SAID.importance], [*SAID.advice])


def test_an_end_on_record_is_not_asked_about_again():
    status = decide(job(max=2), views(*DONE), NOW, findings=SAID).status
    again = decide(job(max=2, status=status.to_json()), views(*DONE), NOW)
    assert (again.actions, again.status) == ((), status)


@pytest.mark.parametrize(
    ("what", "trials"),
    [("one still runs", [*DONE[:1], running(2)]), ("none succeeded", [finished(1, reason="Error")])],
)
def test_nobody_is_asked_while(what, trials):
    assert of(Advise, decide(job(max=len(trials)), views(*trials), NOW)) == []


def test_where_there_is_nothing_to_say_the_status_says_nothing():
    status = decide(job(max=2), views(*DONE), NOW, findings=Findings()).status
    assert (status.phase, status.importance, status.advice) == ("Succeeded", None, None)
