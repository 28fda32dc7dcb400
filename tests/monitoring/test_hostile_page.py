"""What a hostile trial serves to a Prometheus that is configured as the document says."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import needs
from tests.e2e.prometheus import Prometheus, discovered, started

PORT = 29092
PAGES = {
    "forges": [
        "tuning_operator_leader 9\n"
        'tuning_trial_step{namespace="other",tuning_job="best",tuning_trial="7"} 3\n'
    ],
    "never-ends": iter(lambda: "x 1\n" * 16_384, None),
    "tells-too-much": ["".join(f"x{number} 1\n" for number in range(5_001))],
}
OF_A_TRIAL = {"tuning.dev/job": "digits", "tuning.dev/trial": "1", "tuning.dev/run": "1"}
IMPOSTORS = {  # pods of a user, with the labels of others
    "operator": {"app.kubernetes.io/name": "tuning-operator"},
    "exporter": {"app.kubernetes.io/name": "dcgm-exporter"},
}
pytestmark = needs("prometheus")


@contextlib.contextmanager
def pod(name: str, labels: dict[str, str]) -> Iterator[dict[str, Any]]:
    """A server of its page, found like a pod of a user's namespace."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                for part in PAGES.get(name, PAGES["forges"]):
                    self.wfile.write(part.encode())

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = {"name": "metrics", "containerPort": server.server_port}
        [target] = discovered(
            {
                "metadata": {"namespace": "lab", "name": name, "labels": labels},
                "spec": {"containers": [{"ports": [port]}]},
                "status": {"phase": "Running", "podIP": "127.0.0.1"},
            }
        )
        yield target
        server.shutdown()


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """It has scraped each of them."""
    place = tmp_path_factory.mktemp("prometheus")
    targets = place / "targets.json"
    with contextlib.ExitStack() as stack:
        pods = dict.fromkeys(PAGES, OF_A_TRIAL) | IMPOSTORS
        targets.write_text(json.dumps([stack.enter_context(pod(*each)) for each in pods.items()]))
        found = stack.enter_context(started(place, PORT, targets))
        deadline = time.monotonic() + 60
        while not (errors := found.errors()) or None in errors.values():
            assert time.monotonic() < deadline, errors
            time.sleep(0.1)
        yield found


def test_no_pod_of_a_user_is_taken_for_the_operator_or_an_exporter(prometheus: Prometheus) -> None:
    """The labels of these two are honoured, so whoever passes for them can say anything of anyone."""
    assert set(prometheus.errors()) == set(PAGES)


def test_a_trial_passes_neither_for_the_operator_nor_for_another_trial(prometheus: Prometheus) -> None:
    assert prometheus.errors()["forges"] == ""
    assert prometheus.query("tuning_operator_leader") == []
    [step] = prometheus.query("tuning_trial_step")
    said = {name: step["metric"][name] for name in ("namespace", "tuning_job", "tuning_trial")}
    assert said == {"namespace": "lab", "tuning_job": "digits", "tuning_trial": "1"}


@pytest.mark.parametrize(
    ("name", "words"),
    [("never-ends", "body size limit exceeded"), ("tells-too-much", "sample limit exceeded")],
)
def test_a_page_without_measure_is_dropped_as_a_whole(name: str, words: str, prometheus: Prometheus) -> None:
    assert words in prometheus.errors()[name]
    assert prometheus.query(f'count({{pod="{name}",__name__=~"x.*"}})') == []
