"""How much the Pareto front of a job with several objectives beats: one number that shows it growing."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tuning_operator.api import Trial, TuningJob
from tuning_operator.engine.leaders import losses_of
from tuning_operator.search.hypervolume import hypervolume
from tuning_operator.search.pareto import front

FIRST = 10
EXACT = (
    3  # objectives; of more, a front of thousands would take minutes, so only what the status shows counts
)

Row = tuple[float, ...]


def front_volume(job: TuningJob, succeeded: Sequence[Trial]) -> float | None:
    """The hypervolume of the front, in boxes between the worst and the best of the first ten successes.

    The worst value of each objective among the first ten that ended well is the reference point, and the
    best one gives the scale (1, where all ten have the same value). So both stay fixed once there are ten,
    and from then on the number never falls while the trials stand; it exceeds 1 where the search has gone
    beyond the box. None for one objective, without a success that keeps to the constraints, or where the
    values are so large that no float holds it.
    """
    if len(job.spec.objectives) == 1:
        return None
    rows = {trial.number: row for trial in succeeded if (row := losses_of(job, trial))}
    if not rows:
        return None
    first = sorted((t for t in succeeded if t.number in rows), key=_ended)[:FIRST]
    columns = list(zip(*(rows[trial.number] for trial in first), strict=True))
    worst, spans = [max(column) for column in columns], [max(c) - min(c) or 1.0 for c in columns]
    reached = hypervolume(_front(job, rows), worst)
    for span in spans:
        reached /= span
    return reached if math.isfinite(reached) else None


def _front(job: TuningJob, rows: dict[int, Row]) -> list[Row]:
    if len(job.spec.objectives) <= EXACT:
        everyone = list(rows.values())
        return [everyone[i] for i in front(everyone)]
    return [rows[member.number] for member in job.status.pareto or () if member.number in rows]


def _ended(trial: Trial) -> tuple[object, int]:
    return trial.status.completion_time, trial.number
