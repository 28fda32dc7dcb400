"""What is wanted is judged by the design's own reading, and never reached by what was not run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.benchmarks.search import plan, priced
from tests.benchmarks.search.kept import Job, Kept
from tests.benchmarks.search.peers import PEERS
from tests.benchmarks.search.price import FINISHED, PENDING, Price
from tests.benchmarks.search.problems import ALL, HELD_OUT
from tests.benchmarks.search.simulation import Run, Step
from tests.benchmarks.search.wanted import Wanted, wanted

CHEAP = Price(0.01, 100.0)


@pytest.fixture
def runs(tmp_path: Path) -> dict[str, Kept]:
    return {name: Kept(tmp_path / name, name, "1.0", "defaults") for name in plan.names()}


def add(kept: Kept, workers: int, regret: float, **others: float) -> None:
    """A run of every problem with the same regret, but for the others'; the dash in a name is a _."""
    for problem in ALL:
        found = others.get(problem.replace("-", "_"), regret)
        kept.add(Job(problem, 0, workers, 200), Run([Step(1, 1.0, found)], 200, 1.0, 1.0))


def peers(runs: Mapping[str, Kept], workers: int, **regrets: float) -> None:
    """Every peer has run; those without a regret of their own are bad."""
    for name in PEERS:
        add(runs[name], workers, regrets.get(name.replace("-", "_"), 0.9))


def found(
    runs: Mapping[str, Kept], begins: str, prices: Mapping[tuple[str, int, int], Price | None]
) -> Wanted:
    [row] = [row for row in wanted(runs, prices) if row.what.startswith(begins)]
    return row


def cheap() -> dict[tuple[str, int, int], Price | None]:
    keys = [(name, finished, pending) for name in priced.OURS for finished in FINISHED for pending in PENDING]
    return dict.fromkeys(keys, CHEAP)


@pytest.mark.parametrize(("regret", "verdict"), [(0.305, "reached"), (0.315, "not reached")])
def test_a_sequential_search_may_be_a_hundredth_worse_than_the_best_peer(
    runs: dict[str, Kept], regret: float, verdict: str
) -> None:
    peers(runs, 1, optuna_gp=0.3, hyperopt=0.5)
    add(runs[plan.OURS], 1, regret)
    row = found(runs, "sequential, at 64: ours −", {})
    assert "Optuna GP" in row.what
    assert row.found == pytest.approx(regret - 0.3)
    assert row.verdict == verdict


def test_it_is_the_upper_end_that_counts_and_not_the_mean(runs: dict[str, Kept]) -> None:
    peers(runs, 1, optuna_gp=0.3)
    add(runs[plan.OURS], 1, 0.2, layers=1.4)
    row = found(runs, "sequential, at 64: ours −", {})
    assert found(runs, "sequential, at 64: mean", {}).verdict == "reached"
    assert row.verdict == "not reached"


def test_with_8_workers_the_peer_that_comes_nearest_stands_for_all(runs: dict[str, Kept]) -> None:
    peers(runs, 8, optuna_gp=0.4, optuna_tpe=0.3)
    add(runs[plan.OURS], 8, 0.2)
    row = found(runs, "8 workers, at 64: ours − every peer", {})
    assert (row.found, row.verdict) == (pytest.approx(-0.1), "reached")
    assert "Optuna TPE" in row.what


def test_with_8_workers_an_interval_with_0_in_it_is_not_enough(runs: dict[str, Kept]) -> None:
    add(runs["hyperopt"], 8, 0.3, canyon=0.1)
    peers(runs, 8, optuna_gp=0.29)
    add(runs[plan.OURS], 8, 0.28)
    row = found(runs, "8 workers, at 64: ours − every peer", {})
    assert found(runs, "8 workers, at 64: mean", {}).verdict == "reached"
    assert row.verdict == "not reached"
    assert "Hyperopt TPE" in row.what


def test_with_8_workers_every_peer_has_to_be_run(runs: dict[str, Kept]) -> None:
    for name in PEERS.keys() - {"hyperopt"}:
        add(runs[name], 8, 0.5)
    add(runs[plan.OURS], 8, 0.2)
    assert found(runs, "8 workers, at 64: ours − every peer", {}).verdict == "not run"
    add(runs["hyperopt"], 8, 0.5)
    assert found(runs, "8 workers, at 64: ours − every peer", {}).verdict == "reached"


@pytest.mark.parametrize(
    ("evaluations", "cells"),
    [
        (36, ["36", "≤ 36", "reached"]),
        (37, ["37", "≤ 36", "not reached"]),
        (65, ["never", "≤ 36", "not reached"]),
    ],
)
def test_the_best_peers_regret_is_to_be_had_by_36_evaluations(
    runs: dict[str, Kept], evaluations: int, cells: list[str]
) -> None:
    peers(runs, 8, optuna_gp=0.3)
    for problem in HELD_OUT:
        steps = [Step(1, 1.0, 0.5), Step(evaluations, 2.0, 0.25)]
        runs[plan.OURS].add(Job(problem, 0, 8, 64), Run(steps, 64, 1.0, 1.0))
    assert found(runs, "8 workers: evaluations", {}).cells()[1:] == cells


@pytest.mark.parametrize(("regret", "verdict"), [(0.32, "reached"), (0.34, "not reached")])
@pytest.mark.parametrize("at", [16, 64, 200])
@pytest.mark.parametrize(("where", "workers"), [("sequential", 1), ("8 workers", 8)])
def test_a_mean_may_be_a_tenth_above_the_best_peers(
    runs: dict[str, Kept], where: str, workers: int, at: int, regret: float, verdict: str
) -> None:
    peers(runs, workers, optuna_gp=0.3)
    add(runs[plan.OURS], workers, regret)
    row = found(runs, f"{where}, at {at}: mean", {})
    assert (row.found, row.bound) == (pytest.approx(regret), pytest.approx(0.33))
    assert row.verdict == verdict


def test_a_single_problem_that_is_lost_counts_although_the_mean_is_won(runs: dict[str, Kept]) -> None:
    for workers in (1, 8):
        peers(runs, workers, optuna_gp=0.3)
        add(runs[plan.OURS], workers, 0.1, layers=0.32, canyon=0.34, cliff=0.34, few_matter_20=0.34)
    assert found(runs, "8 workers, at 64: mean", {}).verdict == "reached"
    each = "each by itself, at"
    assert found(runs, f"the held-out half's problems, {each} 64", {}).cells()[1:] == [
        "4 of 26",
        "≤ 0",
        "not reached",
    ]
    assert found(runs, f"the held-out half's problems, {each} 200", {}).cells()[1] == "4 of 26"
    assert found(runs, f"the development half's problems, {each} 16", {}).cells()[1] == "2 of 24"
    assert found(runs, "20 dimensions", {}).cells()[1] == "6 of 12"


def test_no_regret_at_all_is_not_above_that_of_a_peer_without_regret(runs: dict[str, Kept]) -> None:
    for workers in (1, 8):
        peers(runs, workers, optuna_gp=0.0)
        add(runs[plan.OURS], workers, 0.0)
    assert found(runs, "20 dimensions", {}).verdict == "reached"


def test_the_dearest_of_ours_is_told_by_its_name_beside_the_default(runs: dict[str, Kept]) -> None:
    prices = cheap() | {("TPE", 100, 8): Price(0.11, 100.0)}
    after = "CPU of a proposal after 100 trials, s: "
    assert found(runs, after + "Bayesian", prices).verdict == "reached"
    row = found(runs, after + "the largest", prices)
    assert row.cells()[1:] == ["0.11", "≤ 0.1", "not reached"]
    assert f"TPE ({len(priced.OURS) - 1} of {len(priced.OURS)} keep to it)" in row.what
    assert found(runs, "CPU of a proposal after 1,000 trials, s: the largest", prices).verdict == "reached"


@pytest.mark.parametrize(("mebibytes", "verdict"), [(299.9, "reached"), (300.0, "not reached")])
def test_memory_stays_below_its_bound(runs: dict[str, Kept], mebibytes: float, verdict: str) -> None:
    prices = cheap() | {("NSGA2, 2 objectives", 10, 1): Price(0.01, mebibytes)}
    assert found(runs, "peak memory", prices).verdict == verdict


def test_a_proposal_that_never_came_breaks_its_bound_and_one_not_asked_for_is_not_run(
    runs: dict[str, Kept],
) -> None:
    prices = cheap() | {("TPE", 1_000, 1): None}
    assert found(runs, "CPU of a proposal after 1,000 trials, s: the largest", prices).cells()[1:] == [
        "never",
        "≤ 1",
        "not reached",
    ]
    del prices["TPE", 1_000, 1]
    assert found(runs, "CPU of a proposal after 1,000 trials, s: the largest", prices).verdict == "not run"


def test_nothing_is_reached_by_what_was_not_run(runs: dict[str, Kept]) -> None:
    peers(runs, 1, optuna_gp=0.3)
    peers(runs, 8, optuna_gp=0.3)
    assert {row.verdict for row in wanted(runs, {})} == {"not run"}


def test_how_soon_the_best_peer_s_regret_is_reached_has_its_interval(runs: dict[str, Kept]) -> None:
    peers(runs, 8, optuna_gp=0.3)
    add(runs[plan.OURS], 8, 0.2)
    row = found(runs, "8 workers: evaluations to the regret of the best peer, Optuna GP", {})
    assert row.what.endswith("(95 %: 1 to 1)")
    assert (row.found, row.verdict) == (1, "reached")
