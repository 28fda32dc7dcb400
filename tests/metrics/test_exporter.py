"""The operator's own page."""

import shutil
import subprocess

import pytest
from tuning_operator.metrics.exporter import Exporter, JobFigures, Sources

JOBS = [JobFigures("ns", "digits", "Running", {"running": 2, "succeeded": 3}, ("val_accuracy", 0.98))]


def exporter(jobs: list[JobFigures]) -> Exporter:
    made = Exporter()
    made.read_from(Sources(lambda: jobs, lambda: {("GET", "200"): 4}, lambda: 1, lambda: True))
    with made.reconcile(), made.proposal("Random"):
        pass
    return made


def test_what_is_known_is_on_the_page() -> None:
    page = exporter(JOBS).page().decode()
    for line in (
        'tuning_operator_jobs{phase="Running"} 1.0',
        'tuning_operator_jobs{phase="Failed"} 0.0',
        'tuning_operator_trials{job="digits",namespace="ns",state="running"} 2.0',
        'tuning_operator_best_objective{job="digits",metric="val_accuracy",namespace="ns"} 0.98',
        'tuning_operator_api_requests_total{code="200",verb="GET"} 4.0',
        "tuning_operator_queue_depth 1.0",
        "tuning_operator_leader 1.0",
        "tuning_operator_reconcile_duration_seconds_count 1.0",
        'tuning_operator_proposal_duration_seconds_count{algorithm="Random"} 1.0',
    ):
        assert line in page


def test_a_deleted_jobs_series_vanish() -> None:
    jobs = list(JOBS)
    page = exporter(jobs)
    assert b"digits" in page.page()
    jobs.clear()
    assert b"digits" not in page.page()


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_finds_nothing_to_say() -> None:
    page = exporter(JOBS).page()
    done = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")
