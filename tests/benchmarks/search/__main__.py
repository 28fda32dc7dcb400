"""`make bench-search`: measure the search beside its peers and write docs/benchmarks/search.md.

While developing, ours alone beside the peers' kept results, from any checkout:

    python -m tests.benchmarks.search --ours-only --half development --workers 1,8 --seeds 3

A peer's missing runs, and the page from what there is:

    python -m tests.benchmarks.search --run optuna-gp --half held-out --seeds 2
    python -m tests.benchmarks.search --report-only

Runs of ours are cached by a hash of the search's source (`.cache/bench-search`), runs of a peer are
kept by version and settings (`peers/kept`): only what is missing is run.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.benchmarks.search import plan, priced
from tests.benchmarks.search.carry_out import complete, kept, our_version
from tests.benchmarks.search.compact import as_text
from tests.benchmarks.search.fronts import FRONTS
from tests.benchmarks.search.kept import Job
from tests.benchmarks.search.middle import middle
from tests.benchmarks.search.peers import PEERS
from tests.benchmarks.search.plot import draw_plot
from tests.benchmarks.search.price import FINISHED, PENDING, Price, price
from tests.benchmarks.search.problems import ALL, HALVES, problem
from tests.benchmarks.search.report import as_markdown

DOCS = Path(__file__).resolve().parents[3] / "docs" / "benchmarks"
DEAR = {("optuna-gp", 10_000)}  # minutes a proposal


def main() -> int:
    chosen = _arguments()
    if chosen.run:
        complete(chosen.run, _jobs(chosen), chosen.processes)
    elif chosen.ours_only:
        _beside(chosen)
    else:
        _report(chosen)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.search",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--ours-only", action="store_true", help="ours beside the kept results, printed")
    what.add_argument("--run", choices=sorted(plan.names()), help="only the missing runs of this search")
    what.add_argument("--report-only", action="store_true", help="the page of the runs that there are")
    parser.add_argument("--algorithm", default=plan.OURS, help="of ours, with --ours-only")
    parser.add_argument("--half", choices=[*HALVES, "all"], default="all")
    parser.add_argument("--problems", help="these only, separated by commas")
    parser.add_argument("--evaluations", type=int, default=plan.SHORT)
    parser.add_argument("--workers", default="1,8")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--processes", type=int, default=1)
    return parser.parse_args()


def _jobs(chosen: argparse.Namespace) -> list[Job]:
    return [
        Job(problem, seed, number, chosen.evaluations)
        for number in _workers(chosen)
        for seed in range(chosen.seeds)
        for problem in _problems(chosen)
    ]


def _workers(chosen: argparse.Namespace) -> list[int]:
    return [int(number) for number in chosen.workers.split(",")]


def _problems(chosen: argparse.Namespace) -> list[str]:
    named = chosen.problems.split(",") if chosen.problems else []
    if unknown := sorted(set(named) - {*ALL, *FRONTS}):
        raise SystemExit(f"there is no problem {', '.join(unknown)}: there are {', '.join((*ALL, *FRONTS))}")
    return named or list(ALL if chosen.half == "all" else HALVES[chosen.half])


def _beside(chosen: argparse.Namespace) -> None:
    ours = complete(chosen.algorithm, _jobs(chosen), chosen.processes)
    peers = {name: kept(name) for name in PEERS}
    print(f"ours: {chosen.algorithm}, source {our_version()}")
    for number in _workers(chosen):
        print(as_text(ours, peers, _problems(chosen), chosen.seeds, number, chosen.evaluations))


def _report(chosen: argparse.Namespace) -> None:
    if not chosen.report_only:
        for name in plan.names():
            complete(name, plan.jobs(name), chosen.processes)
    prices = _prices()
    runs = {name: kept(name) for name in plan.names()}
    DOCS.mkdir(parents=True, exist_ok=True)
    (DOCS / "search.md").write_text(as_markdown(runs, prices, {name: middle(problem(name)) for name in ALL}))
    draw_plot(runs, DOCS / "search.png")
    print((DOCS / "search.md").read_text())


def _prices() -> dict[tuple[str, int, int], Price | None]:
    return {
        (name, finished, pending): price(name, finished, pending)
        for name in (*priced.OURS, *priced.BESIDE)
        for finished in FINISHED
        for pending in PENDING
        if (name, finished) not in DEAR
    }


if __name__ == "__main__":
    sys.exit(main())
