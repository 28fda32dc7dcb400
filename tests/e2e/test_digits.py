"""The README's main job, as its users run it: real Keras training in the trial image."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.images import Images
from tests.commands import ROOT, Shell, commands
from tests.e2e.jobs import Jobs

INSTALL, APPLY, *LOOK = commands(ROOT / "README.md")["On a cluster"]


@pytest.fixture(scope="module")
def jobs(jobs_in: Any, images: Images) -> Iterator[Jobs]:
    """As the README's first two commands have it, but that the images may have other names here."""
    assert INSTALL.split()[:4] == ["kubectl", "apply", "-k", "manifests/"]
    apply, file = APPLY.rsplit(maxsplit=1)
    assert apply == "kubectl apply -f"
    with jobs_in("digits", enforce="restricted") as found:
        found.kubectl("apply", "-f", "-", input=images.named_in((ROOT / file).read_text()))
        yield found


@pytest.mark.tensorflow
def test_the_digits_job_finds_good_parameters(jobs: Jobs) -> None:
    status = jobs.finished("digits", seconds=600)
    trials = jobs.trials("digits")
    assert status["phase"] == "Succeeded"
    assert status["trials"]["succeeded"] == len(trials) >= 12
    assert status["trials"]["failed"] == status["trials"]["running"] == 0

    best = next(t for t in trials if t["spec"]["number"] == status["best"]["number"])
    assert status["best"]["parameters"] == best["spec"]["parameters"]
    values = [t["status"]["observations"][0]["value"] for t in trials]
    assert status["best"]["objectives"][0]["value"] == max(values) >= 0.95
    assert max(values) > status["baseline"]["objectives"][0]["value"]


@pytest.mark.tensorflow
def test_intermediate_metrics_were_scraped_while_trials_ran(jobs: Jobs) -> None:
    jobs.finished("digits", seconds=600)
    series = [t["status"].get("series") for t in jobs.trials("digits")]
    seen = [s[0]["points"] for s in series if s]
    assert len(seen) > len(series) / 2, "a trial that trains for a second or two may be missed"
    assert max(map(len, seen)) > 1


@pytest.mark.tensorflow
def test_people_can_follow_it_with_kubectl(jobs: Jobs, tmp_path: Path) -> None:
    best = jobs.finished("digits", seconds=600)["best"]["parameters"]
    kubectl = [*jobs.cluster.kubectl_program(), "--namespace", jobs.namespace]
    table, _, printed = Shell(tmp_path, {"kubectl": kubectl}, jobs.cluster.kubeconfig).run_all(*LOOK)
    assert "Succeeded" in table
    assert "Completed" in table
    assert json.loads(printed) == best
    events = json.dumps(jobs.get("events"))
    for reason in ("TrialStarted", "NewBest", "Succeeded"):
        assert reason in events
