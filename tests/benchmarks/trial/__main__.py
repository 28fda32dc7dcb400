"""`make bench-trial`: measure time and count instructions, and write both to docs/benchmarks.

A part that is not asked for stays as the page has it.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tests.benchmarks.trial import counting
from tests.benchmarks.trial.blocks import AGAIN, BARE, ON, TRACKED, Seconds, become_a_trial, measure
from tests.benchmarks.trial.counting import Counts
from tests.benchmarks.trial.figures import Ratio, ratio, verdict
from tests.benchmarks.trial.models import CASES, Case

PAGE = Path(__file__).resolve().parents[3] / "docs" / "benchmarks" / "trial.md"
PARTS = ("counted", "timed")
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
COUNTED_CASE = CASES[1]
COUNTED = "\n## Counted instructions\n"
COUNTED_HEAD = """
Neighbours change times, and not what is computed: the instructions of the same blocks of the model where the
bound of {bound} begins, counted by valgrind's callgrind. Each block is counted twice; ratios are to the
first bare one, so that A/A is the second. oneDNN is held to AVX, since valgrind lacks what is newer: a
product of matrices takes more of them by that, which makes the ratios lower than they are on a newer
processor. The trackers, which hear of epochs alone, are left out.

| model | bare, million a step | A/A | measured | added, million a step |
| --- | ---: | ---: | ---: | ---: |
"""
UNCOUNTED = "\nThe machine of this run has no valgrind: nothing was counted.\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.trial", description=__doc__)
    parser.add_argument("parts", nargs="*", default=PARTS, help=" or ".join(PARTS))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--print-only", action="store_true", help="leave docs/benchmarks alone")
    chosen = parser.parse_args()
    timed, _, counted = PAGE.read_text().partition(COUNTED) if PAGE.exists() else ("", "", "")
    if "counted" in chosen.parts:
        counted = count_all()
    if "timed" in chosen.parts:
        timed = time_all(chosen.rounds)
    text = timed + COUNTED + counted
    print(text)
    if not chosen.print_only:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(text)
    return 0


def count_all() -> str:
    """Return the section of counted instructions."""
    if not counting.is_possible():
        return UNCOUNTED
    return COUNTED_HEAD.format(bound=BOUND) + counted_row(COUNTED_CASE, counting.count(COUNTED_CASE))


def counted_row(case: Case, counts: Counts) -> str:
    """Return a model's row: of each variant its blocks over the first bare one."""
    first, again = counts[BARE]
    on = ", ".join(f"{one / first:.4f}" for one in counts[ON])
    added = ", ".join(f"{(one - first) / case.steps / 1e6:.2f}" for one in counts[ON])
    return f"| {case.name} | {first / case.steps / 1e6:.2f} | {again / first:.4f} | {on} | {added} |\n"


def time_all(rounds: int) -> str:
    """Return the page's head and the table of times."""
    os.environ |= {"OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "2"}
    port = become_a_trial()
    from tuning_trial.tensorflow_setup import import_keras

    import_keras(0)
    table = COLUMNS
    for case in CASES:
        table += "".join(rows(case, measure(case, rounds, port)))
    steps = ", ".join(str(case.steps) for case in CASES)
    return HEAD.format(steps=steps, rounds=rounds) + table


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
