from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuning_operator.search.domain import Choices, Continuous, Steps, domain

from tests.search.builders import parameter


def values(type_: str, **fields: object) -> list[object]:
    found = domain(parameter("x", type_, **fields))
    assert not isinstance(found, Continuous)
    return [found.nth(i) for i in range(found.count)]


ROWS = [
    ("int", {"min": 1, "max": 4}, [1, 2, 3, 4]),
    ("int", {"min": 0, "max": 100, "step": 40}, [0, 40, 80]),
    ("int", {"min": 2**53, "max": 2**53 + 4}, [2**53 + n for n in range(5)]),
    ("double", {"min": 0.1, "max": 0.5, "step": 0.1}, [0.1, 0.2, 0.3, 0.4, 0.5]),
    ("double", {"min": 0, "max": 1, "step": 0.3}, [0.0, 0.3, 0.6, 0.9]),
    ("double", {"min": 2, "max": 2}, [2.0]),
    ("double", {"min": 1e-3, "max": 3e-3, "step": 1e-3, "scale": "log"}, [0.001, 0.002, 0.003]),
    ("discrete", {"numbers": [64, 0.5, 32, 32]}, [0.5, 32, 64]),
    ("categorical", {"values": ["b", "a"]}, ["b", "a"]),
    ("bool", {}, [False, True]),
]


@pytest.mark.parametrize(("type_", "fields", "expected"), ROWS)
def test_a_finite_parameter_lists_its_values(
    type_: str, fields: dict[str, object], expected: list[object]
) -> None:
    found = values(type_, **fields)
    assert found == expected
    assert [type(v) for v in found] == [type(v) for v in expected]


@pytest.mark.parametrize(("type_", "fields", "expected"), ROWS)
def test_every_value_is_at_its_own_place(
    type_: str, fields: dict[str, object], expected: list[object]
) -> None:
    found = domain(parameter("x", type_, **fields))
    assert [found.at(found.unit(v)) for v in expected] == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(("type_", "fields", "expected"), ROWS)
def test_every_value_is_told_from_the_others(
    type_: str, fields: dict[str, object], expected: list[object]
) -> None:
    found = domain(parameter("x", type_, **fields))
    assert not isinstance(found, Continuous)
    assert [found.index(v) for v in expected] == list(range(len(expected)))  # type: ignore[arg-type]


def test_a_log_scale_spreads_the_orders_of_magnitude_evenly() -> None:
    found = Continuous(1e-5, 1e-1, log=True)
    assert [found.at(u) for u in (0.0, 0.5, 1.0)] == pytest.approx([1e-5, 1e-3, 1e-1])
    assert found.at(1.0) == 1e-1


@pytest.mark.parametrize(
    ("low", "high", "scale"), [(10.0, 10.000000000000002, "log"), (0.0, 5e-324, "linear"), (3.0, 3.0, "log")]
)
def test_ends_whose_places_no_double_tells_apart_stand_in_the_middle(
    low: float, high: float, scale: str
) -> None:
    of = domain(parameter("x", "double", min=low, max=high, scale=scale))
    assert [of.unit(low), of.unit(high)] == [0.5, 0.5]


def test_both_ends_of_a_log_int_get_a_share() -> None:
    found = domain(parameter("x", "int", min=1, max=3, scale="log"))
    drawn = [found.at(i / 1000) for i in range(1000)]
    assert {n: drawn.count(n) > 150 for n in (1, 2, 3)} == {1: True, 2: True, 3: True}


def test_a_choice_is_even_over_its_values() -> None:
    found = Choices(("a", "b", "c"), ordinal=False)
    assert [found.at(u) for u in (0.0, 0.33, 0.34, 0.67, 1.0)] == ["a", "a", "b", "c", "c"]


def test_a_value_is_told_from_its_neighbour_by_more_than_rounding() -> None:
    steps = domain(parameter("x", "double", min=0, max=1, step=0.1))
    assert isinstance(steps, Steps)
    assert steps.index(0.1 + 0.2) == 3
    assert steps.index(0.35) is None


@given(low=st.floats(-1e308, 1e308), high=st.floats(-1e308, 1e308), unit=st.floats(0, 1))
def test_a_double_stays_in_its_range(low: float, high: float, unit: float) -> None:
    found = Continuous(min(low, high), max(low, high))
    assert found.min <= found.at(unit) <= found.max


@given(low=st.floats(5e-324, 1.7e308), high=st.floats(5e-324, 1.7e308), unit=st.floats(0, 1))
def test_a_double_on_a_log_scale_stays_in_its_range(low: float, high: float, unit: float) -> None:
    found = Continuous(min(low, high), max(low, high), log=True)
    assert found.min <= found.at(unit) <= found.max


@given(low=st.integers(1, 10**6), width=st.integers(0, 10**12), unit=st.floats(0, 1))
def test_an_int_stays_in_its_range(low: int, width: int, unit: float) -> None:
    for scale in ("linear", "log"):
        value = domain(parameter("x", "int", min=low, max=low + width, scale=scale)).at(unit)
        assert isinstance(value, int)
        assert low <= value <= low + width
