"""The inward half of the trial contract."""

from __future__ import annotations

import json
import shlex
import subprocess

import pytest
from tuning_operator.engine.environment import environment

from tests.engine.builders import job, trial

PARAMETERS = [
    {"name": "rate", "type": "double", "min": 1e-5, "max": 1},
    {"name": "units", "type": "int", "min": 1, "max": 512},
    {"name": "batch", "type": "discrete", "numbers": [32, 64.5]},
    {"name": "optimizer", "type": "categorical", "values": ["adam", "it's"]},
    {"name": "augment", "type": "bool"},
]


def given_to(parameters, **options):
    one = trial()
    spec = one.spec.model_copy(update={"parameters": parameters, "number": 3, "seed": 9})
    one = one.model_copy(update={"spec": spec})
    return environment(job(parameters=PARAMETERS, **options), one, metrics_port=9464)


def test_exactly_the_contracts_variables():
    assert given_to({"rate": 0.5}) == {
        "TUNING_PARAMETERS": '{"rate": 0.5}',
        "TUNING_OBJECTIVES": '[{"metric": "accuracy", "goal": "Maximize", "take": "Best"}]',
        "TUNING_PARAM_rate": "0.5",
        "TUNING_JOB": "digits",
        "TUNING_TRIAL": "digits-1",
        "TUNING_TRIAL_NUMBER": "3",
        "TUNING_SEED": "9",
        "TUNING_METRICS_PORT": "9464",
        "TUNING_TERMINATION_LOG": "/dev/termination-log",
        "TUNING_PURPOSE": "Train",
    }


def test_constraints_are_told_where_there_are_some():
    given = given_to({}, constraints=[{"metric": "bytes", "max": 100}])
    assert json.loads(given["TUNING_CONSTRAINTS"]) == [{"metric": "bytes", "max": 100}]


@pytest.mark.parametrize(
    ("name", "value", "text", "in_json"),
    [
        ("rate", 1e-05, "1e-05", "1e-05"),
        ("rate", 0.1 + 0.2, "0.30000000000000004", "0.30000000000000004"),
        ("rate", 1, "1.0", "1.0"),
        ("units", 128, "128", "128"),
        ("units", 128.0, "128", "128"),
        ("batch", 32.0, "32", "32"),
        ("batch", 64.5, "64.5", "64.5"),
        ("augment", True, "true", "true"),
        ("augment", False, "false", "false"),
        ("optimizer", "it's", "it's", '"it\'s"'),
    ],
)
def test_a_value_keeps_its_type(name, value, text, in_json):
    variables = given_to({name: value})
    assert variables[f"TUNING_PARAM_{name}"] == text
    assert variables["TUNING_PARAMETERS"] == f'{{"{name}": {in_json}}}'


def test_a_shell_reads_back_what_was_meant():
    text = given_to({"optimizer": "it's"})["TUNING_PARAM_optimizer"]
    said = subprocess.run(["sh", "-c", f"printf %s {shlex.quote(text)}"], capture_output=True, check=True)
    assert said.stdout.decode() == "it's"


@pytest.mark.parametrize(
    ("limits", "gpus"),
    [
        ({"nvidia.com/gpu": 2, "memory": "1Gi"}, "2"),
        ({"amd.com/gpu": "1"}, "1"),
        ({"nvidia.com/mig-1g.5gb": 2}, "1"),
        ({"nvidia.com/gpu.shared": "3"}, "1"),
        ({"nvidia.com/gpu": 0}, None),
        ({"cpu": "2"}, None),
    ],
)
def test_a_trial_is_told_how_many_gpus_it_is_to_find(limits, gpus):
    containers = [{"name": "sidecar"}, {"name": "trial", "image": "i", "resources": {"limits": limits}}]
    variables = given_to({"rate": 0.5}, template={"spec": {"containers": containers}})
    assert variables.get("TUNING_GPUS") == gpus


@pytest.mark.parametrize("purpose", ["Train", "Retry", "Resume"])
def test_each_run_of_a_trial_has_the_same_artifacts(purpose):
    one = job(artifacts={"path": "/artifacts"})
    variables = environment(one, trial(), metrics_port=1, purpose=purpose)
    assert (
        variables["TUNING_ARTIFACT_DIR"] == environment(one, trial(), metrics_port=2)["TUNING_ARTIFACT_DIR"]
    )


def test_artifacts_have_a_place_per_job_and_trial():
    variables = given_to({"rate": 0.5}, artifacts={"path": "/artifacts/"})
    assert variables["TUNING_ARTIFACT_DIR"] == "/artifacts/lab/uid-1/3"


def test_json_can_be_read_back():
    values = {"rate": 0.25, "units": 3, "augment": True, "optimizer": "ädam"}
    assert json.loads(given_to(values)["TUNING_PARAMETERS"]) == values


def test_what_the_caller_says_wins():
    variables = environment(
        job(), trial(), metrics_port=1, artifact_dir="/a", termination_log="/t", purpose="Resume"
    )
    assert (variables["TUNING_ARTIFACT_DIR"], variables["TUNING_TERMINATION_LOG"]) == ("/a", "/t")
    assert (variables["TUNING_PURPOSE"], variables["TUNING_METRICS_PORT"]) == ("Resume", "1")
