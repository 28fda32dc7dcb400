"""The operator beside two bare loops, on the real cluster, in one run.

Each runner runs the same shell trials with the same parallelism, one runner after the other, and then
all of them again: within a run the operator and the kubelet's looks keep in step. The operator's trials
run first, since the bare loops copy its Jobs.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

from tests.benchmarks.bare_loop import run_bare_loop
from tests.benchmarks.exits import Exits
from tests.benchmarks.timeline import Timeline, percentile, read_timeline
from tests.cluster import Cluster
from tests.e2e.jobs import OPERATOR_USER, REPORT, Jobs, shell_job

ADMIN = "tuning-test-admin"
TRIALS, PARALLEL, SECONDS, ROUNDS = 40, 4, 3, 3
RANDOM, BAYESIAN, ON_PODS, ON_JOBS = NAMES = (
    "operator, Random",
    "operator, Bayesian",
    "bare loop on pods",
    "bare loop on jobs",
)


@dataclass(frozen=True)
class Result:
    """A runner's runs, of which all exits count alike."""

    name: str
    runs: list[Timeline]

    def pooled(self, seconds: Callable[[Timeline], list[float]], share: float) -> float:
        """A percentile over the exits of all runs."""
        return percentile([one for run in self.runs for one in seconds(run)], share)

    def middle(self, figure: Callable[[Timeline], float]) -> float:
        """The median run's."""
        return median(map(figure, self.runs))

    @property
    def writes(self) -> float:
        """Of a trial."""
        return mean(run.writes_per_trial() for run in self.runs)


def measure(cluster: Cluster, trials: int = TRIALS, rounds: int = ROUNDS) -> list[Result]:
    """Random, Bayesian, and the two bare loops, in this order."""
    results = [Result(name, []) for name in NAMES]
    job: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as place:
        for round_ in range(1, rounds + 1):
            for result in results:
                what = result.name.rpartition(" ")[2]
                by_operator = result.name in (RANDOM, BAYESIAN)
                start = _operator(what, trials) if by_operator else _bare(cluster, job, trials, what)
                namespace = _namespace(f"{result.name}, {round_}")
                user = OPERATOR_USER if by_operator else ADMIN
                result.runs.append(_run(cluster, namespace, user, start, Path(place)))
                if result.name == RANDOM:
                    job = cluster.get("job", "tuned-1-r1", "--namespace", namespace)
                cluster.kubectl("delete", "namespace", namespace)  # the kubelet looks at what has ended, too
    return results


def _namespace(name: str) -> str:
    return "bench-" + name.lower().replace(", ", "-").replace(" ", "-")


def _run(cluster: Cluster, namespace: str, user: str, start: Callable[[Jobs], None], place: Path) -> Timeline:
    cluster.kubectl("create", "namespace", namespace)
    cluster.wait_for("create", "serviceaccount/default", "--namespace", namespace)
    offset = cluster.audit_offset()
    with Exits(cluster, place / namespace) as exits:
        start(Jobs(cluster, namespace))
        ended = exits.of_pods(namespace)
    timeline = read_timeline(cluster.audit(offset), namespace, user, ended, PARALLEL)
    print(f"{namespace}: {timeline.wall_seconds():.1f} s", flush=True)
    return timeline


def _operator(algorithm: str, trials: int) -> Callable[[Jobs], None]:
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
    tables = ["\n".join(lines + [_row(r) for r in results]) + "\n", _reached(results), _writes(results)]
    return "\n".join(tables)


def _row(result: Result) -> str:
    cells = [
        result.name,
        f"{result.middle(Timeline.wall_seconds):.1f}",
        f"{result.pooled(Timeline.turnarounds, 0.5):.2f}",
        f"{result.pooled(Timeline.turnarounds, 0.9):.2f}",
        f"{result.pooled(Timeline.tellings, 0.5):.2f}",
        f"{1000 * result.pooled(Timeline.own_turnarounds, 0.5):.0f}",
        f"{1000 * result.pooled(Timeline.own_turnarounds, 0.9):.0f}",
        f"{result.middle(Timeline.first_pod_seconds):.2f}",
        f"{result.writes:.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def _reached(results: list[Result]) -> str:
    """What the design asks for, and whether this run has it."""
    of = {result.name: result for result in results}
    ours, other, bare = of[RANDOM], of[BAYESIAN], of[ON_JOBS]
    wall, bare_wall = (one.middle(Timeline.wall_seconds) for one in (ours, bare))
    first_pod = max(one.middle(Timeline.first_pod_seconds) for one in (ours, other))
    each = [percentile(run.turnarounds(), 0.5) for run in ours.runs]
    between = f" ({min(each):.2f} to {max(each):.2f} by run)"
    figures = [
        ("exit → next Job, Random, p50, s", ours.pooled(Timeline.turnarounds, 0.5), 0.5, between),
        ("of it our own, s", ours.pooled(Timeline.own_turnarounds, 0.5), 0.1, ""),
        ("wall time, Random, s", wall, bare_wall, ", the bare loop on jobs"),
        ("asked → first pod, s", first_pod, 0.5, ""),
        ("API writes per trial", max(ours.writes, other.writes), 5.0, ""),
    ]
    lines = ["| wanted | found | below | |", "| --- | ---: | ---: | --- |"]
    for what, found, bound, more in figures:
        words = "reached" if found < bound else "not reached"
        lines.append(f"| {what}{more} | {found:.3g} | {bound:.3g} | {words} |")
    return "\n".join(lines) + "\n"


def _writes(results: list[Result]) -> str:
    lines = ["| API writes of a run, without Events | how many |", "| --- | ---: |"]
    lines += [
        f"| {result.name}: {kind} | {count} |"
        for result in results
        for kind, count in sorted(result.runs[0].writes.items())
    ]
    return "\n".join(lines) + "\n"
