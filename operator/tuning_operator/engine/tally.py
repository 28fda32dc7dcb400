"""A job's Trials, sorted out and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tuning_operator.api import Counts, Range, Trial, TuningJob
from tuning_operator.engine.outcome import SUCCESSES


@dataclass(frozen=True)
class Tally:
    """Trials by what became of them, each in the order of their numbers.

    Made in one pass: with 10,000 Trials every other pass over all of them is felt.
    failed: finished as neither a success nor stopped by us; stopped: by us.
    stages: how many trials each stage (from 1) has proposed; spaces: what those that narrow have recorded.
    begun: when the first of them was created, if that is known.
    """

    unfinished: Sequence[Trial]
    succeeded: Sequence[Trial]
    failed: Sequence[Trial]
    stopped: Sequence[Trial]
    last: int
    stages: Mapping[int, int]
    spaces: Mapping[int, list[Range]]
    begun: datetime | None

    @property
    def finished(self) -> int:
        return len(self.succeeded) + len(self.failed) + len(self.stopped)

    @property
    def total(self) -> int:
        return self.finished + len(self.unfinished)

    @property
    def finished_numbers(self) -> list[int]:
        """In no particular order."""
        return [t.spec.number for group in (self.succeeded, self.failed, self.stopped) for t in group]


def tally(trials: Sequence[Trial]) -> Tally:
    """Sort the Trials out; they come in the order of their numbers."""
    unfinished: list[Trial] = []
    succeeded: list[Trial] = []
    failed: list[Trial] = []
    stopped: list[Trial] = []
    stages: Counter[int] = Counter()
    spaces: dict[int, list[Range]] = {}
    for trial in trials:
        status, spec = trial.status, trial.spec
        stages[spec.stage] += 1
        if spec.space is not None:
            spaces.setdefault(spec.stage, spec.space)
        if status.completion_time is None:
            unfinished.append(trial)
        elif status.reason in SUCCESSES:
            succeeded.append(trial)
        else:
            (stopped if status.reason == "Stopped" else failed).append(trial)
    last = trials[-1].spec.number if trials else 0
    begun = trials[0].metadata.creation_timestamp if trials else None
    return Tally(unfinished, succeeded, failed, stopped, last, stages, spaces, begun)


def counts(job: TuningJob, known: Tally) -> Counts:
    """How many Trials there are in each state; together they are the total."""
    return Counts(
        done=f"{known.finished}/{max(job.spec.trials.max, known.total)}",
        total=known.total,
        running=len(known.unfinished),
        succeeded=len(known.succeeded),
        failed=len(known.failed),
        stopped=len(known.stopped),
    )
