from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tuning_operator.api import Constraint, Parameter
from tuning_operator.search import Entry, narrowed, suggest
from tuning_operator.search.space import Space

from tests.search.builders import finished, histories, parameter, problem, run, spaces
from tests.search.generated import calm

UNITS = parameter("units", "int", min=0, max=320, step=32)
RATE = parameter("rate", "double", min=1e-6, max=1, scale="log")


SIZES = parameter("size", "categorical", values=["xs", "s", "m", "l", "xl"], ordered=True)


def after(of: Parameter, *values: Any, **rest: Any) -> Parameter:
    """What is left when the best four of eight trials had these values; the others had the first one."""
    keep = {"keep": 0.5, **rest}
    entries = [finished(n, {of.name: v}, float(n)) for n, v in enumerate([*values, *values[:1] * 4], start=1)]
    return narrowed(problem(of), entries, **keep)[0]


def test_a_range_shrinks_to_the_best_trials_and_a_margin() -> None:
    left = after(parameter("x", "double", min=0, max=10), 2.0, 3.0, 2.5, 4.0)
    assert (left.min, left.max) == pytest.approx((2 - 0.5, 4 + 0.5))  # a twentieth of the whole range


def test_a_log_range_shrinks_on_its_scale() -> None:
    left = after(RATE, 1e-3, 1e-3, 1e-3, 1e-3)
    assert (left.min, left.max) == pytest.approx((10**-3.3, 10**-2.7))


def test_steps_stay_steps_of_the_same_grid() -> None:
    left = after(UNITS, 96, 128, 128, 96)
    assert (left.min, left.max, left.step) == (64, 160, 32)


@pytest.mark.parametrize(
    ("of", "values", "field", "expected"),
    [
        (parameter("k", "categorical", values=["a", "b", "c", "d"]), "cabc", "values", ["a", "b", "c"]),
        (SIZES, ["s"] * 4, "values", ["s"]),
        (SIZES, ["s", "m", "s", "m"], "values", ["s", "m"]),
        (SIZES, ["s", "l", "s", "l"], "values", ["s", "m", "l"]),
        (parameter("k", "discrete", numbers=[64, 16, 32, 8]), [16, 16, 16, 16], "numbers", [16.0]),
        (parameter("k", "bool"), [True] * 4, "values", ["true"]),
        (parameter("k", "bool"), [True, False, True, True], "values", ["false", "true"]),
    ],
)  # fmt: skip
def test_of_choices_those_of_the_best_trials_and_what_lies_between_are_left(
    of: Parameter, values: Any, field: str, expected: list[Any]
) -> None:
    assert getattr(after(of, *values), field) == expected


def test_what_hardly_matters_is_frozen_at_its_value_in_the_best_trial() -> None:
    both = (parameter("idle", "double", min=0, max=1), parameter("x", "double", min=0, max=1))
    entries = run(problem(*both, algorithm="Sobol"), 64, lambda values: float(values["x"]))
    idle, x = narrowed(problem(*both), entries, 0.25, freeze=0.2)
    best = min(entries, key=lambda e: e.values[0] or 0).parameters
    assert idle.min == idle.max == best["idle"]
    assert x.min is not None
    assert x.max is not None
    assert 0 <= x.min < x.max < 0.5


def test_only_trials_that_keep_to_the_constraints_draw_the_box() -> None:
    of = problem(parameter("x", "double", min=0, max=10), constraints=(Constraint(metric="size", max=1),))
    entries = [
        Entry(n, {"x": 1.0 * n}, "Succeeded", (10.0 - n,), (2.0 if n > 4 else 0.0,)) for n in range(1, 10)
    ]
    left = narrowed(of, entries, 0.5)[0]
    assert left.min is not None
    assert left.max is not None
    assert 2 < left.min < 3
    assert 4 < left.max < 5


def test_a_trial_that_failed_draws_no_box_however_many_are_kept() -> None:
    of = problem(parameter("x", "double", min=0, max=10))
    entries = [finished(n, {"x": 2.0 + n}, 1.0 * n) for n in (1, 2)]
    entries += [finished(n, {"x": 9.0}, None, "Failed") for n in (3, 4)]
    left = narrowed(of, entries, 1.0)[0]
    assert left.max is not None
    assert left.max < 5


def test_without_a_success_the_space_stays_whole() -> None:
    entries = [finished(n, {"units": 32}, None, "Failed") for n in range(1, 5)]
    assert narrowed(problem(UNITS), entries, 0.5, freeze=0.5) == (UNITS,)


@given(data=st.data())
@settings(calm, max_examples=40)
def test_a_narrowed_space_lies_within_the_whole_and_can_be_searched(data: st.DataObject) -> None:
    of = problem(*data.draw(spaces()))
    history, _ = data.draw(histories(of))
    left = narrowed(
        of, history, data.draw(st.sampled_from([0.1, 0.5, 1])), data.draw(st.sampled_from([None, 0.3]))
    )
    smaller, whole = Space(left), Space(of.parameters)
    assert smaller.names == whole.names
    points = [smaller.at([place] * len(left)) for place in (0, 0.3, 1)]
    assert all(whole.holds(point) for point in points)
    suggest(problem(*of.parameters, algorithm="Bayesian", narrowed=left), history, [], 30)
