"""The largest batch that fits, found by trial.

Each attempt is a process of its own, so that running out of memory ends only that.
"""

import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuning_trial.errors import OUT_OF_MEMORY, OutOfMemory
from tuning_trial.finding.memory import Limit
from tuning_trial.finding.probing import Probe
from tuning_trial.session import say
from tuning_trial.tensorflow_setup import find_temporary_directory

BEGIN = 32  # Keras' own
STEPS = 3  # the first one makes the graph and the optimizer's state, the others reuse memory


@dataclass(frozen=True)
class Attempt:
    """What became of one batch size.

    fits: it trained.
    examples: of the batch: fewer than asked for where the data has no more.
    is_all: no larger batch would hold more examples.
    memory: the most bytes that process and device have held, by metric name.
    """

    fits: bool
    examples: int = 0
    is_all: bool = False
    memory: tuple[tuple[str, float], ...] = ()


def find_batch(words: Sequence[str]) -> tuple[int, Attempt]:
    """Return the largest power of two that trains, and its attempt.

    Args:
        words: the command line after `tuning-trial`; with `--attempt` and `--answer` it comes to `try_batch`.

    Raises:
        OutOfMemory: not even a batch of one example fits.
        SystemExit: an attempt failed for another reason, which it has told; the code is the attempt's.
    """
    limit = Limit.of_this_machine()

    def attempt(size: int) -> Attempt:
        made = _in_a_process(words, size, limit)
        say(f"batch_size={size}: {'fits, ' + told(made) if made.fits else 'out of memory'}")
        return made

    return largest(attempt)


def largest(attempt: Callable[[int], Attempt], begin: int = BEGIN) -> tuple[int, Attempt]:
    """Double the batch from `begin` on until it no longer fits, or halve it until it does. Pure.

    Args:
        attempt: tries a size.
        begin: the first one, a power of two.

    Raises:
        OutOfMemory: nothing fits.
    """
    best: tuple[int, Attempt] | None = None
    size, goes_up = begin, True
    while size >= 1:
        made = attempt(size)
        if made.fits and made.examples < size:
            if best is not None:
                return best
            size, goes_up = 2 ** int(math.log2(made.examples)), False
        elif made.fits:
            best = (size, made)
            if made.is_all or not goes_up:
                return best
            size *= 2
        elif best is not None:
            return best
        else:
            size, goes_up = size // 2, False
    raise OutOfMemory(
        "out of memory at batch_size=1; give the container more memory, or make the model smaller"
    )


def told(attempt: Attempt) -> str:
    """Return the memory, as in "peak_memory_bytes 512000000"."""
    return ", ".join(f"{name} {value:.0f}" for name, value in attempt.memory)


def try_batch(probe: Probe, size: int, answer: Path) -> None:
    """Train a few steps with this batch in this process, and write down what it took."""

    def train(fit: Any, arguments: dict[str, Any]) -> dict[str, Any]:
        from tuning_trial.measures.epoch import memory
        from tuning_trial.tactics.pipeline import batch_of, count_updates

        length = count_updates({**arguments, "epochs": 1}, 1)
        batches = length.total if length else STEPS
        steps = min(STEPS, batches)
        few = {"steps_per_epoch": steps, "epochs": math.ceil(STEPS / steps), "initial_epoch": 0}
        alone = {"validation_data": None, "validation_split": 0.0, "callbacks": None, "verbose": 0}
        fit(**arguments | few | alone)
        is_all = length is not None and length.total == 1
        return {"examples": batch_of(arguments), "is_all": is_all, "memory": list(memory().items())}

    answer.write_text(json.dumps(probe(train, size)), encoding="utf-8")


def _in_a_process(words: Sequence[str], size: int, limit: Limit) -> Attempt:
    find_temporary_directory()
    with tempfile.TemporaryDirectory() as place:
        answer = Path(place) / "answer.json"
        command = [sys.executable, "-m", "tuning_trial.cli", *words]
        command += ["--attempt", str(size), "--answer", str(answer)]
        with (Path(place) / "log").open("w+b") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            was_stopped = limit.watch(process)
            log.seek(0)
            said = log.read().decode(errors="replace")
        if process.returncode == 0:
            found = json.loads(answer.read_text(encoding="utf-8"))
            return Attempt(True, found["examples"], found["is_all"], tuple(map(tuple, found["memory"])))
    if was_stopped or _ran_out(process.returncode, said):
        return Attempt(False)
    sys.stderr.write(said)
    raise SystemExit(process.returncode if process.returncode > 0 else 1)


def _ran_out(code: int, said: str) -> bool:
    """Say whether memory was what it ended for: by our exit code, the kernel's signal or C++'s abort."""
    return code in (OUT_OF_MEMORY, -9) or (code < 0 and "bad_alloc" in said)
