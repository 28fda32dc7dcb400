"""What the search can do, on a real cluster: an example as it stands in the repository, and shell trials."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tuning_operator.api.manifest import load

from tests.e2e.jobs import Jobs, shell_job

EXAMPLES = Path(__file__).parents[2] / "manifests" / "examples"
SCRIPT = """\
bytes=$((TUNING_PARAM_units * 10))
echo "{\\"metrics\\": {\\"score\\": $TUNING_PARAM_units, \\"bytes\\": $bytes}}" > /dev/termination-log
"""
UNITS = [
    {"name": "units", "type": "int", "min": 1, "max": 9},
    {"name": "kind", "type": "categorical", "values": ["a", "b"]},
    {"name": "deep", "type": "bool", "when": {"parameter": "kind", "in": ["b"]}},
]
COARSE_TO_FINE = {
    "seed": 3,
    "stages": [{"algorithm": "Sobol", "trials": 4}, {"algorithm": "Bayesian", "narrow": {"keep": 0.5}}],
}


@pytest.fixture(scope="module")
def jobs(jobs_in: Any) -> Iterator[Jobs]:
    with jobs_in("search") as found:
        yield found


def test_an_example_runs_as_it_stands(jobs: Jobs) -> None:
    program, job = load((EXAMPLES / "pareto.yaml").read_text())
    job["spec"]["trials"] = {"max": 4, "parallel": 2}
    jobs.apply(program, job)
    status = jobs.finished("pareto")
    assert (status["phase"], status["trials"]["succeeded"]) == ("Succeeded", 4)
    assert status["pareto"][0] == status["best"]
    assert [o["metric"] for o in status["best"]["objectives"]] == ["val_accuracy", "weights"]


def test_a_job_narrows_its_space_and_keeps_to_its_constraints(jobs: Jobs) -> None:
    bound = [{"metric": "bytes", "max": 60}]
    job = shell_job("narrow", SCRIPT, {"max": 7, "parallel": 2}, parameters=UNITS, search=COARSE_TO_FINE)
    jobs.apply(job | {"spec": job["spec"] | {"constraints": bound}})
    status, trials = jobs.finished("narrow"), jobs.trials("narrow")
    assert [trial["spec"]["stage"] for trial in trials] == [1] * 4 + [2] * 3
    assert [trial["spec"]["number"] for trial in trials if "space" in trial["spec"]] == [5]
    assert status["stages"][1]["space"] == trials[4]["spec"]["space"]
    feasible = [t for t in trials if t["spec"]["parameters"]["units"] <= 6]
    best = max(t["spec"]["parameters"]["units"] for t in feasible)
    assert status["best"]["objectives"] == [{"metric": "score", "value": best}]
    assert status["best"]["constraints"] == [{"metric": "bytes", "value": 10 * best}]


def test_people_see_stages_in_events_and_columns(jobs: Jobs) -> None:
    jobs.finished("narrow")
    events = jobs.kubectl("get", "events").stdout
    assert "stage 2 of 2: Bayesian" in events
    assert "BEST 2" in jobs.kubectl("get", "tuningjobs", "-o", "wide").stdout
