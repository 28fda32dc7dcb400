"""What a finished job's trials say about its manifest: which parameters mattered, and what to do next.

It is asked for once, by the action Advise: when nothing goes on any more, and before the end is on record.
An operator that dies in between finds the job unfinished and asks again; one whose end is on record has
the answer on record too, for both are one write. So it costs no decision but the last, and is never lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tuning_operator.api import Importance, Trial, TuningJob
from tuning_operator.engine.limits import ADVICE_CHARACTERS, ADVICE_SENTENCES
from tuning_operator.engine.problem import problem_of
from tuning_operator.engine.proposal import history_of
from tuning_operator.engine.words import head
from tuning_operator.search.problem import Entry


@dataclass(frozen=True)
class Findings:
    """importance: each parameter's share, the largest first; advice: sentences. Empty: nothing to say."""

    importance: tuple[Importance, ...] = ()
    advice: tuple[str, ...] = ()


def find(job: TuningJob, trials: Sequence[Trial]) -> Findings:
    """What the finished ones of these trials say of the whole space; every argument can be pickled."""
    from tuning_operator import search  # what it needs takes a second to import; only the pool needs it

    whole, history = problem_of(job, 1), _history(job, trials)
    advice = search.advice(whole, history)[:ADVICE_SENTENCES]
    return Findings(
        importance=_ranked(search.importance(whole, history)),
        advice=tuple(head(words, ADVICE_CHARACTERS) for words in advice),
    )


def importance(job: TuningJob, trials: Sequence[Trial]) -> tuple[Importance, ...]:
    """Each parameter's share, the largest first; empty while the finished ones say nothing yet."""
    from tuning_operator import search

    return _ranked(search.importance(problem_of(job, 1), _history(job, trials)))


def _ranked(shares: Mapping[str, float]) -> tuple[Importance, ...]:
    ranked = sorted(shares.items(), key=lambda one: (-one[1], one[0]))
    return tuple(Importance(parameter=name, share=round(share, 4)) for name, share in ranked)


def _history(job: TuningJob, trials: Sequence[Trial]) -> list[Entry]:
    ordered = sorted(trials, key=lambda t: t.number)
    return history_of(job, [t for t in ordered if t.finished], ordered)
