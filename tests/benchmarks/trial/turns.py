"""Lets several works go on by turns, so that a machine that grows slower meets them all alike."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

Pause = Callable[[], None]
Work = Callable[[Pause], None]  # calls what it is given now and then, and waits there until its turn comes
Seconds = tuple[float, float]  # wall, and CPU of the whole process


def clock() -> Seconds:
    """Return what both clocks show."""
    return time.perf_counter(), time.process_time()


def by_turns(
    works: Mapping[str, Work], shuffle: Callable[[list[str]], None], clock: Callable[[], Seconds] = clock
) -> dict[str, Seconds]:
    """Return what each work's turns took together.

    One at a time runs, in a thread of its own; in each round every one that has not ended has a turn.

    Args:
        works: by name.
        shuffle: puts the names of a round into the order of their turns, in place.
        clock: shows the time, wall and CPU.

    Raises:
        RuntimeError: a work has failed, which is its cause.
    """
    threads = {name: _Thread(work) for name, work in works.items()}
    for thread in threads.values():
        thread.start()
    while going := [name for name, thread in threads.items() if not thread.is_over]:
        shuffle(going)
        for name in going:
            threads[name].turn(clock)
    for name, thread in threads.items():
        if thread.error is not None:
            raise RuntimeError(f"{name} has failed") from thread.error
    return {name: (thread.wall, thread.cpu) for name, thread in threads.items()}


class _Thread(threading.Thread):
    def __init__(self, work: Work) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._begin, self._end = threading.Semaphore(0), threading.Semaphore(0)
        self.wall = self.cpu = 0.0
        self.is_over = False
        self.error: Exception | None = None

    def run(self) -> None:
        self._begin.acquire()
        try:
            self._work(self._pause)
        except Exception as error:
            self.error = error
        self.is_over = True
        self._end.release()

    def turn(self, clock: Callable[[], Seconds]) -> None:
        """Let it work until its next pause or its end."""
        wall, cpu = clock()
        self._begin.release()
        self._end.acquire()
        now = clock()
        self.wall += now[0] - wall
        self.cpu += now[1] - cpu

    def _pause(self) -> None:
        self._end.release()
        self._begin.acquire()
