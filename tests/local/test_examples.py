"""Every example runs as it stands in the repository, with fewer trials: by the command, with its program."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tuning_operator.api import TuningJob
from tuning_operator.api.manifest import load
from tuning_operator.engine.proposal import Proposed, recompute

from tests.local.commands import Directory

EXAMPLES = Path(__file__).parents[2] / "manifests" / "examples"
KERAS = re.compile("digits|case-study|distillation|transfer|recipe-.*")  # tuned by tests of their own
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.yaml") if not KERAS.fullmatch(path.stem))
TRIALS = 3
Runs = dict[str, "Future[tuple[Directory, str]]"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """All examples, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        yield {name: pool.submit(_run, name, tmp_path_factory.mktemp(name)) for name in NAMES}


def _run(name: str, path: Path) -> tuple[Directory, str]:
    """Where it ran, and what the command said."""
    body = example(name)
    [container] = body["spec"]["template"]["spec"]["containers"]
    shutil.copy(EXAMPLES / container["command"][-1], path)
    there = Directory(path, cut(body))
    done = there.run()
    assert done.returncode == 0, done.stdout + done.stderr
    return there, done.stdout


def example(name: str) -> dict[str, Any]:
    (body,) = [d for d in load((EXAMPLES / f"{name}.yaml").read_text()) if d["kind"] == "TuningJob"]
    return body


def cut(body: dict[str, Any]) -> dict[str, Any]:
    """The same job with few trials; a stage that is followed by another one keeps one."""
    *shared, _ = body["spec"]["search"]["stages"]
    for stage in shared:
        stage["trials"] = 1
    body["spec"]["trials"]["max"] = TRIALS
    body["metadata"]["name"] = "job"
    return body


@pytest.mark.parametrize("name", NAMES)
def test_an_example_comes_to_its_end_and_its_proposals_can_be_made_again(name: str, runs: Runs) -> None:
    there, _ = runs[name].result()
    job, trials = there.job(), there.trials()
    assert job.status.phase == "Succeeded"
    assert [t.status.reason for t in trials] == ["Completed"] * TRIALS
    for trial in trials:
        assert recompute(job, trials, trial) == Proposed(trial.spec.parameters, trial.spec.space)


SHOWS: dict[str, Callable[[TuningJob], bool]] = {
    "nsga2": lambda job: bool(job.status.pareto),
    "pesa2": lambda job: bool(job.status.pareto),
    "pareto": lambda job: bool(job.status.pareto) and job.status.pareto[0] == job.status.best,
    "grid": lambda job: bool(job.status.stages) and job.status.stages[0].points == 45,
    "stages": lambda job: [s.space is not None for s in job.status.stages or []] == [False, True, True],
    "constraints": lambda job: bool(job.status.best and job.status.best.constraints),
}


@pytest.mark.parametrize("name", SHOWS)
def test_an_example_shows_what_it_is_there_for(name: str, runs: Runs) -> None:
    there, _ = runs[name].result()
    assert SHOWS[name](there.job())


def test_a_grid_says_how_many_points_there_are_before_it_starts(runs: Runs) -> None:
    _, said = runs["grid"].result()
    assert said.startswith("stage 1: Grid has 45 points, 3 of them are tried\n")


def test_the_pareto_set_is_printed_at_the_end(runs: Runs) -> None:
    _, said = runs["nsga2"].result()
    assert "the Pareto set" in said
    assert "trial   val_loss   weights   parameters" in said


def test_every_algorithm_has_an_example() -> None:
    stages = [stage for name in NAMES for stage in example(name)["spec"]["search"]["stages"]]
    used = {stage["algorithm"] for stage in stages}
    assert used == {
        "Bayesian", "CMAES", "Grid", "NSGA2", "OneAtATime", "PESA2", "Random", "Sobol", "TPE",
    }  # fmt: skip


def test_every_type_of_parameter_has_an_example() -> None:
    parameters = [p for name in NAMES for p in example(name)["spec"]["parameters"]]
    assert {p["type"] for p in parameters} == {"double", "int", "discrete", "categorical", "bool"}
    assert {tuple(sorted(p["when"])) for p in parameters if "when" in p} == {
        ("in", "parameter"),
        ("min", "parameter"),
    }
