"""Runs the blocks of a round: one of every variant and model, in a random order, in a process of its own.

A new process places models elsewhere in memory, which alone makes one faster than its twin.
"""

from __future__ import annotations

import atexit
import json
import os
import random
import shutil
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks.trial.models import CASES, Case
from tests.tuning_trial.trial_process import free_port

BARE, AGAIN, ON, TRACKED = "bare", "bare again", "on", "tracked"
VARIANTS = (BARE, AGAIN, ON, TRACKED)
EPOCHS = 3  # of a block: what trackers write of one epoch, they write during the next
FEW = 10  # batches that set a variant up: its graphs, its trackers, and what is measured once in a trial
Seconds = dict[str, tuple[float, float]]  # of each variant's block: wall and CPU seconds


def become_a_trial(tracking: str) -> int:
    """Set the contract's environment and the trackers', start the session, and return its page's port.

    Args:
        tracking: where MLflow writes to.
    """
    port = free_port()
    directory = Path(tempfile.mkdtemp(prefix="bench-trial-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    os.environ |= {
        "TUNING_PARAMETERS": "{}",
        "TUNING_OBJECTIVES": '[{"metric": "loss", "goal": "Minimize"}]',
        "TUNING_METRICS_PORT": str(port),
        "TUNING_TERMINATION_LOG": str(directory / "termination-log"),
        "TENSORBOARD_LOGDIR": str(directory),
        "MLFLOW_TRACKING_URI": tracking,
        "WANDB_MODE": "offline",
        "WANDB_DIR": str(directory),
    }
    from tuning_trial import sdk

    sdk.current()
    return port


def main(tracking: str, seed: int, result: Path) -> None:
    """Write what each model's blocks took: one round. Trackers print what they like."""
    os.environ |= {"OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "2"}
    port = become_a_trial(tracking)
    from tuning_trial.tensorflow_setup import import_keras

    keras, shuffle = import_keras(0), random.Random(seed).shuffle
    result.write_text(json.dumps({case.name: measure(case, keras, port, shuffle) for case in CASES}))


def measure(case: Case, keras: Any, port: int, shuffle: Callable[[list[str]], None]) -> Seconds:
    """Return what one block of each variant took; a few batches, untimed, set it up."""
    order = list(VARIANTS)
    shuffle(order)
    blocks = {name: Block(case, keras, name, port) for name in order}
    for one in blocks.values():
        one.run(FEW)
        one.settle()
    shuffle(order)
    return {name: _timed(blocks[name]) for name in order}


class Block:
    """A variant's training of a few epochs; unless bare, as `tuning-trial run` has it."""

    def __init__(self, case: Case, keras: Any, name: str, port: int) -> None:
        from tuning_trial.keras_callback import KerasCallback
        from tuning_trial.watching import StopOnNaN

        self._case, self._model, (self._x, self._y) = case, case.build(keras), case.data()
        self._is_bare = name in (BARE, AGAIN)
        self._callbacks = [] if self._is_bare else [KerasCallback(sample=self._x), StopOnNaN()]
        self._trackers = list(_trackers()) if name == TRACKED else []
        self._port = port

    def run(self, batches: int | None = None) -> None:
        """Train, and read the page once. batches: no more than these of one epoch."""
        from tuning_trial import sdk

        sdk.current().listeners[:] = [one.tell for one in self._trackers]
        size, epochs = self._case.batch, EPOCHS if batches is None else 1
        x, y = (part[: batches and batches * size] for part in (self._x, self._y))
        self._model.fit(x, y, batch_size=size, epochs=epochs, verbose=0, callbacks=self._callbacks)
        if not self._is_bare:
            _scrape(self._port)

    def settle(self) -> None:
        """Wait until the trackers have written the last epoch: otherwise another block would pay for it."""
        for one in self._trackers:
            while one._queue.qsize() or one._due is not None:
                time.sleep(0.001)
            if one._is_dropped:
                raise RuntimeError(f"{one._name} was dropped: there is nothing to measure")


def _trackers() -> list[Any]:
    from tuning_trial.trackers import attached

    if len(attached._attached) != len(attached.KNOWN):
        raise RuntimeError("not every tracker is attached")
    return attached._attached


def _scrape(port: int) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
        if b"tuning_trial_gradient_norm" not in page.read():
            raise RuntimeError("gradient health is off: there is nothing to measure")


def _timed(block: Block) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    block.run()
    wall = time.perf_counter() - wall
    block.settle()
    return wall, time.process_time() - cpu


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
