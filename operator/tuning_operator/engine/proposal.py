"""Asks the search for a trial's parameters, from exactly what the trial's basis names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tuning_operator.api import Basis, Narrow, Parameters, Range, Trial, TuningJob
from tuning_operator.engine.outcome import SUCCESSES
from tuning_operator.engine.problem import constraints_of, frozen_in, problem_of, ranges, recorded_space
from tuning_operator.engine.ranges import from_ranges
from tuning_operator.engine.values import typed
from tuning_operator.engine.version import ENGINE
from tuning_operator.search.problem import Entry, Exhausted, Outcome, Proposal, Wait


class BasisError(LookupError):
    """A proposal cannot be computed from its basis."""


@dataclass(frozen=True)
class Proposed:
    """What a Trial is to record.

    space: of the first trial of a stage that narrows, what the whole stage searches of the parameters
        that it narrows. Computed once and recorded there, so that a lost status loses nothing.
    """

    parameters: Parameters
    space: list[Range] | None = None


def propose(
    job: TuningJob, trials: Sequence[Trial], number: int, stage: int, basis: Basis
) -> Proposed | Wait | Exhausted:
    """What trial `number` of this stage is to try.

    Depends on the job's spec and on the Trials that the basis names, on nothing else: not on
    their order, nor on others that may have finished meanwhile. Every argument can be pickled.
    Raises BasisError when a Trial of the basis is not among `trials`, SearchError when the
    problem cannot be searched.
    """
    from tuning_operator.search.suggest import suggest  # takes a second to import; only the pool needs it

    by_number = {trial.number: trial for trial in trials}
    finished, running = _named(by_number, basis.finished), _named(by_number, basis.pending)
    history = history_of(job, finished, [*finished, *running])
    known = recorded_space([*finished, *running], stage)
    narrow = job.spec.search.stages[stage - 1].narrow
    new = _narrowed(job, stage, narrow, history) if narrow and known is None else None
    of = problem_of(job, stage, _searched(job, number, known or new))
    found = suggest(of, history, [_pending(job, trial) for trial in running], number)
    if not isinstance(found, Proposal):
        return found
    return Proposed(typed(job.spec.parameters, found.parameters), new)


def recompute(job: TuningJob, trials: Sequence[Trial], trial: Trial) -> Proposed:
    """The parameters and the space that this Trial's basis leads to: equal to the recorded ones, or
    something is wrong.

    Raises BasisError when another version of the engine made the proposal, or a Trial of
    the basis is gone.
    """
    spec = trial.spec
    if spec.basis.engine != ENGINE:
        raise BasisError(f"trial {spec.number} was proposed by engine {spec.basis.engine}, this is {ENGINE}")
    found = propose(job, trials, spec.number, spec.stage, spec.basis)
    if not isinstance(found, Proposed):
        raise BasisError(f"from its basis, trial {spec.number} would not have been proposed: {found.why}")
    return found


def _narrowed(job: TuningJob, stage: int, narrow: Narrow, history: Sequence[Entry]) -> list[Range]:
    from tuning_operator.search import narrowed

    whole = problem_of(job, stage)
    return ranges(whole.parameters, narrowed(whole, history, narrow.keep, narrow.freeze))


def _searched(job: TuningJob, number: int, space: list[Range] | None) -> list[Range] | None:
    """An initial trial is proposed as it was asked for, inside of the space or not."""
    return None if number <= len(job.spec.initial_trials) else space


def _named(by_number: dict[int, Trial], numbers: str) -> list[Trial]:
    named = from_ranges(numbers)
    if missing := [number for number in named if number not in by_number]:
        raise BasisError(f"the basis names trial {missing[0]}, which does not exist (any more)")
    return [by_number[number] for number in named]


def _pending(job: TuningJob, trial: Trial) -> Entry:
    return Entry(trial.number, typed(job.spec.parameters, trial.spec.parameters))


def history_of(job: TuningJob, finished: Sequence[Trial], trials: Sequence[Trial]) -> list[Entry]:
    """Finished trials as the search sees them. trials: those that may have recorded their stage's space."""
    stages = {trial.spec.stage for trial in finished}
    frozen = {stage: frozen_in(recorded_space(trials, stage) or []) for stage in stages}
    return [_entry(job, trial, frozen[trial.spec.stage]) for trial in finished]


def _entry(job: TuningJob, trial: Trial, frozen: frozenset[str]) -> Entry:
    return Entry(
        number=trial.number,
        parameters=typed(job.spec.parameters, trial.spec.parameters),
        outcome=_outcome(trial),
        values=tuple(trial.value(objective.metric) for objective in job.spec.objectives),
        constraints=tuple(trial.value(constraint.metric) for constraint in constraints_of(job)),
        frozen=frozen if trial.spec.purpose == "Search" else frozenset(),
    )


def _outcome(trial: Trial) -> Outcome:
    if trial.status.reason in SUCCESSES:
        return "Succeeded"
    if trial.status.reason == "Stopped":
        return "Stopped"
    return "Diverged" if trial.status.reason == "Diverged" else "Failed"
