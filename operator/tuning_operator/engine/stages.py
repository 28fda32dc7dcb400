"""Which stage proposes the next trial, and how far each stage is.

It follows from the Trials and the stages' shares, not from a trial's number alone: a stage that has
nothing left to propose hands over to the next one, and the last takes the rest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from tuning_operator.api import Range, StageStatus, TuningJob
from tuning_operator.engine.limits import SPACE_BYTES
from tuning_operator.engine.problem import problem_of
from tuning_operator.engine.tally import Tally, tally
from tuning_operator.search import SearchError, size
from tuning_operator.search.grid import grid_space

LARGEST = 2**53  # no JSON number tells more points exactly, and nobody wants to know


def next_stage(job: TuningJob, begun: Mapping[int, int], exhausted: int) -> int | None:
    """The stage (from 1) of the next trial; None when all stages are exhausted.

    begun: how many trials each stage has; one that has begun is never gone back behind.
    exhausted: up to this one the stages have nothing left to propose.
    """
    stages = job.spec.search.stages
    stage = max([exhausted + 1, *begun])
    while stage < len(stages) and begun.get(stage, 0) >= (stages[stage - 1].trials or job.spec.trials.max):
        stage += 1
    return stage if stage <= len(stages) else None


def is_opening(job: TuningJob, stage: int, begun: Mapping[int, int]) -> bool:
    """The stage's next trial is the one that narrows the space for all of it."""
    return job.spec.search.stages[stage - 1].narrow is not None and not begun.get(stage)


def stage_statuses(job: TuningJob, known: Tally) -> list[StageStatus]:
    """Every stage of the job, those to come too."""
    return [
        StageStatus(
            algorithm=stage.algorithm,
            trials=known.stages.get(place, 0),
            points=_points(job, place, known.spaces.get(place)),
            space=_shown(known.spaces.get(place)),
        )
        for place, stage in enumerate(job.spec.search.stages, start=1)
    ]


def plan(job: TuningJob) -> list[str]:
    """What a person wants to know of the stages before they begin: how many points each Grid has."""
    told = []
    for place, stage in enumerate(stage_statuses(job, tally([])), start=1):
        if stage.points is not None:
            tried = _points_tried(job, place)
            some = f"{tried} of them {'is' if tried == 1 else 'are'}"
            words = some if tried < stage.points else "all of them are"
            told.append(f"stage {place}: Grid has {stage.points} points, {words} tried")
    return told


def _points_tried(job: TuningJob, stage: int) -> int:
    """How many points of a Grid its share is enough for: an initial trial beside the grid tries none."""
    before = sum(one.trials or 0 for one in job.spec.search.stages[: stage - 1])
    share = job.spec.search.stages[stage - 1].trials or job.spec.trials.max - before
    of = problem_of(job, stage)
    initial, grid = of.initial[before : before + share], grid_space(of.parameters)
    return share - len(initial) + len({grid.key(values) for values in initial if grid.holds(values)})


def _points(job: TuningJob, stage: int, space: list[Range] | None) -> int | None:
    """How many points Grid tries; None where it is not known yet, or far too many.

    Taken from the status while the spec is the one that it was about: counting takes milliseconds,
    and this is asked at every decision.
    """
    of = job.spec.search.stages[stage - 1]
    if of.algorithm != "Grid" or (of.narrow and space is None):
        return None
    old = job.status
    if old.stages and old.observed_generation == job.metadata.generation and old.stages[stage - 1].points:
        return old.stages[stage - 1].points
    try:
        points = size(problem_of(job, stage, space))
    except SearchError:  # whoever asks for a proposal is told
        return None
    return points if points is not None and points <= LARGEST else None


def _shown(space: list[Range] | None) -> list[Range] | None:
    """The space, unless it is so large that its Trial alone has room for it."""
    if space is None:
        return None
    written = json.dumps([one.to_json() for one in space], ensure_ascii=False)
    return space if len(written.encode()) <= SPACE_BYTES else None
