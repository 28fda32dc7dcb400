"""What to start: runs of Trials that have none, then new Trials, as many as there are slots."""

from __future__ import annotations

from hashlib import blake2b
from itertools import islice

from tuning_operator.api import Basis, Trial, TuningJob
from tuning_operator.engine.actions import StartRun, StartTrial
from tuning_operator.engine.ranges import to_ranges
from tuning_operator.engine.runs import is_occupied, next_run
from tuning_operator.engine.tally import Tally
from tuning_operator.engine.version import ENGINE


def run_starts(job: TuningJob, known: Tally) -> list[StartRun]:
    """Runs for Trials without one: a new Trial whose creator died, or one that goes on after a pause."""
    room = job.spec.trials.parallel - sum(is_occupied(t.status) for t in known.unfinished)
    idle = (t for t in known.unfinished if not is_occupied(t.status) and not _is_leaving(t))
    return [StartRun(t.number, *next_run(t.status)) for t in islice(idle, max(room, 0))]


def trial_starts(job: TuningJob, known: Tally) -> list[StartTrial]:
    """New Trials, numbered on: every unfinished one, running or not, holds a slot."""
    unfinished = [t.number for t in known.unfinished]
    first, slots = known.last + 1, job.spec.trials.parallel - len(unfinished)
    last = min(first + slots - 1, job.spec.trials.max)
    if last < first:
        return []
    finished = to_ranges(known.finished_numbers)
    return [
        _start(job, number, finished, to_ranges([*unfinished, *range(first, number)]))
        for number in range(first, last + 1)
    ]


def stage_of(job: TuningJob, number: int) -> int:
    """The stage (from 1) that proposes this trial: stages follow one another, the last takes the rest."""
    taken = 0
    stages = job.spec.search.stages
    for index, stage in enumerate(stages, start=1):
        taken += stage.trials or 0
        if number <= taken:
            return index
    return len(stages)


def seed_of(job: TuningJob, number: int) -> int:
    """The trial's own seed, 0 … 2³¹ − 1: the first 31 bits of BLAKE2b of the job's seed and the number."""
    digest = blake2b(f"{job.spec.search.seed}:{number}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") >> 1


def _start(job: TuningJob, number: int, finished: str, pending: str) -> StartTrial:
    return StartTrial(
        number=number,
        stage=stage_of(job, number),
        purpose="Initial" if number <= len(job.spec.search.initial_trials) else "Search",
        seed=seed_of(job, number),
        basis=Basis(finished=finished, pending=pending, engine=ENGINE),
    )


def _is_leaving(trial: Trial) -> bool:
    return trial.metadata.deletion_timestamp is not None
