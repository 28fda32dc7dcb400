"""Runs the epochs of a round: one of every variant and model, in a process of its own.

The variants of a model take turns of a few batches. A new process places models elsewhere in memory, which
alone makes one faster than its twin.
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
from collections.abc import Callable, Sequence
from functools import partial
from itertools import permutations
from pathlib import Path
from typing import Any

from tests.benchmarks.trial.models import CASES, Shape
from tests.benchmarks.trial.turns import Pause, Seconds, Work, by_turns
from tests.tuning_trial.trial_process import free_port

BARE, AGAIN, ON, TRACKED = "bare", "bare again", "on", "tracked"
VARIANTS = (BARE, AGAIN, ON, TRACKED)
FEW = 10  # batches that set a variant up: its graphs, its trackers, and what is measured once in a trial
TURNS = 20  # that an epoch is cut into


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


def main(tracking: str, round_: int, result: Path) -> None:
    """Write what each case's blocks took in this round, from 0. Trackers print what they like."""
    os.environ |= {"OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "2"}
    port = become_a_trial(tracking)
    from tuning_trial.tensorflow_setup import import_keras

    keras, shuffle, order = import_keras(0), random.Random(round_).shuffle, order_of(round_)
    seconds = {
        case.name: measure(case.shape(round_), case.steps, keras, port, order, shuffle) for case in CASES
    }
    result.write_text(json.dumps(seconds))


def order_of(round_: int) -> tuple[str, ...]:
    """Return the order in which the variants are made in this round: every one there is, one after the other.

    What is made first is often 1 % faster than what is made last.
    """
    orders = list(permutations(VARIANTS))
    return orders[round_ % len(orders)]


def measure(
    shape: Shape,
    steps: int,
    keras: Any,
    port: int,
    order: Sequence[str],
    shuffle: Callable[[list[str]], None],
) -> dict[str, Seconds]:
    """Return what an epoch of each variant took; a few batches, untimed, set it up.

    Args:
        order: in which the variants are made.
        shuffle: as in `by_turns`.
    """
    blocks = {name: Block(shape, steps, keras, name, port) for name in order}
    for one in blocks.values():
        one.run(FEW)
    works: dict[str, Work] = {
        name: partial(_pause_and_run, blocks[name], keras, steps // TURNS) for name in order
    }
    return by_turns(works, shuffle)


def _pause_and_run(block: Block, keras: Any, batches: int, pause: Pause) -> None:
    """Run the block's epoch, with a pause before every so many batches.

    Keras calls what follows a batch from another thread.
    """

    class Pausing(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
        def on_train_batch_begin(self, batch: int, logs: object = None) -> None:
            if batch and batch % batches == 0:
                pause()
                block.listen()

    block.run(callbacks=[Pausing()])


class Block:
    """A variant's training of an epoch; unless bare, as `tuning-trial run` has it."""

    def __init__(self, shape: Shape, steps: int, keras: Any, name: str, port: int) -> None:
        from tuning_trial.keras_callback import KerasCallback
        from tuning_trial.watching import StopOnNaN

        x, y = shape.data(steps)
        self._model, self._data = shape.build(keras), _batches(x, y, shape.batch)
        self._is_bare = name in (BARE, AGAIN)
        self._callbacks = [] if self._is_bare else [KerasCallback(sample=x), StopOnNaN()]
        self._trackers = list(_trackers()) if name == TRACKED else []
        self._port = port

    def run(self, batches: int | None = None, callbacks: Sequence[Any] = ()) -> None:
        """Train, read the page once, and wait until the trackers have written the epoch.

        Args:
            batches: no more than these of the epoch.
            callbacks: that Keras is to call too.
        """
        self.listen()
        data = self._data if batches is None else self._data.take(batches)
        self._model.fit(data, shuffle=False, verbose=0, callbacks=[*self._callbacks, *callbacks])
        if not self._is_bare:
            _scrape(self._port)
        self._settle()

    def listen(self) -> None:
        """Have this block's trackers hear what is reported, and no other's."""
        from tuning_trial import sdk

        sdk.current().listeners[:] = [one.tell for one in self._trackers]

    def _settle(self) -> None:
        """Wait until the trackers have written the epoch: otherwise another block would pay for it."""
        for one in self._trackers:
            while one._queue.qsize() or one._due is not None:
                time.sleep(0.001)
            if one._is_dropped:
                raise RuntimeError(f"{one._name} was dropped: there is nothing to measure")


def _batches(x: Any, y: Any, size: int) -> Any:
    """Return a dataset that nothing tunes: at the end of a training TensorFlow waits for what does.

    `RootDataset::Iterator`'s destructor joins the thread of `Model::OptimizeLoop`. It wakes that thread
    before its cancellation can be seen, so that now and then it sleeps on for what is left of its period: as
    long as the training took so far, at most a minute (seen with TensorFlow 2.21).
    """
    import tensorflow

    options = tensorflow.data.Options()
    options.autotune.enabled = False
    return tensorflow.data.Dataset.from_tensor_slices((x, y)).batch(size).prefetch(2).with_options(options)


def _trackers() -> list[Any]:
    from tuning_trial.trackers import attached

    if len(attached._attached) != len(attached.KNOWN):
        raise RuntimeError("not every tracker is attached")
    return attached._attached


def _scrape(port: int) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
        if b"tuning_trial_gradient_norm" not in page.read():
            raise RuntimeError("gradient health is off: there is nothing to measure")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
