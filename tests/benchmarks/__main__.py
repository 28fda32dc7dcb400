"""`make bench`: measure on the real cluster, print the tables and write them to docs/benchmarks."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.benchmarks.operator_loop import ROUNDS, TRIALS, as_table, measure
from tests.cluster import Cluster
from tests.cluster.containerd import VERSION
from tests.cluster.images import install_images

DOCS = Path(__file__).resolve().parents[2] / "docs" / "benchmarks"
HEAD = """\
# The operator beside bare loops

Written by `make bench`: a real cluster (API server, kubelet, containerd) on one machine, all runners
in one run, one after the other, {rounds} times. Times between an exit and a Job are of all runs
together, the others of the median run. Nothing is deleted meanwhile (`retain: All`). A bare loop creates the
same Jobs with the official client and knows nothing of parameters, metrics or crashes. Exits are the
runtime's. The kubelet's share runs from an exit to the API server having accepted the pod's status (the
kubelet looks at its containers once a second); the own share from there to the arrival of the next Job's
create, both by the audit log. With trials of equal length the two depend on one another: a trial and its
container's start take the same time each time, and an operator that is quicker between two of the kubelet's
looks waits longer for the next. Rows are compared with one another, never with another machine's.

"""
EVENTS_HEAD = """
## A kubelet that hears of exits

The same on a cluster whose kubelet has the alpha feature EventedPLEG on, with containerd {containerd}: the
runtime tells the kubelet of an exit as it happens, so what is left is what the operator and the API server
take.

"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--trials", type=int, default=TRIALS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--print-only", action="store_true", help="leave docs/benchmarks alone")
    chosen = parser.parse_args()
    tables = [_table(events, chosen.trials, chosen.rounds) for events in (False, True)]
    page = HEAD.format(rounds=chosen.rounds) + tables[0] + EVENTS_HEAD.format(containerd=VERSION) + tables[1]
    print(page)
    if not chosen.print_only:
        DOCS.mkdir(parents=True, exist_ok=True)
        (DOCS / "operator.md").write_text(page)
    return 0


def _table(events: bool, trials: int, rounds: int) -> str:
    with Cluster(audit=True, events=events) as cluster:
        cluster.add_node()
        install_images(cluster)
        cluster.kubectl("apply", "-k", "manifests/")
        deployment = ("deployment/tuning-operator", "--namespace", "tuning-system")
        cluster.kubectl("rollout", "status", *deployment, "--timeout=120s")
        return as_table(measure(cluster, trials, rounds), trials)


if __name__ == "__main__":
    sys.exit(main())
