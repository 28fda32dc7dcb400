"""Asks the search for a trial's parameters, from exactly what the trial's basis names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tuning_operator.api import (
    Basis,
    BayesianOptions,
    Constraint,
    NSGA2Options,
    Parameters,
    PESA2Options,
    Trial,
    TuningJob,
)
from tuning_operator.engine.outcome import SUCCESSES
from tuning_operator.engine.ranges import from_ranges
from tuning_operator.engine.values import typed
from tuning_operator.engine.version import ENGINE
from tuning_operator.search.problem import Entry, Exhausted, Outcome, Problem, Proposal, Wait


class BasisError(LookupError):
    """A proposal cannot be computed from its basis."""


def propose(
    job: TuningJob, trials: Sequence[Trial], number: int, stage: int, basis: Basis
) -> Proposal | Wait | Exhausted:
    """What trial `number` of this stage is to try.

    Depends on the job's spec and on the Trials that the basis names, on nothing else: not on
    their order, nor on others that may have finished meanwhile. Every argument can be pickled.
    Raises BasisError when a Trial of the basis is not among `trials`, SearchError when the
    problem cannot be searched.
    """
    from tuning_operator.search.suggest import suggest  # takes a second to import; only the pool needs it

    by_number = {trial.number: trial for trial in trials}
    history = [_finished(job, trial) for trial in _named(by_number, basis.finished)]
    pending = [_pending(job, trial) for trial in _named(by_number, basis.pending)]
    found = suggest(_problem(job, stage), history, pending, number)
    return Proposal(typed(job.spec.parameters, found.parameters)) if isinstance(found, Proposal) else found


def recompute(job: TuningJob, trials: Sequence[Trial], trial: Trial) -> Parameters:
    """The parameters that this Trial's basis leads to: equal to the recorded ones, or something is wrong.

    Raises BasisError when another version of the engine made the proposal, or a Trial of
    the basis is gone.
    """
    spec = trial.spec
    if spec.basis.engine != ENGINE:
        raise BasisError(f"trial {spec.number} was proposed by engine {spec.basis.engine}, this is {ENGINE}")
    found = propose(job, trials, spec.number, spec.stage, spec.basis)
    if not isinstance(found, Proposal):
        raise BasisError(f"from its basis, trial {spec.number} would not have been proposed: {found.why}")
    return dict(found.parameters)


def _problem(job: TuningJob, stage: int) -> Problem:
    spec, of = job.spec, job.spec.search.stages[stage - 1]
    return Problem(
        parameters=tuple(spec.parameters),
        objectives=tuple(spec.objectives),
        algorithm=of.algorithm,
        initial=tuple(typed(spec.parameters, one.parameters) for one in spec.search.initial_trials),
        seed=spec.search.seed,
        constraints=tuple(_constraints(job)),
        bayesian=of.bayesian or BayesianOptions(),
        nsga2=of.nsga2 or NSGA2Options(),
        pesa2=of.pesa2 or PESA2Options(),
    )


def _constraints(job: TuningJob) -> list[Constraint]:
    """By metric: their order in the manifest means nothing, and may be edited."""
    return sorted(job.spec.constraints, key=lambda constraint: constraint.metric)


def _named(by_number: dict[int, Trial], ranges: str) -> Iterable[Trial]:
    for number in from_ranges(ranges):
        if number not in by_number:
            raise BasisError(f"the basis names trial {number}, which does not exist (any more)")
        yield by_number[number]


def _pending(job: TuningJob, trial: Trial) -> Entry:
    return Entry(trial.number, typed(job.spec.parameters, trial.spec.parameters))


def _finished(job: TuningJob, trial: Trial) -> Entry:
    return Entry(
        number=trial.number,
        parameters=typed(job.spec.parameters, trial.spec.parameters),
        outcome=_outcome(trial),
        values=tuple(trial.value(objective.metric) for objective in job.spec.objectives),
        constraints=tuple(trial.value(constraint.metric) for constraint in _constraints(job)),
    )


def _outcome(trial: Trial) -> Outcome:
    if trial.status.reason in SUCCESSES:
        return "Succeeded"
    if trial.status.reason == "Stopped":
        return "Stopped"
    return "Diverged" if trial.status.reason == "Diverged" else "Failed"
