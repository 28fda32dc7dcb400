from __future__ import annotations

from scipy.stats import qmc
from tuning_operator.search import Entry

from tests.search.builders import parameter, problem, proposed, run

CUBE = [parameter(f"x{i}", "double", min=0, max=1) for i in range(4)]


def discrepancy(algorithm: str, seed: int) -> float:
    entries = run(problem(*CUBE, algorithm=algorithm, seed=seed), 64)
    return float(qmc.discrepancy([[float(e.parameters[p.name]) for p in CUBE] for e in entries]))


def test_points_are_more_even_than_random_ones() -> None:
    assert all(discrepancy("Sobol", seed) < 0.5 * discrepancy("Random", seed) for seed in range(3))


def test_half_of_the_points_lie_in_each_half_of_each_parameter() -> None:
    entries = run(problem(*CUBE, algorithm="Sobol", seed=3), 32)
    for p in CUBE:
        assert sum(float(e.parameters[p.name]) < 0.5 for e in entries) == 16


def test_two_trials_displaced_at_once_do_not_meet() -> None:
    of = problem(parameter("n", "int", min=0, max=10**6), algorithm="Sobol")
    here = [Entry(n, proposed(of, [], [], n)) for n in (1, 2)]
    assert proposed(of, here, [], 1) != proposed(of, here, [], 2)


def test_a_number_has_its_point_whatever_was_tried_elsewhere() -> None:
    of = problem(*CUBE, algorithm="Sobol")
    assert proposed(of, run(of, 4), [], 9) == proposed(of, [], [], 9)
