"""`make bench-trial`: measure time and count instructions, and write both to docs/benchmarks.

A part that is not asked for stays as the page has it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tests.benchmarks.trial import counting
from tests.benchmarks.trial.blocks import AGAIN, BARE, ON, TRACKED, TURNS, VARIANTS
from tests.benchmarks.trial.counting import Counts
from tests.benchmarks.trial.figures import Ratio, ratio, verdict
from tests.benchmarks.trial.models import CASES, Case
from tests.benchmarks.trial.turns import Seconds
from tests.tuning_trial.trackers.mlflow_server import mlflow_server

PAGE = Path(__file__).resolve().parents[3] / "docs" / "benchmarks" / "trial.md"
PARTS = ("counted", "timed")
ROUNDS = 24  # each network has as many as the others of its size, and each order of variants one
BOUND, TRACKED_BOUND = 1.02, 1.05
HEAD = """\
# A trial's step beside bare Keras

Written by `make bench-trial`: time per training step with the reporter, gradient health and the
Prometheus page on (`KerasCallback` and `StopOnNaN` of `tuning-trial run`, without its `Progress`,
`ObjectivesCheck` and `Checkpointing`, which act at an epoch's end; the page is read once an epoch) against
bare `model.fit`. An epoch has {steps} steps, so the work at its end weighs more here than in longer ones;
what is measured once in a trial (FLOPs, latency, the making of the graph) is left out. Each of the {rounds}
rounds is a process of its own, for where a model lies in memory makes it faster or slower than its twin. It
takes the next network of each size, for another order of the same operations does as much (Mytkowicz et al.
2009, "Producing wrong data without doing anything obviously wrong!"), and has one epoch of every kind: these
are made in another order each time, and go on by turns of a {turns}th of an epoch, in a random order, so that
what neighbours do meets all of them.
A/A is bare beside bare; the others are beside the mean of these two. Ratios are of the epochs of one round,
medians over rounds with 95 % intervals by bootstrap; where that of A/A is wider than the bound, the run is
inconclusive. A ratio may be below 1: the update of the weights waits for the look at their gradients, and in
that order TensorFlow is faster with most of these networks, and slower with some. "And tracked": TensorBoard,
MLflow (a server on the same machine) and Weights & Biases (offline) besides. In a trial they write in threads
while the training goes on; here an epoch has ended when they have written all of it, so the row is the most
that they can cost. CPU time is the process's own and suffers less from neighbours. One thread an operation.

"""
COLUMNS = (
    f"| model | bare, ms a step | A/A | measured | ≤ {BOUND} "
    f"| and tracked | ≤ {TRACKED_BOUND} |\n"
    "| --- | ---: | ---: | ---: | --- | ---: | --- |\n"
)
SHAPES_HEAD = """
By network, the medians of its rounds, by the wall; of so few they tell little:

| model | layers, batch | rounds | bare, ms a step | A/A | measured | and tracked |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
"""
COUNTED_CASE = CASES[1]
COUNTED = "\n## Counted instructions\n"
COUNTED_HEAD = """
Neighbours change times, and not what is computed: the instructions of an epoch of {steps} steps of the model
where the bound of {bound} begins, counted by valgrind's callgrind. Each is counted twice; ratios are to the
first bare one, so that A/A is the second. oneDNN is held to AVX, since valgrind lacks what is newer: a
product of matrices takes more of them by that, which makes the ratios lower than they are on a newer
processor. The trackers hear of epochs alone: what they add is the same however many steps an epoch has. Much
of it is done while the training goes on, in threads of their own, and is counted all the same. Dead units are
looked for at the end of an epoch, as long as that takes a 500th of the time: such an epoch takes more
instructions than one without. What trackers add is beside the epoch of the same number that has none.

| model | bare, million a step | A/A | measured | added, million a step | and tracked | million an epoch |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
"""
UNCOUNTED = "\nThe machine of this run has no valgrind: nothing was counted.\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.trial", description=__doc__)
    parser.add_argument("parts", nargs="*", default=PARTS, help=" or ".join(PARTS))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--kept", type=Path, help="go on after the rounds in this file, and keep more there")
    parser.add_argument("--print-only", action="store_true", help="leave docs/benchmarks alone")
    chosen = parser.parse_args()
    timed, _, counted = PAGE.read_text().partition(COUNTED) if PAGE.exists() else ("", "", "")
    if "counted" in chosen.parts:
        counted = count_all()
    if "timed" in chosen.parts:
        timed = time_all(chosen.rounds, chosen.kept)
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
    with tracking() as address:
        counts = counting.count(COUNTED_CASE, address)
    return COUNTED_HEAD.format(bound=BOUND, steps=counting.STEPS) + counted_row(COUNTED_CASE, counts)


def counted_row(case: Case, counts: Counts) -> str:
    """Return a model's row: of each variant its epochs over the first bare one."""
    (first, again), on, tracked = counts[BARE], counts[ON], counts[TRACKED]
    cells = [case.name, f"{first / counting.STEPS / 1e6:.2f}", f"{again / first:.4f}"]
    cells.append(", ".join(f"{one / first:.4f}" for one in on))
    cells.append(", ".join(f"{(one - first) / counting.STEPS / 1e6:.2f}" for one in on))
    cells.append(", ".join(f"{one / first:.4f}" for one in tracked))
    cells.append(", ".join(f"{(one - without) / 1e6:.0f}" for without, one in zip(on, tracked, strict=True)))
    return f"| {' | '.join(cells)} |\n"


def time_all(rounds: int, kept: Path | None) -> str:
    """Return the page's head and the tables of times. Rounds that are kept must be of the same code."""
    found = [json.loads(line) for line in kept.read_text().splitlines()] if kept and kept.exists() else []
    with tracking() as address:
        for round_ in range(len(found), rounds):
            found.append(one_round(address, round_))
            if kept:
                kept.write_text("".join(f"{json.dumps(one)}\n" for one in found))
    steps = ", ".join(str(case.steps) for case in CASES)
    head = HEAD.format(steps=steps, turns=TURNS, rounds=len(found))
    of = {case: [one[case.name] for one in found] for case in CASES}
    sizes = "".join(row for case in CASES for row in rows(case, of[case]))
    networks = "".join(row for case in CASES for row in shape_rows(case, of[case]))
    return head + COLUMNS + sizes + SHAPES_HEAD + networks


def one_round(address: str, round_: int) -> dict[str, dict[str, Seconds]]:
    """Return what each model's epochs took in a process of its own."""
    with tempfile.NamedTemporaryFile() as result:
        command = [sys.executable, "-m", "tests.benchmarks.trial.blocks", address, str(round_), result.name]
        subprocess.run(command, check=True)
        seconds: dict[str, dict[str, Seconds]] = json.load(result)
    print(f"round {round_ + 1}: {seconds}", file=sys.stderr, flush=True)
    return seconds


@contextmanager
def tracking() -> Iterator[str]:
    """Run a server for MLflow; yield its address."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-trial-") as directory,
        mlflow_server(Path(directory)) as address,
    ):
        yield address


def rows(case: Case, rounds: Sequence[Mapping[str, Seconds]]) -> list[str]:
    """One for the time that passed, one for the CPU's."""
    made = []
    for i, clock in enumerate(("wall", "CPU")):
        bare, again, on, tracked = compared(rounds, i)
        cells = [f"{case.name}, {clock}", milliseconds(bare, case), shown(again)]
        for found, bound in ((on, BOUND), (tracked, TRACKED_BOUND)):
            cells += [shown(found), verdict(found, again, bound)]
        made.append(f"| {' | '.join(cells)} |\n")
    return made


def shape_rows(case: Case, rounds: Sequence[Mapping[str, Seconds]]) -> list[str]:
    """One for each network that has had a round, by the wall."""
    made = []
    for i, shape in enumerate(case.shapes[: len(rounds)]):
        its = rounds[i :: len(case.shapes)]
        bare, *ratios = compared(its, 0)
        cells = [case.name, str(shape), str(len(its)), milliseconds(bare, case)]
        made.append(f"| {' | '.join([*cells, *(f'{of.middle:.3f}' for of in ratios)])} |\n")
    return made


def compared(rounds: Sequence[Mapping[str, Seconds]], clock: int) -> tuple[float, Ratio, Ratio, Ratio]:
    """Return a bare epoch's median seconds, and the ratios of A/A, of measured and of tracked ones."""
    of = {name: [seconds[name][clock] for seconds in rounds] for name in VARIANTS}
    bare = [(one + other) / 2 for one, other in zip(of[BARE], of[AGAIN], strict=True)]
    return median(bare), ratio(of[AGAIN], of[BARE]), ratio(of[ON], bare), ratio(of[TRACKED], bare)


def milliseconds(epoch: float, case: Case) -> str:
    return f"{epoch / case.steps * 1000:.2f}"


def shown(of: Ratio) -> str:
    return f"{of.middle:.3f} ({of.low:.3f} to {of.high:.3f})"


if __name__ == "__main__":
    sys.exit(main())
