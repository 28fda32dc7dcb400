"""Intermediate observations: merged from record and scrapes, thinned for the record."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from tuning_operator.api import Objective, Point, Series
from tuning_operator.engine.limits import SERIES_POINTS
from tuning_operator.engine.snapshot import Observed

Points = Mapping[int, float]
"""Values by step, ascending; not-finite ones included."""


def merged(
    recorded: Iterable[Series], scraped: Iterable[Observed], metrics: Iterable[str]
) -> dict[str, Points]:
    """Values of these metrics by step; what was scraped later wins over the record.

    The record alone outlives the operator, the scrapes alone are complete: both are needed.
    """
    points: dict[str, dict[int, float]] = {metric: {} for metric in metrics}
    for series in recorded:
        if series.metric in points:
            points[series.metric].update({point.step: point.value for point in series.points})
    for seen in scraped:
        if seen.metric in points:
            points[seen.metric][seen.step] = seen.value
    return {metric: dict(sorted(values.items())) for metric, values in points.items()}


def taken(points: Points, objective: Objective) -> tuple[int, float] | None:
    """Step and value that stand for the trial by the objective's `take`; None without any value.

    Best looks at finite values only, as long as there is one.
    """
    if not points:
        return None
    finite = {step: value for step, value in points.items() if math.isfinite(value)}
    if objective.take == "Last" or not finite:
        return list(points.items())[-1]
    return best_point(finite, objective)


def current(points: Points, step: int | None) -> tuple[int, float] | None:
    """Step and value that were the newest at this step; the very newest where there is none so early."""
    if not points:
        return None
    before = [point for point in points.items() if step is None or point[0] <= step]
    return (before or list(points.items()))[-1]


def best_point(points: Points, objective: Objective) -> tuple[int, float]:
    """The best value and the first step that had it."""
    sign = -1 if objective.goal == "Maximize" else 1
    return min(points.items(), key=lambda item: (sign * item[1], item[0]))


def recorded_series(
    points: Mapping[str, Points], objectives: Sequence[Objective], limit: int = SERIES_POINTS
) -> list[Series]:
    """What the Trial keeps: of an objective at most `limit` points, the first, best and last always.

    Of a metric that is only constrained the newest point: it is the value, should there be no report.
    """
    thinned = [
        Series(metric=o.metric, points=_thinned(points[o.metric], o, limit))
        for o in objectives
        if o.metric in points
    ]
    own = {o.metric for o in objectives}
    others = [Series(metric=m, points=_finite(points[m])[-1:]) for m in points if m not in own]
    return [series for series in (*thinned, *others) if series.points]


def newest(series: Iterable[Series]) -> dict[str, Point]:
    """The last point of each metric: what tells a series that went on from one that did not."""
    return {one.metric: one.points[-1] for one in series if one.points}


def _thinned(points: Points, objective: Objective, limit: int) -> list[Point]:
    finite = _finite(points)
    if len(finite) <= limit:
        return finite
    last, gaps = len(finite) - 1, max(limit - 2, 1)
    kept = {round(i * last / gaps) for i in range(gaps + 1)}
    best, _ = best_point({p.step: p.value for p in finite}, objective)
    kept.add([p.step for p in finite].index(best))
    return [finite[i] for i in sorted(kept)]


def _finite(points: Points) -> list[Point]:
    return [Point(step=step, value=value) for step, value in points.items() if math.isfinite(value)]
