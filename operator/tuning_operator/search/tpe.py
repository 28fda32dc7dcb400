"""TPE: what good trials have more often than the others is tried again.

The multivariate tree-structured Parzen estimator (Bergstra et al., 2011; Falkner
et al., 2018) of Optuna, which is kept well and knows conditions, running trials,
constraints and several objectives. Its study is made anew for each proposal.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeGuard

from tuning_operator.api import ParameterValue
from tuning_operator.search.domain import EXACT, Choices, Domain, Finite, Steps, is_unordered
from tuning_operator.search.feasibility import excesses
from tuning_operator.search.lessons import Lesson, chosen, lessons
from tuning_operator.search.problem import Entry
from tuning_operator.search.question import MODEL, Question
from tuning_operator.search.random import random
from tuning_operator.search.ranking import shares
from tuning_operator.search.space import Point, Space, Values

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution

MOST = 2000  # a study of 10,000 trials takes more than a second to make
FEWEST, VALUES = 300, 12_000  # … and so does one of 2,000 with dozens of parameters
DRAWS = 5
UNKNOWN = 1e300  # an excess of which nothing was observed


def tpe(question: Question) -> Values | None:
    """An untried point of the better trials' density; any, if what it draws has been tried."""
    if question.used_up:
        return None
    for draw in range(DRAWS):
        point = _asked(question, draw)
        if question.untried(point):
            return point
    return random(question)


def _asked(question: Question, draw: int) -> Values:
    import optuna

    seed = int(question.random(MODEL).integers(2**31)) + draw
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # of `group`, since 2021
        sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, group=True, constant_liar=True)
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        study = optuna.create_study(
            sampler=sampler, directions=["minimize"] * len(question.problem.objectives)
        )
        study.add_trials(_told(question))
        trial = study.ask()
        return question.space.walk(lambda node: _drawn(trial, node.name, node.domain))
    finally:
        optuna.logging.set_verbosity(verbosity)


def _told(question: Question) -> list[optuna.trial.FrozenTrial]:
    """The trials of the searched space: those outside of it would have other distributions."""
    from optuna.trial import TrialState, create_trial

    space = question.space
    learned = [x for x in lessons(question.problem, question.history) if space.holds(x.entry.parameters)]
    most = most_told(len(space.names))
    finished = [learned[i] for i in chosen([x.losses[0] for x in learned], most)]
    return [
        create_trial(
            values=values,
            constraints=_excesses(question, x.entry),
            **_place(space, x.entry.parameters),
        )
        for x, values in zip(finished, _values(finished), strict=True)
    ] + [
        create_trial(state=TrialState.RUNNING, **_place(space, entry.parameters))
        for entry in question.pending
        if space.holds(entry.parameters)
    ]


def most_told(parameters: int) -> int:
    """How many trials of so many parameters a study is made of, lest a proposal take more than a second."""
    return min(MOST, max(FEWEST, VALUES // parameters))


def _values(finished: Sequence[Lesson]) -> list[list[float]]:
    """A single loss as it is, since its order alone counts; of several their shares.

    Optuna measures these by the room before a point 10 % beyond the worst: an offset moves that, and the
    room before losses of 1e300 is no double.
    """
    if len(finished) == 0 or len(finished[0].losses) == 1:
        return [list(x.losses) for x in finished]
    columns = [shares(column) for column in zip(*(x.losses for x in finished), strict=True)]
    return [list(row) for row in zip(*columns, strict=True)]


def _excesses(question: Question, entry: Entry) -> dict[str, float]:
    over = excesses(question.problem, entry)
    return {str(i): UNKNOWN if x is None else x for i, x in enumerate(over)}


def _place(space: Space, values: Point) -> dict[str, Any]:
    return {
        "params": {name: _inner(space.domains[name], value) for name, value in values.items()},
        "distributions": {name: _distribution(space.domains[name]) for name in values},
    }


def _distribution(domain: Domain) -> BaseDistribution:
    """Of the value's index, or of its place: Optuna's own numbers know no steps on a log scale."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if is_unordered(domain):
        return CategoricalDistribution(list(range(domain.count)))
    if _is_counted(domain):
        return IntDistribution(0, (domain.count or 1) - 1)
    return FloatDistribution(0.0, 1.0)


def _is_counted(domain: Domain) -> TypeGuard[Finite]:
    """Say whether Optuna is told the value's index: of more than doubles tell apart it makes infinities."""
    return isinstance(domain, Choices) or (
        isinstance(domain, Steps) and not domain.log and domain.count <= EXACT
    )


def _inner(domain: Domain, value: ParameterValue) -> Any:
    return domain.index(value) if _is_counted(domain) else domain.unit(value)


def _drawn(trial: optuna.Trial, name: str, domain: Domain) -> ParameterValue:
    if is_unordered(domain):
        return domain.nth(trial.suggest_categorical(name, list(range(domain.count))))
    if _is_counted(domain):
        return domain.nth(trial.suggest_int(name, 0, domain.count - 1))
    return domain.at(trial.suggest_float(name, 0.0, 1.0))
