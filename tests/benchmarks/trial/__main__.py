"""`make bench-trial`: measure in one run, print the table and write it to docs/benchmarks."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tests.benchmarks.trial.blocks import AGAIN, BARE, ON, TRACKED, Seconds, become_a_trial, measure
from tests.benchmarks.trial.figures import Ratio, ratio, verdict
from tests.benchmarks.trial.models import CASES, Case

DOCS = Path(__file__).resolve().parents[3] / "docs" / "benchmarks"
ROUNDS = 20
BOUND, TRACKED_BOUND = 1.02, 1.05
HEAD = """\
# A trial's step beside bare Keras

Written by `make bench-trial`: time per training step with the reporter, gradient health and the
Prometheus page on (`KerasCallback` as `tuning-trial run` uses it; the page is read once a block) against
bare `model.fit`. A block is one epoch of {steps} steps, so the work at an epoch's end weighs more
here than in longer ones; what is measured once in a trial (FLOPs, latency, the making of graphs) is left
out. Each of the {rounds} rounds has one block of every kind in a random order; ratios are of the blocks
of one round, medians over rounds with 95 % intervals by bootstrap. A/A is bare beside bare: where its
interval is wider than the bound, the run is inconclusive. "And tracked": TensorBoard, MLflow (SQLite) and
Weights & Biases (offline) besides, each block waiting until they have written, which a trial does not. CPU
time is the process's own and suffers less from neighbours. One thread an operation.

"""
COLUMNS = (
    f"| model | bare, ms a step | A/A | measured | ≤ {BOUND} "
    f"| and tracked | ≤ {TRACKED_BOUND} | layers, batch |\n"
    "| --- | ---: | ---: | ---: | --- | ---: | --- | ---: |\n"
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.trial", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--print-only", action="store_true", help="leave docs/benchmarks alone")
    chosen = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "2"}
    port = become_a_trial()
    from tuning_trial.tensorflow_setup import import_keras

    import_keras(0)
    table = COLUMNS
    for case in CASES:
        table += "".join(rows(case, measure(case, chosen.rounds, port)))
    steps = ", ".join(str(case.steps) for case in CASES)
    text = HEAD.format(steps=steps, rounds=chosen.rounds) + table
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
        again, on, tracked = (ratio(of[name], of[BARE]) for name in (AGAIN, ON, TRACKED))
        cells = [f"{case.name}, {clock}", f"{bare:.2f}", shown(again)]
        cells += [
            shown(on),
            verdict(on, again, BOUND),
            shown(tracked),
            verdict(tracked, again, TRACKED_BOUND),
        ]
        made.append(f"| {' | '.join([*cells, f'{case.layers} × {case.width}, {case.batch}'])} |\n")
    return made


def shown(of: Ratio) -> str:
    return f"{of.middle:.3f} ({of.low:.3f} to {of.high:.3f})"


if __name__ == "__main__":
    sys.exit(main())
