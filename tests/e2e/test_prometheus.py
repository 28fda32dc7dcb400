"""A real Prometheus scrapes the operator and a running trial."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.jobs import Jobs, shell_job

PORT = 29090
TRIAL = """\
mkdir -p /tmp/page
printf '# HELP tuning_trial_metric Latest value.\\n# TYPE tuning_trial_metric gauge\\n' > /tmp/page/metrics
printf 'tuning_trial_metric{metric="score"} %s\\n' "$TUNING_PARAM_x" >> /tmp/page/metrics
httpd -p "$TUNING_METRICS_PORT" -h /tmp/page
sleep 600
"""


@pytest.fixture(scope="module")
def jobs(jobs_in: Any) -> Iterator[Jobs]:
    with jobs_in("prometheus") as found:
        found.apply(shell_job("watched", TRIAL))
        yield found


def address(jobs: Jobs, namespace: str, selector: str, port: int) -> str:
    pods = jobs.cluster.get("pods", "--namespace", namespace, "-l", selector)["items"]
    return f"{pods[0]['status']['podIP']}:{port}"


@pytest.fixture(scope="module")
def prometheus(jobs: Jobs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Debian's Prometheus, scraping both pages; its address."""
    if not shutil.which("prometheus"):
        pytest.skip("prometheus is not installed")
    jobs.pod_of("watched-1")
    place = tmp_path_factory.mktemp("prometheus")
    targets = {
        "operator": address(jobs, "tuning-system", "app.kubernetes.io/name=tuning-operator", 8080),
        "trial": address(jobs, jobs.namespace, "tuning.dev/job=watched", 9464),
    }
    (place / "prometheus.yml").write_text(
        json.dumps(
            {
                "global": {"scrape_interval": "1s"},
                "scrape_configs": [
                    {"job_name": name, "static_configs": [{"targets": [target]}]}
                    for name, target in targets.items()
                ],
            }
        )
    )
    command = [
        "prometheus",
        f"--config.file={place}/prometheus.yml",
        f"--storage.tsdb.path={place}/data",
        f"--web.listen-address=127.0.0.1:{PORT}",
    ]
    with (place / "log").open("w") as log:
        process = subprocess.Popen(command, stderr=log)
        yield f"http://127.0.0.1:{PORT}"
        process.terminate()
        process.wait()


def query(prometheus: str, expression: str) -> list[dict[str, Any]]:
    url = f"{prometheus}/api/v1/query?query={urllib.request.quote(expression)}"  # type: ignore[attr-defined]
    with urllib.request.urlopen(url, timeout=5) as answer:
        found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        return found


def test_prometheus_reads_a_running_trial(jobs: Jobs, prometheus: str) -> None:
    [sample] = jobs.eventually(
        "the trial's metric is in Prometheus",
        lambda: query(prometheus, 'tuning_trial_metric{metric="score"}'),
    )
    assert float(sample["value"][1]) == pytest.approx(jobs.trial("watched", 1)["spec"]["parameters"]["x"])


def test_prometheus_reads_the_operator(jobs: Jobs, prometheus: str) -> None:
    found = jobs.eventually(
        "the operator's trials are in Prometheus",
        lambda: query(prometheus, 'tuning_operator_trials{state="running"} > 0'),
    )
    assert found


def test_the_operators_page_passes_promtool(jobs: Jobs, tmp_path: Path) -> None:
    page = f"http://{address(jobs, 'tuning-system', 'app.kubernetes.io/name=tuning-operator', 8080)}/metrics"
    with urllib.request.urlopen(page, timeout=5) as answer:
        body = answer.read()
    done = subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
