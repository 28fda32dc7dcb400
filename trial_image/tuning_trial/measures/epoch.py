"""What each epoch measures: the learning rate as it is, the pace, memory, and the model's own figures."""

import contextlib
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import tensorflow

from tuning_trial.measures import model as figures
from tuning_trial.measures.pace import Pace


class EpochMeasures:
    """Measures one training; its methods are called as Keras' callbacks are."""

    def __init__(self) -> None:
        self.trained = 0.0  # seconds of all epochs' steps
        self._pace: Pace | None = None
        self._own: dict[str, float] | None = None  # the model's own figures, measured once

    def epoch_begins(self) -> None:
        """Start the clock."""
        self._pace = Pace(time.perf_counter())

    def batch_ends(self, batch: int) -> None:
        """Count a batch."""
        if self._pace is not None:
            self._pace.batch(batch, time.perf_counter())

    def training_ends(self, model: Any) -> None:
        """Stop the clock: the validation begins, or the epoch is over without one."""
        if self._pace is not None:
            self._pace.end(time.perf_counter(), _examples(model))

    def so_far(self, model: Any) -> dict[str, float]:
        """Return what there is to report in the midst of an epoch."""
        pace: dict[str, float] = {}
        if self._pace is not None:
            pace = replace(self._pace, ended=time.perf_counter(), examples=_examples(model)).metrics()
        return _attempt(lambda: learning_rate(model)) | pace | memory()

    def metrics(self, model: Any) -> dict[str, float]:
        """Return what there is to report of an epoch that is over.

        A custom loop that calls no callback at its batches has no pace.
        """
        self.training_ends(model)
        pace = self._pace.metrics() if self._pace else {}
        self.trained += self._pace.seconds if self._pace else 0.0
        self._pace = None
        if self._own is None:
            self._own = _attempt(lambda: figures.size(model)) | _attempt(lambda: figures.work(model))
        return _attempt(lambda: learning_rate(model)) | pace | memory() | self._own


def learning_rate(model: Any) -> dict[str, float]:
    """Return the optimizer's learning rate, a schedule's at the current update."""
    rate = model.optimizer.learning_rate
    return {"learning_rate": float(rate.numpy() if hasattr(rate, "numpy") else rate)}  # mirrored: no number


def memory() -> dict[str, float]:
    """Return the most bytes that the process has held so far, and the fullest GPU where there is one."""
    unit = 1 if sys.platform == "darwin" else 1024
    peak = {"peak_memory_bytes": float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)}
    return peak | _attempt(_device_memory)


def _device_memory() -> dict[str, float]:
    gpus = tensorflow.config.list_logical_devices("GPU")
    peaks = [tensorflow.config.experimental.get_memory_info(gpu.name.split("device:")[-1]) for gpu in gpus]
    return {"peak_device_memory_bytes": float(max(p["peak"] for p in peaks))} if peaks else {}


def _examples(model: Any) -> float | None:
    """The examples of the epoch so far, as the weights of Keras' mean loss count them; None: not known."""
    with contextlib.suppress(Exception):  # a private part of Keras', which a train_step of one's own leaves
        return float(model._loss_tracker.count)
    return None


def _attempt(measure: Callable[[], dict[str, float]]) -> dict[str, float]:
    """Measure, or leave it out: models and optimizers of all kinds come by, and none may fail of this."""
    with contextlib.suppress(Exception):
        return measure()
    return {}
