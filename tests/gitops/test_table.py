"""The design's table of conditions, by the rules of kstatus, of Flux and of Argo CD themselves."""

from __future__ import annotations

from typing import Any

import pytest
from tuning_operator.api import TuningJob
from tuning_operator.engine.decide import decide
from tuning_operator.engine.snapshot import Obstacle

from tests.engine.builders import NOW, finished, job, running, views
from tests.tools import Tools
from tests.tools.judges import Verdict, argocd, verdicts

UNSEEN = {"observedGeneration": -1}  # the CRD's default
OBSTACLE = Obstacle("NameTaken", "a Job named digits-1-r1 exists")


def resource(of: TuningJob, status: dict[str, Any], generation: int = 1) -> dict[str, Any]:
    return {
        "apiVersion": "tuning.dev/v1alpha1",
        "kind": "TuningJob",
        "metadata": {"name": "digits", "namespace": "lab", "generation": generation},
        "spec": of.spec.to_json(),
        "status": status,
    }


def decided(of: TuningJob, *trials: Any, obstacle: Obstacle | None = None) -> dict[str, Any]:
    return resource(of, decide(of, views(*trials), NOW, obstacle=obstacle).status.to_json())


def edited_after_it_was_done(is_seen: bool) -> dict[str, Any]:
    """Only `retain` and the time to live can be edited then."""
    done = decide(job(max=1), views(finished(1, 0.5)), NOW).status.to_json()
    if not is_seen:
        return resource(job(max=1), done, generation=2)
    edited = job(max=1, status=done, generation=2, retain="All")
    return resource(edited, decide(edited, views(finished(1, 0.5)), NOW).status.to_json(), generation=2)


ROWS = {
    "not yet seen": (resource(job(), UNSEEN), Verdict("InProgress", "InProgress", "Progressing")),
    "accepted": (decided(job()), Verdict("InProgress", "InProgress", "Progressing")),
    "running": (decided(job(), running(1)), Verdict("Current", "InProgress", "Healthy")),
    "suspended": (
        decided(job(suspend=True), finished(1, 0.5)),
        Verdict("Current", "InProgress", "Suspended"),
    ),
    "done": (decided(job(max=1), finished(1, 0.5)), Verdict("Current", "Current", "Healthy")),
    "stalled": (decided(job(), obstacle=OBSTACLE), Verdict("Failed", "Failed", "Degraded")),
    "failed": (decided(job(max=1), finished(1, reason="Error")), Verdict("Failed", "Failed", "Degraded")),
    "edited after it was done, not yet seen": (
        edited_after_it_was_done(is_seen=False),
        Verdict("InProgress", "InProgress", "Progressing"),
    ),
    "edited after it was done": (
        edited_after_it_was_done(is_seen=True),
        Verdict("Current", "Current", "Healthy"),
    ),
}


@pytest.fixture(scope="module")
def said(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    resources = [body for body, _ in ROWS.values()]
    return dict(zip(ROWS, verdicts(tools, tmp_path_factory.mktemp("judge"), *resources), strict=True))


@pytest.mark.parametrize("row", ROWS)
def test_every_tool_judges_as_the_table_says(row: str, said: dict[str, Verdict]) -> None:
    assert said[row] == ROWS[row][1]


def test_argo_cd_shows_why_a_job_is_degraded_and_how_far_a_running_one_is(tools: Tools) -> None:
    (_, stalled), (_, message) = argocd(tools, ROWS["stalled"][0], ROWS["running"][0])
    assert stalled.startswith("NameTaken: a Job named digits-1-r1 exists")
    assert message == ROWS["running"][0]["status"]["message"] != ""


def test_health_lua_survives_a_resource_without_anything(tools: Tools) -> None:
    bare = {"apiVersion": "tuning.dev/v1alpha1", "kind": "TuningJob", "metadata": {"name": "bare"}}
    odd = bare | {"metadata": {"name": "odd", "generation": 1}, "status": {"conditions": []}}
    mute = odd | {"status": {"observedGeneration": 1, "conditions": [{"type": "Stalled", "status": "True"}]}}
    assert [health for health, _ in argocd(tools, bare, odd, mute)] == [
        "Progressing",
        "Progressing",
        "Degraded",
    ]
