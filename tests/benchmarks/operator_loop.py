"""The operator beside two bare loops, on the real cluster, in one run.

Each runner runs the same shell trials with the same parallelism, one runner after the other. The
operator's trials run first, since the bare loops copy its Jobs.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.bare_loop import run_bare_loop
from tests.benchmarks.exits import Exits
from tests.benchmarks.timeline import Timeline, percentile, read_timeline
from tests.cluster import Cluster
from tests.e2e.jobs import OPERATOR_USER, REPORT, Jobs, shell_job

ADMIN = "tuning-test-admin"
TRIALS, PARALLEL, SECONDS = 40, 4, 3


@dataclass(frozen=True)
class Result:
    name: str
    timeline: Timeline


def measure(cluster: Cluster, trials: int = TRIALS) -> list[Result]:
    """Random, Bayesian, and the two bare loops, in this order."""
    with tempfile.TemporaryDirectory() as place:
        results = []
        for algorithm in ("Random", "Bayesian"):
            start = _operator(cluster, algorithm, trials)
            results.append(_run(cluster, f"operator, {algorithm}", OPERATOR_USER, start, Path(place)))
        job = cluster.get("job", "tuned-1-r1", "--namespace", _namespace("operator, Random"))
        for on in ("pods", "jobs"):
            start = _bare(cluster, job, trials, on)
            results.append(_run(cluster, f"bare loop on {on}", ADMIN, start, Path(place)))
        return results


def _namespace(name: str) -> str:
    return "bench-" + name.lower().replace(", ", "-").replace(" ", "-")


def _run(cluster: Cluster, name: str, user: str, start: Callable[[Jobs], None], place: Path) -> Result:
    namespace = _namespace(name)
    cluster.kubectl("create", "namespace", namespace)
    cluster.wait_for("create", "serviceaccount/default", "--namespace", namespace)
    offset = cluster.audit_offset()
    with Exits(cluster, place / namespace) as exits:
        start(Jobs(cluster, namespace))
        ended = exits.of_pods(namespace)
    timeline = read_timeline(cluster.audit(offset), namespace, user, ended, PARALLEL)
    print(f"{name}: {timeline.wall_seconds():.1f} s", flush=True)
    return Result(name, timeline)


def _operator(cluster: Cluster, algorithm: str, trials: int) -> Callable[[Jobs], None]:
    job = shell_job(
        "tuned",
        f"sleep {SECONDS}\n{REPORT}",
        trials={"max": trials, "parallel": PARALLEL},
        search={"seed": 1, "stages": [{"algorithm": algorithm}]},
        retain="All",
    )

    def start(jobs: Jobs) -> None:
        jobs.apply(job)
        status = jobs.finished("tuned", seconds=600)
        if status["trials"]["succeeded"] != trials:
            raise RuntimeError(f"the run is no measure, not all trials succeeded: {json.dumps(status)}")

    return start


def _bare(cluster: Cluster, job: dict[str, Any], trials: int, on: str) -> Callable[[Jobs], None]:
    def start(jobs: Jobs) -> None:
        run_bare_loop(cluster.kubeconfig, jobs.namespace, job, trials, PARALLEL, on)
        jobs.eventually(
            "every pod has ended",
            lambda: all(p["status"].get("phase") == "Succeeded" for p in jobs.get("pods")["items"]),
        )

    return start


def as_table(results: list[Result], trials: int = TRIALS) -> str:
    """A Markdown table, one row a runner."""
    ideal = trials / PARALLEL * SECONDS
    lines = [
        f"| {trials} trials of {SECONDS} s, {PARALLEL} in parallel (ideal {ideal:.0f} s) | wall time, s "
        "| exit → next Job, s: p50 | p90 | of it the kubelet's, s: p50 | own share, ms: p50 | p90 "
        "| asked → first pod, s | API writes per trial |",
        "| --- |" + " ---: |" * 8,
    ]
    return "\n".join(lines + [_row(r) for r in results]) + "\n\n" + _writes(results)


def _row(result: Result) -> str:
    timeline = result.timeline
    whole, own = timeline.turnarounds(), [1000 * s for s in timeline.own_turnarounds()]
    cells = [
        result.name,
        f"{timeline.wall_seconds():.1f}",
        f"{percentile(whole, 0.5):.2f}",
        f"{percentile(whole, 0.9):.2f}",
        f"{percentile(timeline.tellings(), 0.5):.2f}",
        f"{percentile(own, 0.5):.0f}",
        f"{percentile(own, 0.9):.0f}",
        f"{timeline.first_pod_seconds():.2f}",
        f"{timeline.writes_per_trial():.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def _writes(results: list[Result]) -> str:
    lines = ["| API writes, without Events and retention's deletes | how many |", "| --- | ---: |"]
    lines += [
        f"| {result.name}: {kind} | {count} |"
        for result in results
        for kind, count in sorted(result.timeline.writes.items())
    ]
    return "\n".join(lines) + "\n"
