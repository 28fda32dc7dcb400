"""What a finished job's trials say is asked for once, and is on record with the end."""

from __future__ import annotations

import pickle

import pytest
from tuning_operator.api import Importance
from tuning_operator.engine.actions import Advise
from tuning_operator.engine.decide import decide
from tuning_operator.engine.findings import Findings, find

from tests.engine.builders import NOW, finished, job, of, running, views

BOTH = [{"name": name, "type": "double", "min": 0, "max": 1} for name in ("idle", "x")]
SAID = Findings((Importance(parameter="x", share=1.0),), ("raise max",))
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
