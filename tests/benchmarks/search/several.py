"""Searches over several objectives, one evaluation after another: ours and the peers.

Evolutionary peers have the population of ours, 20: their defaults (50 and 100) would spend the 200
evaluations on two to four generations.
"""

from __future__ import annotations

import random
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from tuning_operator.api import Objective, ParameterValue
from tuning_operator.search import Entry, Problem, Proposal, suggest

from tests.benchmarks.search.axes import axes, walk
from tests.benchmarks.search.fronts import Front
from tests.benchmarks.search.peers import installed
from tests.benchmarks.search.simulation import Run, Step

POPULATION = 20
SEVERAL = "several-"  # what the names of these searches begin with

Losses = tuple[float, ...]
Evaluate = Callable[[Mapping[str, ParameterValue]], Losses]
Go = Callable[[Front, int, int, Evaluate], None]
"""Evaluates so many points of a front, with a seed."""


class Record:
    """Evaluates, and keeps how the share of the true front grew. A step's regret is 1 − share."""

    def __init__(self, front: Front, evaluations: int) -> None:
        self._front, self._evaluations = front, evaluations
        self._points: list[Losses] = []
        self._steps: list[Step] = []
        self._best = 0.0
        self._counting = 0.0
        self._began = time.process_time()

    def __call__(self, values: Mapping[str, ParameterValue]) -> Losses:
        losses = self._front.losses(values)
        began = time.process_time()
        if len(self._points) < self._evaluations:
            self._points.append(losses)
            share = self._front.share(self._points)
            if share > self._best:
                self._best = share
                self._steps.append(Step(len(self._points), 0.0, 1 - share))
        self._counting += time.process_time() - began
        return losses

    def run(self) -> Run:
        """What was recorded. cpu: without what the counting of shares took."""
        spent = time.process_time() - self._began - self._counting
        return Run(self._steps, len(self._points), 0.0, spent)


@dataclass(frozen=True)
class Several:
    """A peer, or what is told of it."""

    name: str
    title: str
    package: str
    settings: str
    go: Go
    needs: tuple[str, ...] = ()

    @property
    def version(self) -> str | None:
        return installed(self.package, *self.needs)


def spread(go: Go, front: Front, seed: int, evaluations: int) -> Run:
    """Runs a search on a front."""
    record = Record(front, evaluations)
    go(front, seed, evaluations, record)
    return record.run()


def ours(algorithm: str) -> Go:
    def go(front: Front, seed: int, evaluations: int, evaluate: Evaluate) -> None:
        objectives = tuple(Objective(metric=f"loss_{i}", goal="Minimize") for i in range(front.objectives))
        problem = Problem(front.parameters, objectives, algorithm, seed=seed)  # type: ignore[arg-type]
        history: list[Entry] = []
        for number in range(1, evaluations + 1):
            answer = suggest(problem, history, [], number)
            if not isinstance(answer, Proposal):
                return
            history.append(Entry(number, answer.parameters, "Succeeded", evaluate(answer.parameters)))

    return go


def _optuna(name: str) -> Go:
    def go(front: Front, seed: int, evaluations: int, evaluate: Evaluate) -> None:
        import optuna

        from tests.benchmarks.search.peers.optuna_search import suggested

        samplers = {
            "nsga2": lambda: optuna.samplers.NSGAIISampler(seed=seed, population_size=POPULATION),
            "tpe": lambda: optuna.samplers.TPESampler(seed=seed, multivariate=True),
            "gp": lambda: optuna.samplers.GPSampler(seed=seed),
        }
        along = axes(front.parameters)
        study = optuna.create_study(directions=["minimize"] * front.objectives, sampler=samplers[name]())
        for _ in range(evaluations):
            trial = study.ask()
            study.tell(trial, evaluate(walk(along, lambda axis, trial=trial: suggested(trial, axis))))

    return go


def _pymoo(front: Front, seed: int, evaluations: int, evaluate: Evaluate) -> None:
    from pymoo.algorithms.moo.nsga2 import NSGA2, RankAndCrowding
    from pymoo.core.mixed import MixedVariableGA
    from pymoo.core.problem import ElementwiseProblem
    from pymoo.core.variable import Choice
    from pymoo.optimize import minimize

    along = axes(front.parameters)
    if all(axis.kind == "double" for axis in along):

        class Doubles(ElementwiseProblem):  # type: ignore[misc]
            def __init__(self) -> None:
                low, high = [a.low for a in along], [a.high for a in along]
                super().__init__(n_var=len(along), n_obj=front.objectives, xl=low, xu=high)

            def _evaluate(self, x: Sequence[float], out: dict[str, Losses]) -> None:
                drawn = dict(zip((a.name for a in along), x, strict=True))
                out["F"] = evaluate(walk(along, lambda axis: axis.own(drawn[axis.name])))

        chosen = Doubles(), NSGA2(pop_size=POPULATION)
    else:

        class Choices(ElementwiseProblem):  # type: ignore[misc]
            def __init__(self) -> None:
                choices = {a.name: Choice(options=np.arange(len(a.levels))) for a in along}
                super().__init__(vars=choices, n_obj=front.objectives)

            def _evaluate(self, x: Mapping[str, int], out: dict[str, Losses]) -> None:
                out["F"] = evaluate(walk(along, lambda axis: axis.levels[int(x[axis.name])]))

        chosen = Choices(), MixedVariableGA(pop_size=POPULATION, survival=RankAndCrowding())
    minimize(*chosen, ("n_eval", evaluations), seed=seed)


def _platypus(front: Front, seed: int, evaluations: int, evaluate: Evaluate) -> None:
    import platypus

    along = axes(front.parameters)
    problem = platypus.Problem(len(along), front.objectives)
    for place, axis in enumerate(along):
        doubles = axis.kind == "double"
        problem.types[place] = (
            platypus.Real(axis.low, axis.high) if doubles else platypus.Integer(0, len(axis.levels) - 1)
        )

    def evaluated(variables: Sequence[float]) -> Losses:
        drawn = dict(zip((a.name for a in along), variables, strict=True))
        return evaluate(
            walk(along, lambda a: a.levels[int(drawn[a.name])] if a.levels else a.own(drawn[a.name]))
        )

    problem.function = evaluated
    random.seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        platypus.PESA2(problem, population_size=POPULATION).run(evaluations)


OTHERS = {
    several.name: several
    for several in (
        Several(
            "several-optuna-nsga2",
            "Optuna NSGA-II",
            "optuna",
            f"NSGAIISampler(seed, population_size={POPULATION})",
            _optuna("nsga2"),
        ),
        Several(
            "several-optuna-tpe",
            "Optuna TPE",
            "optuna",
            "TPESampler(seed, multivariate=True)",
            _optuna("tpe"),
        ),
        Several("several-optuna-gp", "Optuna GP", "optuna", "GPSampler(seed)", _optuna("gp"), ("torch",)),
        Several(
            "several-pymoo-nsga2",
            "pymoo NSGA-II",
            "pymoo",
            f"NSGA2(pop_size={POPULATION}); on the table MixedVariableGA(survival=RankAndCrowding())",
            _pymoo,
        ),
        Several(
            "several-platypus-pesa2",
            "Platypus PESA2",
            "platypus-opt",
            f"PESA2(population_size={POPULATION}); choices as Integer",
            _platypus,
        ),
    )
}
