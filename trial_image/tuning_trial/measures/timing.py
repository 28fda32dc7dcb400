"""How long a call takes, measured within bounds."""

import time
from collections.abc import Callable
from typing import Any


def timed(
    call: Callable[[int], Any],
    *,
    most: int,
    seconds: float,
    warm_up: int,
    clock: Callable[[], float] = time.perf_counter,
) -> list[float]:
    """Return the seconds that each call took, at least one.

    Args:
        call: what is measured; it is told its number, from 0.
        most: calls that are counted.
        seconds: after so many no further call begins.
        warm_up: calls before the first that counts, which set things up.
        clock: seconds, from any beginning.
    """
    for i in range(warm_up):
        call(i)
    taken: list[float] = []
    started = clock()
    while not taken or (len(taken) < most and clock() - started < seconds):
        began = clock()
        call(len(taken))
        taken.append(clock() - began)
    return taken
