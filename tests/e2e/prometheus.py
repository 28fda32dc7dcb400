"""Debian's Prometheus on the host, configured as docs/monitoring.md says.

It is built without the discovery of Kubernetes' pods: a thread lists them in its place and gives them the
labels that the discovery would, so that the document's relabelling is what decides. There is no GPU here:
a page as dcgm-exporter writes it stands in for that exporter.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import re
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.cluster import Client
from tests.monitoring.queries import FILES
from tests.repeatedly import repeatedly
from tests.tools.helm import ROOT

GPUS = ROOT / "tests" / "monitoring" / "gpus.prom"
PAGE = ROOT / "docs" / "monitoring.md"


def documented() -> list[dict[str, Any]]:
    """The scrape configurations of the document."""
    [block] = re.findall(r"```yaml\n(scrape_configs.*?)```", PAGE.read_text(), re.DOTALL)
    found: list[dict[str, Any]] = yaml.safe_load(block)["scrape_configs"]
    return found


@dataclass(frozen=True)
class Prometheus:
    """One that runs. url: its address."""

    url: str

    def query(self, expression: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("query", query=expression)["result"]
        return found

    def alerts(self) -> dict[str, str]:
        """The state of each alert, and that of its rule where that does not work."""
        groups = self._ask("rules")["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        return {r["name"]: r["state"] if r["health"] == "ok" else r["lastError"] for r in rules}

    def errors(self) -> dict[str, str | None]:
        """By pod, why its last scrape failed; "" where it did not, None where it was not asked yet."""
        targets = self._ask("targets")["activeTargets"]
        return {t["labels"]["pod"]: t["lastError"] if t["health"] != "unknown" else None for t in targets}

    def _ask(self, what: str, **question: str) -> Any:
        url = f"{self.url}/api/v1/{what}?{urllib.parse.urlencode(question)}"
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(url, timeout=10) as answer:
            return json.load(answer)["data"]


def discovered(pod: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The targets of a pod, one for each port, as `kubernetes_sd_configs` with the role pod has them."""
    metadata, status = pod["metadata"], pod["status"]
    labels = {
        "namespace": metadata["namespace"],
        "pod_name": metadata["name"],
        "pod_phase": status.get("phase", ""),
    }
    for name, value in metadata.get("labels", {}).items():
        plain = re.sub(r"[^a-zA-Z0-9_]", "_", name)
        labels |= {f"pod_label_{plain}": value, f"pod_labelpresent_{plain}": "true"}
    for container in pod["spec"]["containers"] if "podIP" in status else ():
        for port in container.get("ports", ()):
            own = labels | {"pod_container_port_name": port.get("name", "")}
            meta = {f"__meta_kubernetes_{name}": value for name, value in own.items()}
            yield {"targets": [f"{status['podIP']}:{port['containerPort']}"], "labels": meta}


@contextlib.contextmanager
def gpu_exporter() -> Iterator[dict[str, Any]]:
    """Serves the page of GPUS, and is found like a pod of dcgm-exporter."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(GPUS.read_bytes())

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        own = {"namespace": "gpu-operator", "pod_label_app_kubernetes_io_name": "dcgm-exporter"}
        labels = {f"__meta_kubernetes_{name}": value for name, value in own.items()}
        yield {"targets": [f"127.0.0.1:{server.server_port}"], "labels": labels}
        server.shutdown()


@contextlib.contextmanager
def discovery(cluster: Client, file: Path, *others: dict[str, Any]) -> Iterator[None]:
    """Keeps the file of targets up to date. others: targets that are no pods of the cluster."""

    def look() -> None:
        pods = cluster.get("pods", "--all-namespaces")["items"]
        new = file.with_suffix(".new")
        new.write_text(json.dumps([*others, *(target for pod in pods for target in discovered(pod))]))
        new.rename(file)

    with repeatedly(look, seconds=0.5):
        yield


@contextlib.contextmanager
def running(cluster: Client, place: Path, port: int) -> Iterator[Prometheus]:
    """A Prometheus with our alerts, which scrapes the cluster every second."""
    targets = place / "targets.json"
    with gpu_exporter() as gpus, discovery(cluster, targets, gpus), started(place, port, targets) as found:
        yield found


@contextlib.contextmanager
def started(place: Path, port: int, targets: Path) -> Iterator[Prometheus]:
    """A Prometheus as the document configures it, its targets those of this file."""
    scrapes = documented()
    for each in scrapes:
        assert each.pop("kubernetes_sd_configs") == [{"role": "pod"}]
        each["file_sd_configs"] = [{"files": [str(targets)]}]
    wanted = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "2s"},
        "scrape_configs": scrapes,
        "rule_files": [str(FILES / "alerts.yaml")],
    }
    (place / "prometheus.yml").write_text(json.dumps(wanted))
    command = [
        "prometheus",
        f"--config.file={place}/prometheus.yml",
        f"--storage.tsdb.path={place}/data",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (place / "log").open("w") as log:
        process = subprocess.Popen(command, stderr=log)
        try:
            yield _ready(Prometheus(f"http://127.0.0.1:{port}"), place / "log")
        finally:
            process.terminate()
            process.wait()


def _ready(prometheus: Prometheus, log: Path) -> Prometheus:
    deadline = time.monotonic() + 30
    while True:
        try:
            prometheus.query("vector(1)")
            return prometheus
        except OSError:
            assert time.monotonic() < deadline, log.read_text()[-2000:]
            time.sleep(0.2)
