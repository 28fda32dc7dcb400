"""Small problems and histories, by hand and by hypothesis."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, get_args

from hypothesis import strategies as st
from tuning_operator.api import NSGA2Options, Objective, Parameter, ParameterValue, PESA2Options
from tuning_operator.search import Entry, Exhausted, Outcome, Problem, Proposal, suggest
from tuning_operator.search.space import Values

Point = Mapping[str, ParameterValue]
ALGORITHMS = ["Bayesian", "CMAES", "Grid", "NSGA2", "OneAtATime", "PESA2", "Random", "Sobol", "TPE"]
FEW = 4
"""A population of which a few trials are several generations."""


def parameter(name: str, type_: str, **fields: Any) -> Parameter:
    return Parameter.model_validate({"name": name, "type": type_, **fields})


def problem(
    *parameters: Parameter, algorithm: Any = "Random", goal: Any = "Minimize", **rest: Any
) -> Problem:
    options = {"nsga2": NSGA2Options(population=FEW), "pesa2": PESA2Options(population=FEW)} | rest
    return Problem(tuple(parameters), (Objective(metric="loss", goal=goal),), algorithm, **options)


MIXED = (
    parameter("activation", "categorical", values=["linear", "relu", "gelu"], ordered=True),
    parameter("augment", "bool"),
    parameter("batch_size", "discrete", numbers=[128, 32, 64, 0.5]),
    parameter("dropout", "double", min=0, max=0.9, step=0.1),
    parameter("learning_rate", "double", min=1e-5, max=1e-1, scale="log"),
    parameter("momentum", "double", min=0, max=0.99, when={"parameter": "optimizer", "in": ["sgd"]}),
    parameter("nesterov", "bool", when={"parameter": "momentum", "min": 0.5}),
    parameter("optimizer", "categorical", values=["adam", "adamw", "sgd"]),
    parameter("units", "int", min=32, max=512, scale="log", step=32),
)
"""One of each kind, and a condition below a condition."""

SMALL = (
    parameter("depth", "int", min=1, max=3),
    parameter("kind", "categorical", values=["a", "b"]),
    parameter("units_2", "int", min=8, max=16, step=8, when={"parameter": "depth", "min": 2}),
    parameter("units_3", "int", min=8, max=16, step=8, when={"parameter": "depth", "min": 3}),
)
"""2 · (1 + 2 + 4) = 14 points."""


def finished(number: int, values: Point, value: float | None, outcome: Outcome = "Succeeded") -> Entry:
    return Entry(number, values, outcome, (value,))


def proposed(of: Problem, history: Iterable[Entry], pending: Iterable[Entry], number: int) -> Values:
    answer = suggest(of, list(history), list(pending), number)
    assert isinstance(answer, Proposal), answer
    return dict(answer.parameters)


def run(
    of: Problem, trials: int, loss: Callable[[Values], float | None] = lambda values: 0.0, parallel: int = 1
) -> list[Entry]:
    """Trials one after another, `parallel` at a time, until the space is used up."""
    history: list[Entry] = []
    pending: list[Entry] = []
    for number in range(1, trials + 1):
        answer = suggest(of, history, pending, number)
        if isinstance(answer, Exhausted):
            break
        assert isinstance(answer, Proposal)
        pending.append(Entry(number, answer.parameters))
        if len(pending) == parallel:
            first = pending.pop(0)
            history.append(finished(first.number, dict(first.parameters), loss(dict(first.parameters))))
    return history + pending


def fits(parameter: Parameter, value: ParameterValue) -> bool:
    """The value is of the parameter's JSON type, in its range and on its step."""
    match parameter.type:
        case "bool":
            return type(value) is bool
        case "categorical":
            return type(value) is str and value in (parameter.values or [])
        case "discrete":
            wanted = int if float(value).is_integer() and abs(float(value)) <= 2**53 else float
            return type(value) is wanted and value in (parameter.numbers or [])
        case _:
            return type(value) is (int if parameter.type == "int" else float) and _in_range(parameter, value)


def _in_range(parameter: Parameter, value: Any) -> bool:
    assert parameter.min is not None
    assert parameter.max is not None
    if not parameter.min <= value <= parameter.max:
        return False
    if parameter.step is None:
        return True
    # Exactly: of the largest ranges and the finest steps a float could not count.
    first, step = (Fraction(repr(number)) for number in (parameter.min, parameter.step))
    nearest = first + round((Fraction(repr(value)) - first) / step) * step
    return math.isclose(value, nearest, rel_tol=1e-15, abs_tol=1e-9 * parameter.step)


@st.composite
def spaces(draw: st.DrawFn, most: int = 5) -> tuple[Parameter, ...]:
    """One to `most` parameters of any kind; some exist only at some values of an earlier one."""
    parameters: list[Parameter] = []
    for index in range(draw(st.integers(1, most))):
        fields = draw(_kinds())
        conditional = draw(st.booleans())
        if parameters and conditional:
            fields["when"] = draw(_whens(draw(st.sampled_from(parameters))))
        # Names whose order is not that of the list.
        parameters.append(parameter(f"p{(index * 7 + 3) % 10}", fields.pop("type"), **fields))
    return tuple(parameters)


@st.composite
def _kinds(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["double", "int", "discrete", "categorical", "bool"]))
    if kind == "bool":
        return {"type": kind}
    if kind == "categorical":
        values = draw(st.lists(st.sampled_from("abcde"), min_size=1, max_size=4, unique=True))
        return {"type": kind, "values": values, "ordered": draw(st.booleans())}
    if kind == "discrete":
        numbers = st.sampled_from([-1.5, 0, 1, 2.5, 64, 1e20])
        return {"type": kind, "numbers": draw(st.lists(numbers, min_size=1, max_size=4, unique=True))}
    return {"type": kind, **draw(_ranges(whole=kind == "int"))}


@st.composite
def _ranges(draw: st.DrawFn, whole: bool) -> dict[str, Any]:
    log = draw(st.booleans())
    low = draw(st.sampled_from([1, 2, 7] if whole else [1e-6, 0.1, 3] if log else [-1e300, -2, 0, 0.1]))
    width = draw(st.sampled_from([0, 1, 5, 1000] if whole else [0, 0.7, 1e5]))
    step = draw(st.sampled_from([None, 1, 3] if whole else [None, 0.1, 0.25]))
    fields: dict[str, Any] = {"min": low, "max": low + width, "scale": "log" if log else "linear"}
    if not whole and draw(st.integers(0, 5)) == 5:
        return {**fields, "max": math.nextafter(low, math.inf)}
    return fields if step is None or step > width else {**fields, "step": step}


@st.composite
def _whens(draw: st.DrawFn, parent: Parameter) -> dict[str, Any]:
    if parent.type == "bool":
        return {"parameter": parent.name, "in": [draw(st.sampled_from(["true", "false"]))]}
    if parent.type == "categorical":
        return {"parameter": parent.name, "in": [draw(st.sampled_from(parent.values or []))]}
    low, high = (parent.min, parent.max) if parent.min is not None else (0.0, 64.0)
    bound = draw(st.sampled_from([low, high, (low or 0) / 2 + (high or 0) / 2]))
    return {"parameter": parent.name, draw(st.sampled_from(["min", "max"])): bound}


VALUES = st.none() | st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from([0.0, 1e300, -1e300])
OUTCOMES = st.sampled_from(get_args(Outcome))


@st.composite
def histories(draw: st.DrawFn, of: Problem, most: int = 12) -> tuple[list[Entry], list[Entry]]:
    """Finished and running trials, with any outcome and value, in any order."""
    points = [e.parameters for e in run(Problem(of.parameters, of.objectives, "Random", seed=of.seed), most)]
    done = draw(st.integers(0, len(points)))
    history = [Entry(n, p, draw(OUTCOMES), (draw(VALUES),)) for n, p in enumerate(points[:done], start=1)]
    pending = [Entry(n, p) for n, p in enumerate(points[done:], start=done + 1)]
    return draw(st.permutations(history)), draw(st.permutations(pending))
