"""Runs the blocks: in each round one of every variant, in an order of its own, in one process."""

from __future__ import annotations

import atexit
import os
import random
import shutil
import socket
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks.trial.models import Case

BARE, AGAIN, ON, TRACKED = "bare", "bare again", "on", "tracked"
VARIANTS = (BARE, AGAIN, ON, TRACKED)
Seconds = dict[str, list[tuple[float, float]]]  # of each variant: wall and CPU seconds of each round


def become_a_trial() -> int:
    """Set the contract's environment and the trackers', start the session, and return its page's port."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    directory = Path(tempfile.mkdtemp(prefix="bench-trial-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    os.environ |= {
        "TUNING_PARAMETERS": "{}",
        "TUNING_OBJECTIVES": '[{"metric": "loss", "goal": "Minimize"}]',
        "TUNING_METRICS_PORT": str(port),
        "TUNING_TERMINATION_LOG": str(directory / "termination-log"),
        "TENSORBOARD_LOGDIR": str(directory),
        "MLFLOW_TRACKING_URI": f"sqlite:///{directory}/mlflow.db",
        "WANDB_MODE": "offline",
        "WANDB_DIR": str(directory),
    }
    from tuning_trial import sdk

    sdk.current()
    return port


def measure(case: Case, rounds: int, port: int) -> Seconds:
    """Return what each block took. A block is one epoch; the first of each variant, untimed, sets it up."""
    import keras

    blocks = {name: block(case, keras, name, port) for name in VARIANTS}
    for run in blocks.values():
        run()
    seconds: Seconds = {name: [] for name in VARIANTS}
    order, shuffle = list(VARIANTS), random.Random(0).shuffle
    for _ in range(rounds):
        shuffle(order)
        for name in order:
            seconds[name].append(_timed(blocks[name]))
    return seconds


def block(case: Case, keras: Any, name: str, port: int) -> Callable[[], None]:
    """Return what runs a variant's block; unless bare, as `tuning-trial run` trains, the page read once."""
    from tuning_trial import sdk
    from tuning_trial.keras_callback import KerasCallback
    from tuning_trial.watching import StopOnNaN

    model, (x, y) = case.build(keras), case.data()
    is_bare = name in (BARE, AGAIN)
    callbacks = [] if is_bare else [KerasCallback(sample=x), StopOnNaN()]
    trackers = list(_trackers()) if name == TRACKED else []

    def run() -> None:
        sdk.current().listeners[:] = [one.tell for one in trackers]
        model.fit(x, y, batch_size=case.batch, epochs=1, verbose=0, callbacks=callbacks)
        if not is_bare:
            _scrape(port)
        _wait_for(trackers)

    return run


def _trackers() -> list[Any]:
    from tuning_trial.trackers import attached

    if len(attached._attached) != len(attached.KNOWN):
        raise RuntimeError("not every tracker is attached")
    return attached._attached


def _wait_for(trackers: list[Any]) -> None:
    """Until they have written what they were told: otherwise another block would pay for it."""
    for one in trackers:
        while one._queue.qsize() or one._due is not None:
            time.sleep(0.001)
        if one._is_dropped:
            raise RuntimeError(f"{one._name} was dropped: there is nothing to measure")


def _scrape(port: int) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
        if b"tuning_trial_gradient_norm" not in page.read():
            raise RuntimeError("gradient health is off: there is nothing to measure")


def _timed(run: Callable[[], None]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - wall, time.process_time() - cpu
