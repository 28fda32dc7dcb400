"""The page tells what was run, and says so where something was not."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.search import plan, priced
from tests.benchmarks.search.kept import Job, Kept
from tests.benchmarks.search.price import Price
from tests.benchmarks.search.problems import ALL, HELD_OUT
from tests.benchmarks.search.report import as_markdown
from tests.benchmarks.search.simulation import Run, Step
from tests.benchmarks.search.tables import TABLES


def runs(place: Path) -> dict[str, Kept]:
    return {name: Kept(place / name, name, "1.0", "defaults") for name in plan.names()}


def run(regret: float, evaluations: int) -> Run:
    return Run([Step(1, 1.0, regret)], evaluations, 1.0, 1.0)


def row(page: str, section: str, title: str) -> list[str]:
    lines = page.split(f"## {section}\n")[1].split("\n## ")[0].splitlines()
    [line] = [line for line in lines if line.startswith(f"| {title} |")]
    return [cell.strip() for cell in line.strip("|").split(" | ")]


def test_a_peer_is_compared_over_what_both_have_run(tmp_path: Path) -> None:
    kept = runs(tmp_path)
    for problem in HELD_OUT:
        kept[plan.OURS].add(Job(problem, 0, 1, 64), run(0.25, 64))
        kept["optuna-gp"].add(Job(problem, 0, 1, 64), run(0.5, 64))
    page = as_markdown(kept, {}, {})
    cells = row(page, "The held-out half, sequential", "Optuna GP")
    assert cells[1] == "13 of 65"
    assert cells[3:7] == ["0.5000", "-0.2500 [-0.2500, -0.2500]"] * 2
    assert cells[7:] == ["–", "–", "1"]


def test_a_mean_over_some_of_the_problems_is_left_out(tmp_path: Path) -> None:
    kept = runs(tmp_path)
    kept["hyperopt"].add(Job("layers", 0, 8, 64), run(0.5, 64))
    cells = row(as_markdown(kept, {}, {}), "The held-out half, 8 workers", "Hyperopt TPE")
    assert cells[3] == "– (1 of 13 problems)"
    assert cells[4] == "–"


def test_a_price_that_was_not_paid_is_a_dash(tmp_path: Path) -> None:
    prices = {("optuna-tpe", 10, 1): Price(0.0123, 80.4), ("optuna-tpe", 10, 8): None}
    cells = row(as_markdown(runs(tmp_path), prices, {}), "The price of a proposal", "Optuna TPE")
    assert cells[1:3] == ["0.012 / –", "80 / –"]


def test_every_kind_of_proposal_has_its_price(tmp_path: Path) -> None:
    prices = {(name, 100, 1): Price(0.05, 100.0) for name in priced.OURS}
    page = as_markdown(runs(tmp_path), prices, {})
    for name in priced.OURS:
        assert row(page, "The price of a proposal", f"ours, {name}")[3] == "0.050 / –"


def test_the_page_begins_with_what_is_wanted(tmp_path: Path) -> None:
    first = as_markdown(runs(tmp_path), {}, {}).split("\n| ")[1:]
    assert first[0] == "wanted | found | bound |  |"
    assert first[2].endswith("| – | ≤ 0.01 | not run |")


def test_real_tables_are_also_shown_alone(tmp_path: Path) -> None:
    kept = runs(tmp_path)
    for problem in HELD_OUT:
        kept[plan.OURS].add(Job(problem, 0, 1, 64), run(0.25 if problem in TABLES else 0.75, 64))
    cells = row(
        as_markdown(kept, {}, {}), "Real tables of the held-out half alone, sequential", "ours, Bayesian"
    )
    assert cells[1] == "8 of 40"
    assert cells[3] == "0.2500"


def test_the_plan_has_every_problem_for_ours_and_for_all_peers_but_one() -> None:
    for name in (plan.OURS, "random", "optuna-tpe", "optuna-gp", "hyperopt"):
        short = {job for job in plan.jobs(name) if job.evaluations == 64}
        assert {job.problem for job in short} == set(ALL)
        assert len(short) == len(ALL) * 5 * 2 + len(HELD_OUT) * 5
    assert {job.problem for job in plan.jobs("scikit-optimize")} == set(HELD_OUT)
