"""Fronts are what is said of them, and every search evaluates what it is given."""

from __future__ import annotations

import math
from importlib.util import find_spec

import pytest

from tests.benchmarks.search import tables
from tests.benchmarks.search.fronts import FRONTS, front
from tests.benchmarks.search.landscape import draw
from tests.benchmarks.search.several import OTHERS, ours, spread

WITHOUT = "moocore is not installed (see `make bench-search`)"
pytestmark = pytest.mark.skipif(find_spec("moocore") is None or tables.missing() is not None, reason=WITHOUT)


@pytest.mark.parametrize(("name", "others"), [("zdt1", 0.0), ("zdt2", 0.0), ("zdt3", 0.0), ("dtlz2", 0.5)])
def test_points_all_along_the_true_front_have_nearly_all_of_its_volume(name: str, others: float) -> None:
    of = front(name)
    names = [p.name for p in of.parameters]
    places = [i / 60 for i in range(61)]
    steered = [(a, b) for a in places for b in (places if of.objectives == 3 else [others])]
    points = [of.losses(dict.fromkeys(names, others) | {names[0]: a, names[1]: b}) for a, b in steered]
    assert 0.96 < of.share(points) <= 1 + 1e-9


def test_a_point_of_dtlz2s_front_lies_on_the_sphere() -> None:
    of = front("dtlz2")
    losses = of.losses({p.name: 0.5 for p in of.parameters} | {"x00": 0.2, "x01": 0.9})
    assert math.hypot(*losses) == pytest.approx(1)


def test_all_points_of_the_table_have_all_of_its_volume() -> None:
    of = front("nasbench201")
    assert 0.3 < of.share([of.losses(point) for point in draw(of.parameters, 30)]) < 1


@pytest.mark.parametrize("name", ["nasbench201", "zdt1"])
@pytest.mark.parametrize("search", [*OTHERS, "Bayesian"])
# The libraries' own warnings are theirs to mend.
@pytest.mark.filterwarnings("ignore")
def test_a_search_evaluates_as_many_points_as_it_may(search: str, name: str) -> None:
    other = OTHERS.get(search)
    if other and other.version is None:
        pytest.skip(f"{search} is not installed (see `make bench-search`)")
    run = spread(other.go if other else ours(search), front(name), 0, 11)
    # Platypus does not evaluate a point of its own twice.
    assert 9 <= run.finished <= 11
    shares = [1 - regret for regret in run.regrets(11)]
    assert shares == sorted(shares)


def test_every_front_is_known_by_its_name() -> None:
    assert [front(name).name for name in FRONTS] == list(FRONTS)
