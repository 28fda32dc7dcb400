"""Metrics of trials are read while they run, from a plain exporter that knows no SDK."""

from __future__ import annotations

import sys
from collections.abc import Callable

from tests.local.commands import Directory, manifest

Make = Callable[..., Directory]

# Serves a page until it has been read twice, and leaves without a termination message.
EXPORTER = """
import http.server, os
page, reads = os.environ["PAGE"].encode(), 0
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global reads
        reads += 1
        self.send_response(200)
        self.end_headers()
        self.wfile.write(page)
server = http.server.HTTPServer(("127.0.0.1", int(os.environ["TUNING_METRICS_PORT"])), Handler)
while reads < 2:
    server.handle_request()
"""


def exporter(there: Directory, page: str) -> Directory:
    body = manifest(max=1)
    body["spec"]["template"]["spec"]["containers"][0] |= {
        "command": [sys.executable, "-c", EXPORTER],
        "env": [{"name": "PAGE", "value": page}],
    }
    there.write(body)
    return there


def test_without_a_termination_message_the_last_scrape_counts(directory: Make) -> None:
    there = exporter(directory(), "# TYPE loss gauge\nloss 0.25\ntuning_trial_step 3\n")
    assert there.run().returncode == 0
    (trial,) = there.trials()
    assert trial.value("loss") == 0.25
    assert trial.status.observations[0].step == 3


def test_a_page_that_cannot_be_read_is_told_once(directory: Make) -> None:
    there = exporter(directory(), 'loss{set="a"} 1\nloss{set="b"} 2\n')
    done = there.run()
    assert done.returncode == 1
    assert done.stdout.count("2 samples named loss") == 1
    assert "failed (MetricsUnavailable)" in done.stdout
