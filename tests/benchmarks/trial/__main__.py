"""`make bench-trial`: measure in one run, print the table and write it to docs/benchmarks."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tests.benchmarks.trial.blocks import AGAIN, BARE, ON, Seconds, become_a_trial, measure
from tests.benchmarks.trial.figures import Ratio, ratio, verdict
from tests.benchmarks.trial.models import CASES, Case

DOCS = Path(__file__).resolve().parents[3] / "docs" / "benchmarks"
ROUNDS = 40
BOUND = 1.02
HEAD = """\
# A trial's step beside bare Keras

Written by `make bench-trial`: time per training step with the reporter, gradient health and the
Prometheus page on (`KerasCallback` as `tuning-trial run` uses it; the page is read once a block) against
bare `model.fit`. A block is one epoch of {steps} steps, so the work at an epoch's end weighs more
here than in longer ones; what is measured once in a trial (FLOPs, latency, the making of graphs) is left
out. Each of the {rounds} rounds has one block of every kind in a random order; ratios are of the blocks
of one round, medians over rounds with 95 % intervals by bootstrap. A/A is bare beside bare: where its
interval is wider than the bound ({bound}), the run is inconclusive. CPU time is the process's own and
suffers less from neighbours. One thread an operation.

"""
COLUMNS = "| model | bare, ms a step | time | interval | A/A | interval | ≤ {0} | parameters |\n"
RULE = "| --- | ---: | ---: | ---: | ---: | ---: | --- | ---: |\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.trial", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--print-only", action="store_true", help="leave docs/benchmarks alone")
    chosen = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "2"}
    port = become_a_trial()
    from tuning_trial.tensorflow_setup import import_keras

    import_keras(0)
    table = COLUMNS.format(BOUND) + RULE
    for case in CASES:
        table += "".join(rows(case, measure(case, chosen.rounds, port)))
    steps = ", ".join(str(case.steps) for case in CASES)
    text = HEAD.format(steps=steps, rounds=chosen.rounds, bound=BOUND) + table
    print(text)
    if not chosen.print_only:
        DOCS.mkdir(parents=True, exist_ok=True)
        (DOCS / "trial.md").write_text(text)
    return 0


def rows(case: Case, seconds: Seconds) -> list[str]:
    """One for the time that passed, one for the CPU's."""
    made = []
    for i, clock in enumerate(("wall", "CPU")):
        of = {name: [block[i] for block in blocks] for name, blocks in seconds.items()}
        bare = sorted(of[BARE])[len(of[BARE]) // 2] / case.steps * 1000
        on, again = ratio(of[ON], of[BARE]), ratio(of[AGAIN], of[BARE])
        cells = [f"{case.name}, {clock}", f"{bare:.2f}", *shown(on), *shown(again)]
        shape = f"{case.layers} × {case.width}, batch {case.batch}"
        made.append(f"| {' | '.join([*cells, verdict(on, again, BOUND), shape])} |\n")
    return made


def shown(of: Ratio) -> tuple[str, str]:
    return f"{of.middle:.3f}", f"{of.low:.3f} to {of.high:.3f}"


if __name__ == "__main__":
    sys.exit(main())
