"""A real Prometheus scrapes real runs: no panel is empty, and the alerts see what is wrong, and only that."""

from __future__ import annotations

import re
import subprocess
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from tuning_operator.api.manifest import load

from tests.commands import ROOT, Shell, commands
from tests.conftest import needs
from tests.e2e.conftest import OPERATOR
from tests.e2e.jobs import REPORT, Jobs, container, shell_job
from tests.e2e.prometheus import Prometheus, running
from tests.monitoring.queries import ALERTS, DASHBOARDS, queries
from tests.tools import Tools

PORT = 29091
NAMESPACE = "dashboards"
FAILS_FIRST = '[ "$TUNING_TRIAL_NUMBER" != 1 ] || exit 2; exec tuning-trial run digits.py --epochs 60'
VALUES = {
    "datasource": "-",
    "namespace": NAMESPACE,
    "tuning_job": "trains",
    "tuning_trial": "[0-9]+",
    "parameter": "units",
    "metric": "val_accuracy",
    "__rate_interval": "1m",
}
# the alerts that these jobs are to raise, and the job that raises each
WRONG = {
    "TuningJobStalled": "stalled",
    "TuningTrialsFailAlike": "alike",
    "TuningMetricsUnavailable": "mute",
    "TuningTrialsWaiting": "trains",
}
pytestmark = [pytest.mark.tensorflow, needs("prometheus")]


def fails_and_waits() -> list[dict[str, Any]]:
    """What a good run does not have: failures of two kinds, a wait, a job that is stalled."""
    alike = shell_job(
        "alike",
        'echo \'{"error": "no"}\' > /dev/termination-log; exit 2',
        trials={"max": 99, "maxFailed": 99},
    )
    mute = shell_job("mute", "exit 0", trials={"max": 1})
    stalled = shell_job("stalled")
    container(stalled)["securityContext"] = {"privileged": True}
    return [alike, mute, stalled]


def front() -> dict[str, Any]:
    """What one objective gains, the other one loses: no trial beats another."""
    report = REPORT.replace("$TUNING_PARAM_x", '$TUNING_PARAM_x, \\"cost\\": $TUNING_PARAM_x')
    objectives = [{"metric": "score", "goal": "Maximize"}, {"metric": "cost", "goal": "Minimize"}]
    return shell_job("front", report, objectives=objectives, trials={"max": 3})


def trains() -> list[dict[str, Any]]:
    """The README's example, by name: a real training feeds every panel about trials.

    Its first trial fails; more run at once than there are GPUs (which are no real ones), so that one waits.
    """
    program, job = load((ROOT / "manifests" / "examples" / "digits.yaml").read_text())
    job["metadata"]["name"] = "trains"
    job["spec"]["trials"] = {"max": 40, "parallel": 3}
    of_layers = next(p for p in job["spec"]["parameters"] if p["name"] == "activation")
    of_layers["values"] = ["relu"]  # relus can die, which a panel shows
    container(job).update(
        command=["sh", "-c", f"{FAILS_FIRST} --require-gpu false"],
        args=[],
        resources={"requests": {"cpu": "100m"}, "limits": {"nvidia.com/gpu": 1, "cpu": "2"}},
    )
    return [program, job]


@pytest.fixture(scope="module")
def jobs(jobs_in: Any) -> Iterator[Jobs]:
    with jobs_in(NAMESPACE, exactly=True) as found:
        found.cluster.advertise("nvidia.com/gpu", 1)
        found.apply(*trains(), front(), *fails_and_waits())
        yield found


@pytest.fixture(scope="module")
def prometheus(jobs: Jobs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with running(jobs.cluster, tmp_path_factory.mktemp("prometheus"), PORT) as found:
        yield found


def filled_in(expression: str) -> str:
    """As Grafana puts a dashboard's variables in; a front has only the job that has two objectives."""
    values = VALUES | ({"tuning_job": "front"} if "pareto" in expression else {})
    return re.sub(r"\$(\w+)", lambda found: values[found[1]], expression)


def empty_panels(prometheus: Prometheus) -> list[str]:
    return [
        f"{dashboard}: {panel}: {filled_in(expression)}"
        for dashboard, body in DASHBOARDS.items()
        for panel, expression in queries(body)
        if not prometheus.query(filled_in(expression))
    ]


def test_no_panel_is_empty(jobs: Jobs, prometheus: Prometheus) -> None:
    """Each panel is full at some moment; the last ones, once a trial has waited long enough to say so."""
    never = set(empty_panels(prometheus))

    def all_seen() -> bool:
        never.intersection_update(empty_panels(prometheus))
        return not never

    try:
        jobs.eventually("every panel has shown something", all_seen, seconds=180)
    except AssertionError:
        raise AssertionError("\n".join(["these panels stay empty:", *sorted(never)])) from None


def test_a_trials_series_carry_its_names_and_it_cannot_choose_others(prometheus: Prometheus) -> None:
    for sample in prometheus.query('tuning_trial_metric{metric="val_loss"}'):
        labels = sample["metric"]
        assert (labels["namespace"], labels["tuning_job"]) == (NAMESPACE, "trains")
        assert labels["pod"].startswith(f"trains-{labels['tuning_trial']}-r{labels['tuning_run']}")


def test_what_prometheus_reads_is_what_the_resources_say(jobs: Jobs, prometheus: Prometheus) -> None:
    of_mute = '{tuning_job="mute",state="failed"}'
    [failed] = prometheus.query(f"tuning_operator_trials{of_mute}")
    assert float(failed["value"][1]) == jobs.status("mute")["trials"]["failed"] == 1


def test_the_operators_page_passes_promtool(jobs: Jobs) -> None:
    [pod] = jobs.cluster.get(*OPERATOR, "pods", "-l", "app.kubernetes.io/name=tuning-operator")["items"]
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(f"http://{pod['status']['podIP']}:8080/metrics", timeout=5) as answer:
        page = answer.read()
    done = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()


def test_the_variables_of_the_dashboards_offer_the_job(prometheus: Prometheus) -> None:
    for dashboard in DASHBOARDS.values():
        for variable in dashboard["templating"]["list"][1:]:
            [(series, label)] = re.findall(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
            found = prometheus.query(f"last_over_time({filled_in(series)}[2m])")
            assert any(label in sample["metric"] for sample in found), variable["name"]


def test_the_alerts_see_what_is_wrong_and_nothing_else(jobs: Jobs, prometheus: Prometheus) -> None:
    def seen() -> bool:
        states = prometheus.alerts()
        return {name for name, state in states.items() if state in ("pending", "firing")} == set(WRONG)

    jobs.eventually("the right alerts are pending", seen, seconds=60)
    assert set(prometheus.alerts()) == set(ALERTS)


def test_the_commands_of_the_runbooks_run(jobs: Jobs, tmp_path_factory: pytest.TempPathFactory) -> None:
    programs = {"kubectl": jobs.cluster.kubectl_program()}
    shell = Shell(tmp_path_factory.mktemp("shell"), programs, jobs.cluster.kubeconfig)
    for page in sorted((ROOT / "docs" / "runbooks").glob("*.md")):
        variables = f"NAMESPACE={NAMESPACE} TUNING_JOB={WRONG.get(page.stem, 'trains')}"
        for command in commands(page)[page.stem]:
            done = shell.run(f"{variables}\n{command}")
            assert done.stdout or "No resources found" in done.stderr, command


def test_the_commands_of_the_document_run(
    jobs: Jobs, tools: Tools, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sections = commands(ROOT / "docs" / "monitoring.md")
    programs = {"kubectl": jobs.cluster.kubectl_program(), "helm": [str(tools.helm4)]}
    shell = Shell(tmp_path_factory.mktemp("shell"), programs, jobs.cluster.kubeconfig)
    check, dashboards = sections["With a plain Prometheus"]
    assert "SUCCESS" in shell.run(check).stdout
    assert shell.run(dashboards).stdout.count("created") == 3
    jobs.cluster.kubectl("--namespace", "tuning-system", "delete", "configmap", "-l", "grafana_dashboard")
