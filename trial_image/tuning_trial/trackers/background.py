"""A thread between a trial and one tracker: the trial goes on whatever the tracker does."""

import queue
import threading
import time
from collections.abc import Callable

from tuning_trial.errors import last_line
from tuning_trial.record import Observation
from tuning_trial.session import say
from tuning_trial.trackers.tracker import Outcome, Tracker

WAITING = 10_000  # reports that wait for a tracker; with more, it is dropped
START_PATIENCE = 60.0  # seconds for import and start
PATIENCE = 15.0  # seconds for one call after that


class Background:
    """Runs a tracker; its thread begins with the first report, when the program's own imports are done.

    Args:
        name: of the tracker, for the log.
        start: imports and connects it.
    """

    def __init__(self, name: str, start: Callable[[], Tracker]) -> None:
        self._name = name
        self._start = start
        self._queue: queue.Queue[Observation | Outcome] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._run, daemon=True, name=name)
        self._is_dropped = False
        self._due: float | None = None  # when the call that is under way has taken too long

    def tell(self, observation: Observation) -> None:
        """Hand on a report; it returns at once."""
        if self._is_dropped:
            return
        if self._thread.ident is None:
            self._thread.start()
        if self._due is not None and time.monotonic() > self._due:
            self._drop("it does not answer")
            return
        self._put(observation)

    def end(self, outcome: Outcome) -> None:
        """Have it finish; `wait` gives it the time."""
        if not self._is_dropped and self._thread.ident is not None:
            self._put(outcome)

    def wait(self, seconds: float) -> bool:
        """Wait until it has finished, and say whether it has; after that many seconds it is left alone."""
        if not self._is_dropped and self._thread.ident is not None:
            self._thread.join(max(0.0, seconds))
            if self._thread.is_alive():
                self._drop("it does not come to an end")
        return not self._thread.is_alive()

    def _put(self, one: Observation | Outcome) -> None:
        try:
            self._queue.put_nowait(one)
        except queue.Full:
            self._drop("it is too slow")

    def _run(self) -> None:
        try:
            self._due = time.monotonic() + START_PATIENCE
            tracker = self._start()
            while not self._is_dropped:
                self._due = None
                waiting = self._taken()
                self._due = time.monotonic() + PATIENCE
                if told := [one for one in waiting if isinstance(one, Observation)]:
                    tracker.tell(told)
                for one in waiting:
                    if not isinstance(one, Observation):
                        tracker.end(one)
                        return
        except Exception as error:  # libraries of others raise whatever they like
            self._drop(last_line(error, 600))

    def _taken(self) -> list[Observation | Outcome]:
        """Everything that waits, at least one: a slow server gets many reports at once."""
        waiting = [self._queue.get()]
        while len(waiting) < WAITING:
            try:
                waiting.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return waiting

    def _drop(self, why: str) -> None:
        if not self._is_dropped:
            self._is_dropped = True
            say(f"{self._name} is dropped, and the trial goes on without it: {why}")
