"""A hostile user and a hostile trial: what they say stays in its place, from the manifest to the log.

One job whose parameter values, termination messages and metric names try to become a log line, a metric,
a reference, a terminal's escape.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tuning_operator.cluster.kinds import EVENTS, PODS

from tests.operator_loop.conftest import RunOperator
from tests.operator_loop.hand_kubelet import Ending, HandKubelet, fails
from tests.operator_loop.test_replicas import _free_port, _get
from tests.operator_loop.world import World, tuning_job

HOSTILE = [
    "\n2026-01-01T00:00:00.000Z error forged",
    '"; touch /tmp/owned #',
    "$(TUNING_JOB)$TUNING_JOB`id`",
    '"} 1\ntuning_operator_leader 99',
    "\x1b[2J\x1b]0;owned\x07",
    "<script>alert(1)</script>",
]
FORGED = json.dumps({"error": "".join(HOSTILE), "metrics": {'score"} 1\nforged': 1.0, "a" * 3000: 2.0}})


def ends_badly(environment: Mapping[str, str]) -> Ending:
    texts = {"1": FORGED, "2": "".join(HOSTILE), "3": "\x00\xff" * 2000, "4": "[" * 4096}
    return fails(2, texts.get(environment["TUNING_TRIAL_NUMBER"], FORGED), reason="\nforged")


@pytest.fixture(params=["text", "json"])
def said(
    request: pytest.FixtureRequest,
    world: World,
    run_operator: RunOperator,
    kubelet: Callable[..., HandKubelet],
) -> dict[str, Any]:
    """What was left of the job: the operator's log and page, the pods' environment, the status."""
    port = _free_port()
    parameters = [{"name": "x", "type": "categorical", "values": HOSTILE}]
    world.create(
        tuning_job(
            parameters=parameters,
            objectives=[{"metric": "a/b.c:d-e", "goal": "Maximize"}],
            search={"stages": [{"algorithm": "Grid"}]},
            trials={"max": 6, "parallel": 6, "maxFailed": 6},
            retain="All",
        )
    )
    kubelet(ends_badly)
    operator = run_operator("--log-format", request.param, port=port)
    status = world.finished()
    world.until("the Events are there", lambda: len(world.every(EVENTS)) >= 7)
    page = _get(port, "metrics")[1]
    operator.stop()
    containers = [pod["spec"]["containers"][0] for pod in world.every(PODS)]
    return {
        "log": operator.said().splitlines(),
        "page": page,
        "values": {v["value"] for c in containers for v in c["env"] if v["name"] == "TUNING_PARAM_x"},
        "commands": [c["command"] for c in containers],
        "trials": world.trials(),
        "status": status,
        "style": request.param,
    }


def test_nothing_is_forged(said: dict[str, Any]) -> None:
    begins = r"\{" if said["style"] == "json" else r"\d{4}-\d\d-\d\dT[\d:.]+Z (info|warning|error) "
    assert [line for line in said["log"] if not re.match(begins, line)] == []
    assert [line for line in said["log"] if "error forged" in line and " error " in line[:40]] == []
    assert all(line.isascii() and line.isprintable() for line in said["log"])
    names = {f.name for f in text_string_to_metric_families(said["page"])}
    assert {name for name in names if not name.startswith("tuning_operator_")} == set()
    assert "\ntuning_operator_leader 1.0\n" in said["page"]
    # `$$` is a dollar sign to Kubernetes: what the trial sees is the value itself, and no reference
    assert said["values"] == {value.replace("$", "$$") for value in HOSTILE}
    assert {tuple(command) for command in said["commands"]} == {("trial",)}


def test_what_a_trial_says_is_bounded(said: dict[str, Any]) -> None:
    assert said["status"]["trials"]["failed"] == 6
    for trial in said["trials"]:
        assert trial["status"]["reason"] == "UserError"
        assert len(json.dumps(trial["status"])) <= 4096
        assert "forged" not in {o["metric"] for o in trial["status"].get("observations", [])}
