"""`make bench-search`: measure the search beside its peers and write docs/benchmarks/search.md.

While developing, ours alone beside the peers' kept results, from any checkout:

    python -m tests.benchmarks.search --ours-only --half development --evaluations 64 --workers 1,8 --seeds 3

Runs of ours are cached by a hash of the search's source (`.cache/bench-search`), runs of a peer are
kept by version and settings (`peers/kept`): only what is missing is run. A peer's alone:

    python -m tests.benchmarks.search --peer optuna-gp --evaluations 200 --problems layers,canyon
"""

from __future__ import annotations

import argparse
import sys

from tests.benchmarks.search.carry_out import complete, kept, our_version
from tests.benchmarks.search.compact import as_text
from tests.benchmarks.search.kept import Job
from tests.benchmarks.search.peers import PEERS
from tests.benchmarks.search.problems import ALL, HALVES


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.search",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--ours-only", action="store_true", help="ours beside the kept results")
    parser.add_argument("--algorithm", default="Bayesian", help="of ours")
    parser.add_argument("--peer", choices=sorted(PEERS), help="run what is missing of this peer")
    parser.add_argument("--half", choices=[*HALVES, "all"], default="all")
    parser.add_argument("--problems", help="these only, separated by commas")
    parser.add_argument("--evaluations", type=int, default=64)
    parser.add_argument("--workers", default="1,8")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--processes", type=int, default=1)
    chosen = parser.parse_args()
    problems = _problems(chosen.half, chosen.problems)
    workers = [int(number) for number in chosen.workers.split(",")]
    jobs = [
        Job(problem, seed, number, chosen.evaluations)
        for number in workers
        for seed in range(chosen.seeds)
        for problem in problems
    ]
    if chosen.peer:
        complete(chosen.peer, jobs, chosen.processes)
        return 0
    if not chosen.ours_only:
        for name in PEERS:
            complete(name, jobs, chosen.processes)
    ours = complete(chosen.algorithm, jobs, chosen.processes)
    print(f"ours: {chosen.algorithm}, source {our_version()}")
    for number in workers:
        print(as_text(ours, _peers(), problems, chosen.seeds, number, chosen.evaluations))
    return 0


def _peers() -> dict:
    return {name: kept(name) for name in PEERS}


def _problems(half: str, named: str | None) -> list[str]:
    if named:
        unknown = sorted(set(named.split(",")) - set(ALL))
        if unknown:
            raise SystemExit(f"there is no problem {', '.join(unknown)}: there are {', '.join(ALL)}")
        return named.split(",")
    return list(ALL if half == "all" else HALVES[half])


if __name__ == "__main__":
    sys.exit(main())
