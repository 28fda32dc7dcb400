"""What to start: runs of Trials that have none, then new Trials, as many as there are slots."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from itertools import islice

from tuning_operator.api import Basis, Trial, TuningJob
from tuning_operator.engine.actions import StartRun, StartTrial
from tuning_operator.engine.ranges import to_ranges
from tuning_operator.engine.runs import is_occupied, next_run
from tuning_operator.engine.stages import is_opening, next_stage
from tuning_operator.engine.tally import Tally
from tuning_operator.engine.version import ENGINE


def run_starts(job: TuningJob, known: Tally) -> list[StartRun]:
    """Runs for Trials without one: a new Trial whose creator died, or one that goes on after a pause."""
    room = job.spec.trials.parallel - sum(is_occupied(t.status) for t in known.unfinished)
    idle = (t for t in known.unfinished if not is_occupied(t.status) and not _is_leaving(t))
    return [StartRun(t.number, *next_run(t.status)) for t in islice(idle, max(room, 0))]


def trial_starts(job: TuningJob, known: Tally, exhausted: int = 0) -> list[StartTrial]:
    """New Trials, numbered on: every unfinished one, running or not, holds a slot.

    exhausted: up to this stage (from 1) none has anything left to propose.

    A stage that narrows waits for the trials before it, because its space is drawn once and for all,
    and around all of them. Its first Trial starts alone: the others search the space that it records.
    """
    unfinished = [t.number for t in known.unfinished]
    first, slots = known.last + 1, job.spec.trials.parallel - len(unfinished)
    finished = to_ranges(known.finished_numbers)
    begun = Counter(known.stages)
    starts: list[StartTrial] = []
    for number in range(first, min(first + slots - 1, job.spec.trials.max) + 1):
        stage = next_stage(job, begun, exhausted)
        opening = stage is not None and is_opening(job, stage, begun)
        if stage is None or (opening and (unfinished or starts)):
            break
        pending = to_ranges([*unfinished, *range(first, number)])
        starts.append(_start(job, number, stage, finished, pending))
        if opening:
            break
        begun[stage] += 1
    return starts


def seed_of(job: TuningJob, number: int) -> int:
    """The trial's own seed, 0 … 2³¹ − 1: the first 31 bits of BLAKE2b of the job's seed and the number."""
    digest = blake2b(f"{job.spec.search.seed}:{number}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") >> 1


def _start(job: TuningJob, number: int, stage: int, finished: str, pending: str) -> StartTrial:
    return StartTrial(
        number=number,
        stage=stage,
        purpose="Initial" if number <= len(job.spec.initial_trials) else "Search",
        seed=seed_of(job, number),
        basis=Basis(finished=finished, pending=pending, engine=ENGINE),
    )


def _is_leaving(trial: Trial) -> bool:
    return trial.metadata.deletion_timestamp is not None
