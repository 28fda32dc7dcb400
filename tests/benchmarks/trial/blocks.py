"""Runs the blocks: in each round one of every variant, in an order of its own, in one process."""

from __future__ import annotations

import os
import random
import socket
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks.trial.models import Case

BARE, AGAIN, ON = "bare", "bare again", "on"
VARIANTS = (BARE, AGAIN, ON)
Seconds = dict[str, list[tuple[float, float]]]  # of each variant: wall and CPU seconds of each round


def become_a_trial() -> int:
    """Set the contract's environment, start the session with its page, and return the page's port."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    log = Path(tempfile.mkdtemp(prefix="bench-trial-")) / "termination-log"
    os.environ |= {
        "TUNING_PARAMETERS": "{}",
        "TUNING_OBJECTIVES": '[{"metric": "loss", "goal": "Minimize"}]',
        "TUNING_METRICS_PORT": str(port),
        "TUNING_TERMINATION_LOG": str(log),
    }
    from tuning_trial import sdk

    sdk.current()
    return port


def measure(case: Case, rounds: int, port: int) -> Seconds:
    """Return what each block took. A block is one epoch; the first of each variant, untimed, sets it up."""
    import keras

    blocks = {name: _block(case, keras, port if name == ON else None) for name in VARIANTS}
    for run in blocks.values():
        run()
    seconds: Seconds = {name: [] for name in VARIANTS}
    order, shuffle = list(VARIANTS), random.Random(0).shuffle
    for _ in range(rounds):
        shuffle(order)
        for name in order:
            seconds[name].append(_timed(blocks[name]))
    return seconds


def _block(case: Case, keras: Any, port: int | None) -> Callable[[], None]:
    """With a port: as `tuning-trial run` trains, and the page is read once."""
    from tuning_trial.keras_callback import KerasCallback
    from tuning_trial.watching import StopOnNaN

    model, (x, y) = case.build(keras), case.data()
    callbacks = [] if port is None else [KerasCallback(sample=x), StopOnNaN()]

    def run() -> None:
        model.fit(x, y, batch_size=case.batch, epochs=1, verbose=0, callbacks=callbacks)
        if port is not None:
            _scrape(port)

    return run


def _scrape(port: int) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
        if b"tuning_trial_gradient_norm" not in page.read():
            raise RuntimeError("gradient health is off: there is nothing to measure")


def _timed(run: Callable[[], None]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - wall, time.process_time() - cpu
