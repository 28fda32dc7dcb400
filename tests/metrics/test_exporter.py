"""The operator's own page."""

import subprocess

from tuning_operator.metrics.exporter import Exporter, JobFigures, Sources

from tests.conftest import needs

JOBS = [
    JobFigures(
        "ns",
        "moon",
        "Running",
        trials={"running": 2, "succeeded": 3},
        most=16,
        best={"val_accuracy": 0.98},
        last={"val_accuracy": 0.9},
        parameters={"units": 64.0},
        pareto={"7": {"val_accuracy": 0.98, "ms": 3.0}},
        hypervolume=0.75,
        failures={"OutOfMemory": 1},
        waiting={"PodRefused": 2},
        resource_seconds={"cpu": 7200.0},
    )
]


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
        'tuning_operator_job_phase{namespace="ns",phase="Running",tuning_job="moon"} 1.0',
        'tuning_operator_trials{namespace="ns",state="running",tuning_job="moon"} 2.0',
        'tuning_operator_trials_max{namespace="ns",tuning_job="moon"} 16.0',
        'tuning_operator_trial_failures{namespace="ns",reason="OutOfMemory",tuning_job="moon"} 1.0',
        'tuning_operator_trials_waiting{namespace="ns",reason="PodRefused",tuning_job="moon"} 2.0',
        'tuning_operator_best_objective{metric="val_accuracy",namespace="ns",tuning_job="moon"} 0.98',
        'tuning_operator_last_objective{metric="val_accuracy",namespace="ns",tuning_job="moon"} 0.9',
        'tuning_operator_last_parameter{namespace="ns",parameter="units",tuning_job="moon"} 64.0',
        'tuning_operator_pareto_objective{metric="ms",namespace="ns",tuning_job="moon",tuning_trial="7"} 3.0',
        'tuning_operator_pareto_hypervolume{namespace="ns",tuning_job="moon"} 0.75',
        'tuning_operator_resource_seconds{namespace="ns",resource="cpu",tuning_job="moon"} 7200.0',
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
    assert b"moon" in page.page()
    jobs.clear()
    assert b"moon" not in page.page()


@needs("promtool")
def test_promtool_finds_nothing_to_say() -> None:
    page = exporter(JOBS).page()
    done = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")
