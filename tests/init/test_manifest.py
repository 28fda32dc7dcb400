"""The manifest of `tuning init` is one that `tuning validate` takes, and holds the program unchanged."""

from __future__ import annotations

from typing import Any

import pytest
from tuning_operator.api import TuningJob, validation
from tuning_operator.api.manifest import load
from tuning_operator.init.manifest import dockerfile, job_name, possible_objectives, render

DESCRIBED: dict[str, Any] = {
    "parameters": [
        {"name": "num_layers", "type": "int", "min": 1, "max": 3},
        {"name": "rate", "type": "double", "min": 1e-05, "max": 0.1, "scale": "log"},
        {"name": "optimizer", "type": "categorical", "values": ["adam", "yes", "1e5"]},
        {"name": "augment", "type": "bool"},
        {
            "name": "units_1",
            "type": "int",
            "min": 8,
            "max": 64,
            "when": {"parameter": "num_layers", "min": 2},
        },
        {
            "name": "zoom",
            "type": "double",
            "min": 0,
            "max": 1,
            "when": {"parameter": "augment", "in": ["true"]},
        },
    ],
    "defaults": {"num_layers": 1, "rate": 0.001, "optimizer": "yes", "augment": False},
    "objectives": [{"metric": "val_accuracy", "goal": "Maximize"}],
    "algorithm": None,
    "trials": None,
    "notes": [],
}


def objects(program: str | None = None, **more: Any) -> list[dict[str, Any]]:
    return load(render("model", "model.py", DESCRIBED | more, "image:1", program, ["a note"]))


def test_the_job_is_valid_and_says_what_was_described() -> None:
    (job,) = objects()
    assert validation.problems(job) == []
    assert validation.visit(TuningJob.model_validate(job)) == []
    assert job["spec"]["parameters"] == DESCRIBED["parameters"]
    assert job["spec"]["initialTrials"] == [{"parameters": DESCRIBED["defaults"]}]
    assert job["spec"]["search"]["stages"] == [{"algorithm": "Bayesian"}]


def test_what_the_search_of_the_file_says_is_taken_over() -> None:
    (job,) = objects(algorithm="Grid", trials=7)
    assert job["spec"]["search"]["stages"] == [{"algorithm": "Grid"}]
    assert job["spec"]["trials"]["max"] == 7


@pytest.mark.parametrize(
    "program", ["x = 1\n", "\n    \n  # indented\nx = '''\n---\n'''\n", "x = 1\ty: {z}\n"]
)
def test_a_configmap_holds_the_program_and_is_mounted(program: str) -> None:
    configmap, job = objects(program)
    assert configmap["data"]["model.py"] == program
    pod = job["spec"]["template"]["spec"]
    assert pod["volumes"][0] == {"name": "program", "configMap": {"name": configmap["metadata"]["name"]}}
    assert pod["containers"][0]["volumeMounts"][0]["mountPath"] == pod["containers"][0]["workingDir"]


def test_objectives_beyond_those_a_manifest_may_have_are_named_in_a_note() -> None:
    three = [{"metric": m, "goal": "Minimize"} for m in ("a", "b", "c", "d", "e")]
    described, notes = possible_objectives(DESCRIBED | {"objectives": three})
    assert described["objectives"] == three[: len(described["objectives"])]
    assert all(one["metric"] in notes[-1] for one in three[len(described["objectives"]) :])


@pytest.mark.parametrize(
    ("stem", "name"), [("My_Model.v2", "my-model-v2"), ("3d", "job-3d"), ("_", "job"), ("a" * 80, "a" * 52)]
)
def test_the_file_names_the_job(stem: str, name: str) -> None:
    assert job_name(stem) == name


def test_a_dockerfile_puts_the_programs_where_the_trial_runs_them() -> None:
    assert "WORKDIR /model\nCOPY *.py ./\n" in dockerfile("model.py")
    assert "COPY train ./" in dockerfile("train")
    assert dockerfile("model.py", ["layers"]).endswith("COPY *.py ./\nCOPY layers layers\n")
