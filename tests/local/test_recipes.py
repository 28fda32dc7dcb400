"""The recipes' examples, really trained: each manifest as it stands, cut to one trial."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tuning_operator.api.manifest import load
from tuning_trial.recipes.catalogue import RECIPES, read

from tests.local.commands import Directory

EXAMPLES = Path(__file__).parents[2] / "manifests" / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("recipe-*.yaml"))


def example(name: str) -> dict[str, Any]:
    (body,) = load((EXAMPLES / f"{name}.yaml").read_text())
    return body


@pytest.mark.tensorflow
def test_every_example_learns_something(tmp_path: Path) -> None:
    def run(name: str) -> Directory:
        body = example(name)
        body["metadata"]["name"] = "job"
        body["spec"]["trials"]["max"] = 1
        arguments = body["spec"]["template"]["spec"]["containers"][0]["args"]
        arguments[arguments.index("--epochs") + 1] = "5"
        (tmp_path / name).mkdir()
        there = Directory(tmp_path / name, body)
        done = there.run(PATH="/usr/bin:/bin", CUDA_VISIBLE_DEVICES="", OMP_NUM_THREADS="1")
        assert done.returncode == 0, done.stdout + done.stderr
        return there

    with ThreadPoolExecutor(2) as pool:
        jobs = {name: there.job() for name, there in zip(NAMES, pool.map(run, NAMES), strict=True)}
    values = {name: job.status.best.objectives[0].value for name, job in jobs.items() if job.status.best}
    assert values.keys() == set(NAMES)
    by_chance = {"recipe-image": 0.1, "recipe-table": 0.63, "recipe-text": 0.5}
    assert all(values[name] > by_chance[name] + 0.1 for name in NAMES), values


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_of_an_example_is_one_of_its_recipe(name: str) -> None:
    spec = example(name)["spec"]
    command = spec["template"]["spec"]["containers"][0]["command"]
    for values in ("min", "max", "values"):
        given = {p["name"]: p[values] for p in spec["parameters"] if values in p}
        for one, value in given.items():
            read(RECIPES[command[2]], {one: value[0] if isinstance(value, list) else value})


def test_there_is_an_example_for_images_texts_and_tables() -> None:
    assert NAMES == ["recipe-image", "recipe-table", "recipe-text"]
