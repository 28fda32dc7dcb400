from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tuning_operator.api import Parameter
from tuning_operator.search.domain import Continuous, Domain
from tuning_operator.search.places import Places
from tuning_operator.search.space import Space

from tests.search.builders import MIXED, parameter, spaces

UNITS = st.lists(st.floats(0, 1), min_size=5, max_size=5)


@given(parameters=spaces(), units=UNITS)
@settings(deadline=None, derandomize=True, max_examples=200)
def test_settling_changes_no_value_and_leaves_out_what_does_not_exist(
    parameters: tuple[Parameter, ...], units: list[float]
) -> None:
    space = Space(parameters)
    place = np.array([units[: len(parameters)]])
    (settled,) = Places(space).settled(place)
    point = space.at(place[0].tolist())
    assert space.at(settled.tolist()) == point
    assert [n for n, where in zip(space.names, settled, strict=True) if not math.isnan(where)] == list(point)


@given(parameters=spaces(), units=UNITS)
@settings(deadline=None, derandomize=True, max_examples=200)
def test_a_trial_stands_where_the_candidate_was_whose_values_it_has(
    parameters: tuple[Parameter, ...], units: list[float]
) -> None:
    space, places = Space(parameters), Places(Space(parameters))
    settled = places.settled(np.array([units[: len(parameters)]]))
    trial = places.settled(places.of([space.at(settled[0].tolist())]))
    finite = [not isinstance(values, Continuous) for values in space.domains.values()]
    assert trial[:, finite].tobytes() == settled[:, finite].tobytes()
    told_apart = [not _are_neighbours(values) for values in space.domains.values()]
    assert trial[:, told_apart] == pytest.approx(settled[:, told_apart], abs=1e-9, nan_ok=True)


def test_values_stand_where_their_domain_says_to_the_last_bit() -> None:
    space = Space((parameter("x", "double", min=-0.3, max=7.1),))
    points = [space.at([n / 999]) for n in range(1000)]
    expected = [space.domains["x"].unit(point["x"]) for point in points]
    assert Places(space).of([*points, {}])[:-1, 0].tolist() == expected


def test_a_condition_holds_at_its_very_bounds() -> None:
    below = {"parameter": "x", "min": 0.25, "max": 0.5}
    space = Space(
        (parameter("x", "double", min=0, max=1), parameter("y", "double", min=0, max=1, when=below))
    )
    x = [0.25, 0.5, math.nextafter(0.25, 0), math.nextafter(0.5, 1), math.nan]
    table = Places(space).settled(np.array([[place, 0.5] for place in x]))
    assert np.isnan(table[:, 1]).tolist() == [False, False, True, True, True]


def _are_neighbours(domain: Domain) -> bool:
    """A range of two doubles, whose candidates have many places, and its trials one or two."""
    return isinstance(domain, Continuous) and domain.max == math.nextafter(domain.min, math.inf)


def test_a_value_that_is_no_choice_stands_nowhere() -> None:
    space = Space((parameter("kind", "categorical", values=["a", "b"]),))
    assert np.isnan(Places(space).of([{"kind": "c"}, {}])).all()


@given(
    parameters=spaces(),
    units=UNITS,
    wrong=st.sampled_from(["", "c", -1e9, 0.123]),
    which=st.integers(0, 4),
)
@settings(deadline=None, derandomize=True, max_examples=200)
def test_a_narrowed_space_holds_of_many_points_those_that_it_holds_one_by_one(
    parameters: tuple[Parameter, ...], units: list[float], wrong: Any, which: int
) -> None:
    space = Space(parameters)
    point = space.at(units[: len(parameters)])
    name = space.names[which % len(parameters)]
    if isinstance(wrong, str) and isinstance(space.domains[name], Continuous):
        wrong = 1e9
    points = [point, {**point, name: wrong}, {}]
    assert Places(space).held(points).tolist() == [space.holds(p) for p in points]


def test_a_narrowed_space_has_its_points_elsewhere_in_the_whole_one() -> None:
    whole = Space(MIXED)
    narrowed: dict[str, dict[str, Any]] = {
        "activation": {"values": ["relu", "gelu"]},
        "dropout": {"min": 0.5},
        "units": {"max": 64},
    }
    near = Space([p.model_copy(update=narrowed.get(p.name, {})) for p in MIXED])
    places = Places(near).settled(np.random.default_rng(0).random((50, len(MIXED))))
    points = [near.at(place) for place in places.tolist()]
    moved = Places(near).moved(places, whole)
    assert moved == pytest.approx(Places(whole).of(points), abs=1e-9, nan_ok=True)
    assert {point["activation"] for point in points} == {"relu", "gelu"}


def test_no_points_are_an_empty_table_of_a_space_with_conditions_too() -> None:
    places = Places(Space(MIXED))
    assert places.settled(places.of([])).shape == (0, len(MIXED))
