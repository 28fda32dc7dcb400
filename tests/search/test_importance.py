from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuning_operator.api import Constraint
from tuning_operator.search import Entry, advice, importance
from tuning_operator.search.domain import Choices
from tuning_operator.search.importance import _divergence
from tuning_operator.search.lessons import Lesson
from tuning_operator.search.space import Values

from tests.search.builders import finished, histories, parameter, problem, run, spaces
from tests.search.generated import calm

THREE = (
    parameter("idle", "categorical", values=["a", "b", "c"]),
    parameter("rate", "double", min=1e-5, max=1e-1, scale="log"),
    parameter("units", "int", min=1, max=9),
)


def mostly_rate(values: Values) -> float:
    import math

    return 10 * abs(math.log10(float(values["rate"])) + 2.5) + 0.5 * float(values["units"])


def test_shares_add_up_and_what_matters_more_gets_more() -> None:
    shares = importance(problem(*THREE), run(problem(*THREE, algorithm="Sobol"), 128, mostly_rate))
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["rate"] > 0.6
    assert shares["rate"] > shares["units"] > shares["idle"]


def test_few_or_equal_trials_say_nothing() -> None:
    entries = run(problem(*THREE), 20, lambda values: 1.0)
    assert importance(problem(*THREE), entries) == {}
    assert importance(problem(*THREE), run(problem(*THREE), 7, mostly_rate)) == {}


@given(data=st.data())
@calm
def test_any_history_has_shares_or_none(data: st.DataObject) -> None:
    of = problem(*data.draw(spaces()))
    history, _ = data.draw(histories(of))
    shares = importance(of, history)
    assert shares == {} or sum(shares.values()) == pytest.approx(1)
    assert all(0 <= share <= 1 for share in shares.values())
    assert all(type(line) is str for line in advice(of, history))


def test_what_a_stage_froze_is_judged_by_the_trials_that_varied_it() -> None:
    of = problem(parameter("idle", "double", min=0, max=1), parameter("x", "double", min=0, max=1))
    coarse = run(problem(*of.parameters, algorithm="Sobol"), 32, lambda v: float(v["x"]))
    fine = [finished(n, {"idle": 0.3, "x": n / 1e4}, n / 1e4) for n in range(33, 65)]
    assert importance(of, [*coarse, *fine])["idle"] > 0.3
    judged = importance(of, [*coarse, *(replace(e, frozen=frozenset({"idle"})) for e in fine)])
    assert judged["idle"] <= importance(of, coarse)["idle"] < 0.1


def test_a_bound_in_the_way_is_named_with_the_mend() -> None:
    of = problem(parameter("x", "double", min=0, max=8), parameter("y", "double", min=0, max=1))
    entries = run(problem(*of.parameters, algorithm="Sobol"), 40, lambda v: -float(v["x"]))
    entries.append(finished(41, {"x": 8.0, "y": 0.5}, -8.0))
    assert "the best x 8 lies at its max 8: raise max" in advice(of, entries)


def test_the_best_of_the_advice_keeps_to_the_constraints() -> None:
    """The loss falls up to the bound; what is allowed ends in the middle."""
    xs = parameter("x", "double", min=0, max=8), parameter("y", "double", min=0, max=1)
    of = problem(*xs, constraints=(Constraint(metric="c", max=4),))
    points = [e.parameters for e in run(problem(*xs, algorithm="Sobol"), 40)] + [{"x": 8.0, "y": 0.5}]
    told = [(n, p, float(p["x"])) for n, p in enumerate(points, start=1)]
    entries = [Entry(n, p, "Succeeded", (-x,), (x,)) for n, p, x in told]
    assert not any("the best x" in line for line in advice(of, entries))
    assert any(
        "the best x" in line for line in advice(problem(*xs), [replace(e, constraints=()) for e in entries])
    )


def test_an_int_at_its_first_value_lies_at_the_bound() -> None:
    of = problem(parameter("units", "int", min=32, max=512, step=32), parameter("y", "double", min=0, max=1))
    entries = run(problem(*of.parameters, algorithm="Sobol"), 40, lambda v: float(v["units"]))
    assert "the best units 32 lies at its min 32: lower min" in advice(of, entries)


def test_what_hardly_matters_is_named() -> None:
    entries = run(problem(*THREE, algorithm="Sobol"), 200, mostly_rate)
    found = advice(problem(*THREE), entries)
    assert any(line.startswith("idle hardly matters") for line in found), found
    assert not any(line.startswith("rate hardly") for line in found)


def test_a_search_at_its_end_says_so() -> None:
    of = problem(parameter("x", "double", min=0, max=1))
    entries = [finished(n, {"x": n / 41}, 0.0 if n == 15 else 1.0) for n in range(1, 41)]
    assert (
        advice(of, entries)[-1]
        == "the last 25 of 40 trials found nothing better: more of them will hardly help"
    )
    assert not any("found nothing better" in line for line in advice(of, entries[:20]))


def test_a_share_is_the_divergence_of_the_best_from_all() -> None:
    """Of a twice among the best two, and twice in all four: 5/6 and 1/6 against a half each."""
    points = [{"c": value} for value in ("a", "a", "b", "b")]
    learned = [Lesson(Entry(n, p, "Succeeded", (n,)), (float(n),)) for n, p in enumerate(points, start=1)]
    found = _divergence(Choices(("a", "b"), ordinal=False), "c", learned, top=2)
    assert found == pytest.approx((5 / 3 - 1) ** 2 / 2 + (1 / 3 - 1) ** 2 / 2)


def test_the_best_are_a_quarter_of_the_trials() -> None:
    """What tells them from the rest matters more than what tells apart the best few, or the worst few."""
    first = {"few": 2, "half": 20, "most": 36, "quarter": 10}
    of = problem(*(parameter(name, "bool") for name in first))
    entries = [finished(n, {name: n <= last for name, last in first.items()}, n) for n in range(1, 41)]
    shares = importance(of, entries)
    assert shares["quarter"] > max(shares["few"], shares["half"], shares["most"])
