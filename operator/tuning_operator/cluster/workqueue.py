"""The work queue: each key once, one worker per key at a time, and patience with what fails.

`Schedule` is the decision, with the time handed in; `WorkQueue` runs it on the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

Key = TypeVar("Key")

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 120.0


class Later(Exception):
    """Look again after a growing pause, but after so many seconds at the latest."""

    def __init__(self, message: str, within: float | None = None) -> None:
        super().__init__(message)
        self.within = within


class Schedule(Generic[Key]):
    """When each key is due. Times are seconds on any monotonic clock.

    jitter: a number in [0, 1), drawn for each pause, so that keys that failed together part ways.
    """

    def __init__(self, jitter: Callable[[], float] = random.random) -> None:
        self._jitter = jitter
        self._due: dict[Key, float] = {}
        self._running: set[Key] = set()
        self._failures: dict[Key, int] = {}
        self._not_before: dict[Key, float] = {}
        self._news: dict[Key, int] = {}  # only of keys that are being worked on

    def waiting(self, now: float) -> int:
        """How many keys are due; one that has asked for a later look does not wait."""
        return sum(at <= now for at in self._due.values())

    def add(self, key: Key, at: float) -> None:
        """Look at the key at this time, or sooner if that was asked already.

        A key that has just failed waits out its first pause, whatever events say: its own writes
        make events too, and would otherwise drive it round in a hot loop.
        """
        if key in self._running:
            self._news[key] = self._news.get(key, 0) + 1
        at = max(at, self._not_before.get(key, at))
        self._due[key] = min(at, self._due.get(key, at))

    def take(self, now: float) -> Key | None:
        """The key that has been due longest and that nobody works on; it is now being worked on."""
        due = [(at, i, key) for i, (key, at) in enumerate(self._due.items()) if at <= now]
        free = [entry for entry in due if entry[2] not in self._running]
        if not free:
            return None
        key = min(free, key=lambda entry: entry[:2])[2]
        del self._due[key]
        self._running.add(key)
        return key

    def succeeded(self, key: Key) -> None:
        """The work on the key has ended well: it is free, and its failures are forgotten."""
        self._let_go(key)
        self._failures.pop(key, None)
        self._not_before.pop(key, None)

    def failed(self, key: Key, now: float, at_least: float = 0.0) -> float:
        """The work on the key has failed: look again after a pause, which is returned (seconds)."""
        self._let_go(key)
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        doubled = FIRST_PAUSE * float(1 << min(failures - 1, 20))
        pause = min(doubled, LONGEST_PAUSE) * (0.75 + 0.5 * self._jitter())
        pause = max(pause, at_least)
        self._not_before[key] = now + max(min(pause, 4 * FIRST_PAUSE), at_least)
        self.add(key, now + pause)
        return pause

    def news(self, key: Key) -> int:
        """How often something has happened to this key since it was taken."""
        return self._news.get(key, 0)

    def next_due(self) -> float | None:
        """When the next key that nobody works on is due."""
        return min((at for key, at in self._due.items() if key not in self._running), default=None)

    def _let_go(self, key: Key) -> None:
        self._running.discard(key)
        self._news.pop(key, None)


def standstill(now: float, due: float | None, ended: float, busy: Iterable[float]) -> float:
    """Seconds for which a key that is due was not taken, or the slowest worker has been at one.

    due: of the free key that waits longest. ended: when the last work did, for a long queue that moves
    does not stand still. busy: when each worker began.
    """
    late = 0.0 if due is None else now - max(due, ended)
    return max([late, *(now - since for since in busy)])


class WorkQueue(Generic[Key]):
    """Takes due keys and hands each to `work`, several at once.

    work: returns the seconds until the key wants to be looked at again, or None; raises to be retried.
    explain: tells what to make of an error: the pause it asks for, in seconds.
    """

    def __init__(
        self, work: Callable[[Key], Awaitable[float | None]], explain: Callable[[Key, Exception], float]
    ) -> None:
        self._work = work
        self._explain = explain
        self._schedule: Schedule[Key] = Schedule()
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy_since: dict[Key, float] = {}
        self._ended = self._loop.time()  # the last visit

    def __len__(self) -> int:
        return self._schedule.waiting(self._loop.time())

    def add(self, key: Key, after: float = 0.0) -> None:
        """Look at this key, now or after so many seconds. Only on the event loop's own thread."""
        self._schedule.add(key, self._loop.time() + after)
        self._changed.set()

    def news(self, key: Key) -> int:
        """How often something has happened to the key since its worker began."""
        return self._schedule.news(key)

    def overdue(self) -> float:
        """See `standstill`."""
        due, busy = self._schedule.next_due(), self._busy_since.values()
        return standstill(self._loop.time(), due, self._ended, busy)

    async def run(self, at_once: int) -> None:
        """Work until cancelled; what is being worked on then goes on until `drain`."""
        while True:
            self._changed.clear()
            while len(self._tasks) < at_once and (key := self._schedule.take(self._loop.time())) is not None:
                self._start(key)
            due = self._schedule.next_due() if len(self._tasks) < at_once else None
            pause = None if due is None else max(due - self._loop.time(), 0.0)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._changed.wait(), pause)

    async def drain(self, patience: float) -> None:
        """Let what is being worked on come to its end, for so many seconds at most."""
        if self._tasks:
            _, unfinished = await asyncio.wait(self._tasks, timeout=patience)
            for task in unfinished:
                task.cancel()

    def _start(self, key: Key) -> None:
        self._busy_since[key] = self._loop.time()
        task = self._loop.create_task(self._handle(key))
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._changed.set()

    async def _handle(self, key: Key) -> None:
        try:
            again = await self._work(key)
        except Exception as error:  # whatever it is: the other jobs go on, and this one is tried again
            now = self._loop.time()
            self._schedule.failed(key, now, self._explain(key, error))
            if isinstance(error, Later) and error.within is not None:
                self._schedule.add(key, now + error.within)
        else:
            self._schedule.succeeded(key)
            if again is not None:
                self._schedule.add(key, self._loop.time() + max(again, 0.0))
        finally:
            del self._busy_since[key]
            self._ended = self._loop.time()
