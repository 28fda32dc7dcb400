from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from tuning_operator.api import Parameter
from tuning_operator.api.when import active
from tuning_operator.search.domain import Continuous, domain
from tuning_operator.search.space import Space, Values

from tests.search.builders import MIXED, SMALL, parameter, spaces


def counted_by_hand(parameters: tuple[Parameter, ...]) -> set[tuple[tuple[str, object], ...]]:
    """Every combination, with the parameters that do not exist struck out."""
    lists = []
    for found in map(domain, parameters):
        assert not isinstance(found, Continuous)
        lists.append([found.nth(i) for i in range(found.count)])
    points: set[tuple[tuple[str, object], ...]] = set()
    for combination in product(*lists):
        values = dict(zip((p.name for p in parameters), combination, strict=True))
        points.add(tuple(sorted((name, values[name]) for name in active(parameters, values))))
    return points


def test_points_below_a_condition_are_counted_once() -> None:
    assert Space(SMALL).size == 14 == len(counted_by_hand(SMALL))


@given(parameters=spaces(most=4))
@settings(deadline=None, derandomize=True, max_examples=150)
def test_counting_and_listing_agree_with_counting_by_hand(parameters: tuple[Parameter, ...]) -> None:
    space = Space(parameters)
    if space.size is None or space.size > 300:
        return
    if len(parameters) == 4 and any((domain(p).count or 0) > 50 for p in parameters):
        return
    points = [tuple(space.nth(rank).items()) for rank in range(space.size)]
    assert len(points) == len(set(points))
    assert set(points) == counted_by_hand(parameters)


def test_a_double_without_a_step_has_no_end() -> None:
    assert Space(MIXED).size is None


def test_a_huge_space_is_counted_without_listing_it() -> None:
    wide = parameter("wide", "int", min=0, max=2**40)
    below = parameter("below", "bool", when={"parameter": "wide", "min": 10, "max": 19})
    space = Space((wide, below))
    assert space.size == 2**40 + 1 + 10
    assert space.nth(space.size - 1) == {"wide": 2**40}


def test_the_order_of_parameters_means_nothing() -> None:
    assert Space(SMALL).at([0.9, 0.1, 0.9, 0.1]) == Space(SMALL[::-1]).at([0.9, 0.1, 0.9, 0.1])


def test_the_key_leaves_out_what_does_not_exist_and_mends_rounding() -> None:
    space = Space((*SMALL, parameter("rate", "double", min=0, max=1, step=0.1)))
    with_rest: Values = {"depth": 1, "kind": "a", "units_2": 8, "rate": 0.1 + 0.2}
    assert space.key(with_rest) == (("depth", 1), ("kind", "a"), ("rate", 0.3))


def test_points_of_one_key_have_one_mark_which_tells_most_others_apart() -> None:
    space = Space(
        (
            parameter("kind", "categorical", values=["a", "b"]),
            parameter("rate", "double", min=0, max=1, step=0.1),
            parameter("units", "int", min=1, max=9, when={"parameter": "kind", "in": ["a"]}),
        )
    )
    exact, rounded = {"kind": "b", "rate": 0.3}, {"kind": "b", "rate": 0.1 + 0.2, "units": 3}
    assert space.key(exact) == space.key(rounded)
    assert space.mark(exact) == space.mark(rounded) == 0.3
    assert space.mark({"kind": "b"}) is None


def test_only_whole_points_on_their_steps_are_within() -> None:
    space = Space(SMALL)
    assert space.within(space.key({"depth": 1, "kind": "a"}))
    assert not space.within(space.key({"depth": 2, "kind": "a"}))
    assert not space.within(space.key({"depth": 2, "kind": "a", "units_2": 9}))
