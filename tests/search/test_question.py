from __future__ import annotations

from tuning_operator.search.problem import Entry
from tuning_operator.search.question import Question
from tuning_operator.search.space import Space

from tests.search.builders import parameter, problem

KIND = parameter("kind", "categorical", values=["a", "b"])
RATE = parameter("rate", "double", min=0, max=1, step=0.1)
UNITS = parameter("units", "int", min=1, max=3, when={"parameter": "kind", "in": ["a"]})


def test_a_point_is_tried_where_a_finished_or_a_running_trial_stands_though_rounded_or_with_more() -> None:
    finished = Entry(1, {"kind": "b", "rate": 0.1 + 0.2, "units": 2}, "Succeeded", (1.0,))
    running = Entry(2, {"kind": "a", "rate": 0.3, "units": 2})
    space = Space((KIND, RATE, UNITS))
    question = Question(problem(KIND, RATE, UNITS), space, space, (finished,), (running,), 3)
    assert not question.untried({"kind": "b", "rate": 0.3})
    assert not question.untried({"kind": "a", "rate": 0.3, "units": 2})
    assert question.untried({"kind": "a", "rate": 0.3, "units": 3})
    assert question.untried({"kind": "b", "rate": 0.4})
