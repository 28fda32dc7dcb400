"""One trial's life: what was reported, the page, the signal, and the termination message."""

import contextlib
import operator
import os
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, SupportsIndex

from tuning_trial.contract import Contract
from tuning_trial.curves import Curves
from tuning_trial.gradients.health import Health
from tuning_trial.message import error_message, metrics_message, write_message
from tuning_trial.record import (
    LONGEST_NAME,
    MOST_NAMES,
    Observation,
    Record,
    final_metrics,
    observe,
    with_room,
)


class Session:
    """Keeps the record of one trial and writes its message. Knows nothing of signals, exits and Keras."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.record = Record()
        self.curves = Curves()
        self.listeners: list[Callable[[Observation], None]] = []  # told of every report; they must not wait
        self.batch: Observation | None = None  # of the running epoch: batches and metrics so far
        self.health = Health()
        self.advice: tuple[str, ...] = ()  # what the trial's result says beside its metrics
        self.warnings: tuple[str, ...] = ()  # what that is to begin with, whatever will be measured
        self.interrupted = False  # a SIGTERM has come
        self.has_asked = False  # the program asks should_stop(), so it can be trusted to stop by itself
        self.has_own_checkpoints = False  # the program saves and loads them by itself
        self.has_checkpoint = False  # there is one of it in the artifact directory
        self.is_keeping = False  # what was trained is being written, which no further signal may cut short
        self.rescue: Callable[[], None] = lambda: None  # keeps what there is of a program that is being ended
        self._has_warned = False  # that there is no room for a metric
        self._error: str | None = None
        self._finished = False
        self._process = os.getpid()
        self._lock = threading.RLock()

    def report(self, step: SupportsIndex | None, metrics: dict[str, Any]) -> None:
        """Add one observation; without a step, the one after the last.

        Trackers hear of all metrics, the trial itself has those that there is room for (`record.with_room`).

        Raises:
            TypeError: a metric's value is no number, or the step is no whole number.
        """
        values = {_utf8(name): _number(name, value) for name, value in metrics.items()}
        with self._lock:
            told = Observation(self._step(step), values)
            new = replace(told, metrics=self._with_room(values))
            given = self.contract
            self.record = observe(self.record, new, given.objectives, given.rungs, given.constrained)
            self.curves.add(new)
            self._finished = False
        for tell in self.listeners:
            tell(told)

    def resume(self, record: Record, curves: Curves) -> None:
        """Take over what an earlier process of this trial had reported: no step is reported twice."""
        with self._lock:
            self.record, self.curves = record, curves

    @property
    def has_failed(self) -> bool:
        """Say whether an error is the last word of this trial."""
        return self._error is not None

    @property
    def is_complete(self) -> bool:
        """Say whether the result has been handed in, whole."""
        return self._finished and self._error is None

    def forgive_gpus(self) -> None:
        """Let the trial run without the GPUs that the manifest asks for."""
        self.contract = replace(self.contract, gpus=0)

    def warn(self, sentence: str) -> None:
        """Say in the log, once, what the trial's advice is to begin with: what could be better and how."""
        if sentence not in self.warnings:
            self.warnings = (*self.warnings, sentence)
            say(sentence)

    def interrupt(self) -> None:
        """Note the SIGTERM and write what there is at once, for the grace period may be too short for more.

        A result that is complete stays complete: after `finish()`, with no report since, nothing is changed,
        and the program exits with its own code, 0 as a rule, and not with 143.
        """
        if not self._finished and self._error is None:
            self.interrupted = True
            self._write(self._message())

    def fail(self, text: str) -> None:
        """Write an error as the termination message; it is the last word of this trial."""
        self._error = text
        self._write(error_message(text))

    def finish(self) -> None:
        """Write the termination message; a program that reported nothing keeps the file for its own."""
        nothing_to_say = self.record.last is None and not self.interrupted
        if self._error is None and not nothing_to_say:
            self._finished = not self.interrupted
            self._write(self._message())

    def is_ours(self) -> bool:
        """Say whether this is the trial's own process and not one that it forked."""
        return os.getpid() == self._process

    def _step(self, step: SupportsIndex | None) -> int:
        if step is None:
            return self.record.last.step + 1 if self.record.last else 1
        try:
            return operator.index(step)
        except TypeError:
            raise TypeError(f"report(step={step!r}): a step is a whole number, such as the epoch") from None

    def _with_room(self, values: Mapping[str, float]) -> dict[str, float]:
        judged = [*(objective.metric for objective in self.contract.objectives), *self.contract.constrained]
        fitting = with_room(self.record, values, judged)
        refused = [name for name in values if name not in fitting]
        if refused and not self._has_warned:
            self._has_warned = True
            say(
                f"the metric {refused[0][:LONGEST_NAME]!r} is left out, as will be others: beside what the "
                f"manifest asks for, a trial has at most {MOST_NAMES} metrics of its own, of at most "
                f"{LONGEST_NAME} characters; report the same few names each time, and let `step` grow"
            )
        return fitting

    def _message(self) -> bytes:
        metrics = final_metrics(self.record, self.contract.objectives, self.contract.constrained)
        step = self.record.kept.step if self.record.kept else None
        return metrics_message(metrics, step, self.interrupted, self.advice)

    def _write(self, message: bytes) -> None:
        path = self.contract.termination_log
        if path is None or not self.contract.in_trial or not self.is_ours():
            return
        try:
            write_message(path, message)
        except OSError as error:
            say(f"the termination message cannot be written ({error}): the last scrape has to do")


def say(text: str) -> None:
    """Print one line for the person who reads the trial's log; a log that is full or closed ends no trial."""
    with contextlib.suppress(OSError, ValueError):
        print(f"tuning-trial: {text}", file=sys.stderr, flush=True)


def _utf8(name: str) -> str:
    """Return the name as page and message can tell it: half of a surrogate pair is no character."""
    return name.encode(errors="replace").decode()


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except Exception as error:  # float() runs foreign code: tensors and arrays raise whatever they like
        kind = type(value).__name__
        raise TypeError(f"metric {name!r} is of type {kind}, which float() refuses: {error}") from error
