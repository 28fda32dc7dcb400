"""What a pod template means for a process."""

from __future__ import annotations

from typing import Any

import pytest
from tuning_operator.api import TuningJob
from tuning_operator.errors import ManifestError
from tuning_operator.local.template import not_honoured, read_program

from tests.local.commands import manifest


def job(pod: dict[str, Any] | None = None, **container: Any) -> TuningJob:
    body = manifest()
    spec = body["spec"]["template"]["spec"]
    spec["containers"][0] |= container
    spec |= pod or {}
    return TuningJob.model_validate(body)


def test_command_and_args_make_the_command_line() -> None:
    program = read_program(job(command=["train", "$(A)"], args=["--lr=$(TUNING_PARAM_x)"]))
    assert program.arguments({"TUNING_PARAM_x": "0.5"}) == ["train", "$(A)", "--lr=0.5"]


def test_a_variable_sees_those_before_it() -> None:
    env = [
        {"name": "A", "value": "$(TUNING_JOB)"},
        {"name": "B", "value": "$(A)$(C)"},
        {"name": "C", "value": "c"},
    ]
    variables = read_program(job(env=env)).variables({"TUNING_JOB": "job"})
    assert (variables["A"], variables["B"]) == ("job", "job$(C)")


def test_the_contract_s_variables_cannot_be_replaced() -> None:
    env = [{"name": "TUNING_JOB", "value": "mine"}]
    assert read_program(job(env=env)).variables({"TUNING_JOB": "job"}) == {"TUNING_JOB": "job"}


def test_a_container_without_a_command_cannot_run_here() -> None:
    with pytest.raises(ManifestError, match=r"containers\[trial\]\.command: missing"):
        read_program(job(command=[]))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("command", ["a\0"]),
        ("args", ["a", "\0"]),
        ("env", [{"name": "A", "value": "\0"}]),
        ("env", [{"name": "\0", "value": "a"}]),
    ],
)
def test_no_process_can_be_given_a_nul(field: str, value: Any) -> None:
    with pytest.raises(ManifestError, match=rf"containers\[trial\]\.{field}: .*NUL.*; remove it"):
        read_program(job(**{field: value}))


def test_no_parameter_can_be_given_a_nul() -> None:
    body = manifest()
    body["spec"]["parameters"] = [{"name": "x", "type": "categorical", "values": ["a", "\0"]}]
    with pytest.raises(ManifestError, match=r"spec\.parameters\[x\]\.values: .*NUL"):
        read_program(TuningJob.model_validate(body))


def test_the_grace_is_kubernetes_own_unless_given() -> None:
    assert read_program(job()).grace == 30
    assert read_program(job({"terminationGracePeriodSeconds": 5})).grace == 5


def test_whatever_has_no_meaning_here_is_named() -> None:
    found = not_honoured(
        job(
            {"affinity": {}, "initContainers": [], "volumes": []},
            env=[{"name": "TOKEN", "valueFrom": {}}, {"name": "A", "value": "a"}],
            envFrom=[{}],
            resources={"limits": {"nvidia.com/gpu": 1, "memory": "1Gi"}, "requests": {"cpu": 1}},
        )
    )
    assert found == [
        "affinity",
        "env TOKEN (valueFrom)",
        "envFrom",
        "image",
        "initContainers",
        "resources (cpu, memory)",
        "volumes",
    ]


def test_fields_of_the_job_are_named_when_they_say_something() -> None:
    body = manifest()
    body["spec"] |= {"retain": "None", "ttlSecondsAfterFinished": 0, "artifacts": {"path": "/a"}}
    found = not_honoured(TuningJob.model_validate(body))
    assert [field.split()[0] for field in found] == [
        "image",
        "retain",
        "ttlSecondsAfterFinished",
        "artifacts.path",
    ]
