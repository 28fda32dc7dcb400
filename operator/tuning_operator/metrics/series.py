"""Keeps what was observed of a running trial, bounded."""

from __future__ import annotations

from itertools import groupby

from tuning_operator.engine.snapshot import Observed

MOST_POINTS = 100  # per metric: 4,000 live trials then stay well below 100 MiB


def merge(old: tuple[Observed, ...], new: tuple[Observed, ...]) -> tuple[Observed, ...]:
    """Add the newest observations: one value per metric and step, the newer one, in order.

    At most 100 points stay per metric; when there are more, every second one goes,
    but never the first, the last, the smallest or the largest: the best value is the
    fallback where a trial leaves no termination message.
    """
    points = {(o.metric, o.step): o for o in (*old, *new)}
    ordered = [points[key] for key in sorted(points)]
    return tuple(o for _, group in groupby(ordered, lambda o: o.metric) for o in _thin(list(group)))


def _thin(points: list[Observed]) -> list[Observed]:
    while len(points) > MOST_POINTS:
        numbers = [p for p in points if p.value == p.value]  # nan has no order
        kept = {points[0], points[-1]}
        kept |= {min(numbers, key=_value), max(numbers, key=_value)} if numbers else set()
        points = [p for i, p in enumerate(points) if i % 2 == 0 or p in kept]
    return points


def _value(observed: Observed) -> float:
    return observed.value
