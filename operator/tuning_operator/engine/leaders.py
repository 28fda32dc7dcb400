"""The trials that a job's status names: the best, the Pareto set, the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tuning_operator.api import Best, MetricValue, Trial, TuningJob
from tuning_operator.engine.artifacts import artifact_path
from tuning_operator.engine.feasible import Breach, feasible, nearest
from tuning_operator.engine.limits import PARETO_MEMBERS
from tuning_operator.engine.tally import Tally
from tuning_operator.search.pareto import front

Row = tuple[float, ...]


@dataclass(frozen=True)
class Leaders:
    """What the status says of the successes.

    best: the best on the first objective, of those that keep to the constraints; of equals the one
        that is better on the next objectives, then the one with the lowest number.
    pareto: with several objectives those that nothing beats, bounded, in the order of the first one;
        size: how many there are.
    nearest: while every success breaks a constraint, the one that breaks them least, and its worst breach.
    """

    best: Best | None = None
    pareto: list[Best] | None = None
    size: int = 0
    nearest: tuple[Trial, Breach] | None = None


def leaders(job: TuningJob, known: Tally) -> Leaders:
    """Who leads among the successes."""
    ranked = sorted(
        ((losses, trial.number, trial) for trial in known.succeeded if (losses := losses_of(job, trial))),
        key=lambda one: one[:2],
    )
    if not ranked:
        return Leaders(nearest=nearest(job, known.succeeded))
    best = named(job, ranked[0][2]).model_copy(update={"advice": ranked[0][2].status.advice})
    if len(job.spec.objectives) == 1:
        return Leaders(best)
    members = [ranked[i] for i in front([losses for losses, _, _ in ranked])]
    shown = spread([losses for losses, _, _ in members], PARETO_MEMBERS)
    return Leaders(best, [named(job, members[i][2]) for i in shown], len(members))


def baseline(job: TuningJob, known: Tally) -> Best | None:
    """The first initial trial, if the job has one and it succeeded."""
    first = known.succeeded[0] if known.succeeded else None
    if first is None or first.number != 1 or not job.spec.initial_trials:
        return None
    return named(job, first)


def named(job: TuningJob, trial: Trial) -> Best:
    """A success as the job's status shows it."""
    return Best(
        trial=trial.metadata.name,
        number=trial.number,
        parameters=trial.spec.parameters,
        objectives=_values(trial, [o.metric for o in job.spec.objectives]),
        constraints=_values(trial, [c.metric for c in job.spec.constraints]) or None,
        artifact=artifact_path(job, trial.number),
    )


def _values(trial: Trial, metrics: Sequence[str]) -> list[MetricValue]:
    values = [(metric, trial.value(metric)) for metric in metrics]
    return [MetricValue(metric=metric, value=value) for metric, value in values if value is not None]


def losses_of(job: TuningJob, trial: Trial) -> Row | None:
    """The objectives' values, smaller is better; None for a trial that cannot lead."""
    values = [(o, trial.value(o.metric)) for o in job.spec.objectives]
    losses = tuple(-v if o.goal == "Maximize" else v for o, v in values if v is not None)
    return losses if len(losses) == len(values) and feasible(job, trial.value) else None


def fewer(job: TuningJob, members: Sequence[Best], most: int) -> list[Best]:
    """Of a Pareto set the best on each objective, and as many of the others as `most` leaves room for."""
    signs = [-1 if objective.goal == "Maximize" else 1 for objective in job.spec.objectives]
    rows = [tuple(s * o.value for s, o in zip(signs, member.objectives, strict=True)) for member in members]
    return [members[place] for place in spread(rows, most)]


def spread(rows: Sequence[Row], most: int) -> list[int]:
    """Indexes of at most `most` rows: the best of each column, and of the rest some evenly apart."""
    if len(rows) <= most:
        return list(range(len(rows)))
    ends = {min((row[column], i) for i, row in enumerate(rows))[1] for column in range(len(rows[0]))}
    others = [i for i in range(len(rows)) if i not in ends]
    room = most - len(ends)
    return sorted(ends | {others[i * len(others) // room] for i in range(room)})
