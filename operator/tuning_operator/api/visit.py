"""What no schema can see of a job: steps that are too fine, and its initial trials against its parameters."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tuning_operator.api.job import TuningJob
from tuning_operator.api.parameter import Parameter
from tuning_operator.api.trial import Trial
from tuning_operator.api.when import active


def visit(job: TuningJob) -> list[str]:
    """Why a job that the API server accepted cannot be run; empty when it can.

    Each entry names the field, the value and the mend.
    """
    parameters = job.spec.parameters
    found = [problem for place, one in enumerate(parameters) for problem in of_step(place, one)]
    for place, initial in enumerate(job.spec.initial_trials):
        found += of_initial_trial(f"spec.initialTrials[{place}].parameters", parameters, initial.parameters)
    return found


def of_first_trial(job: TuningJob, first: Trial) -> str | None:
    """Why a job cannot go on from its first trial: its parameters were edited while that one started.

    Once the job's status counts a trial, the API server refuses such an edit; before, it cannot know.
    The mend is the shell's to say: a job that starts over.
    """
    without_steps = [parameter.model_copy(update={"step": None}) for parameter in job.spec.parameters]
    unlike = next(of_initial_trial("parameters", without_steps, first.spec.parameters), None)
    if unlike is None:
        return None
    return f"spec.parameters was edited while {first.metadata.name} started, whose {unlike}"


def of_step(place: int, parameter: Parameter) -> Iterator[str]:
    """A step makes no more values than a float can count: the search could not keep to it."""
    low, high, step = parameter.min or 0.0, parameter.max or 0.0, parameter.step
    if step and math.isinf(steps_to(high, low, step)):
        yield (
            f"spec.parameters[{place}].step: {shown(step)}: makes more values of {parameter.name} "
            f"from {low:g} to {high:g} than can be counted: make it larger, or remove it"
        )


def of_initial_trial(path: str, parameters: list[Parameter], values: Mapping[str, Any]) -> Iterator[str]:
    """An initial trial has a right value for each parameter that exists, and nothing else."""
    existing = active(parameters, values)
    named = {p.name: p for p in parameters}
    for name, value in values.items():
        if name not in named:
            yield f"{path}.{name}: {shown(value)}: no parameter has this name: remove it or add the parameter"
        elif name not in existing:
            yield f"{path}.{name}: {shown(value)}: exists {reason(named[name])}: remove it"
        else:
            mend = wrong(named[name], value)
            if mend:
                yield f"{path}.{name}: {shown(value)}: {mend}"
    for name in sorted(existing - values.keys()):
        yield f"{path}.{name}: missing: add a value for the parameter {name}"


def reason(parameter: Parameter) -> str:
    """Why a parameter may not exist."""
    when = parameter.when
    if when is None:
        return "always"
    if when.in_ is not None:
        return f"only when {when.parameter} is in {when.in_}"
    bounds = [f"at least {when.min:g}"] if when.min is not None else []
    bounds += [f"at most {when.max:g}"] if when.max is not None else []
    return f"only when {when.parameter} is {' and '.join(bounds)}"


def shown(value: Any) -> str:
    """The value as JSON, shortened: it was not bounded by any schema."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 100 else text[:99] + "…"


def wrong(parameter: Parameter, value: Any) -> str | None:
    """What to do about a value that the parameter cannot have; None when it can."""
    if parameter.type == "bool":
        return None if isinstance(value, bool) else "write true or false"
    if parameter.type == "categorical":
        return one_of(parameter.values, value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return f"write a number, {parameter.name} is of type {parameter.type}"
    if parameter.type == "discrete":
        return one_of(parameter.numbers, value)
    return out_of_range(parameter, value)


def one_of(choices: Sequence[Any] | None, value: Any) -> str | None:
    """A discrete or categorical value is one of the choices; strings and numbers never equal."""
    return None if value in (choices or []) else f"choose one of {shown(choices)}"


def out_of_range(parameter: Parameter, value: float) -> str | None:
    """A double's or int's value lies between min and max, and on the grid of its step."""
    low, high, step = parameter.min or 0.0, parameter.max or 0.0, parameter.step
    if not low <= value <= high:
        return f"choose a value from {low:g} to {high:g}"
    if parameter.type == "int" and not float(value).is_integer():
        return f"round it, {parameter.name} is an int"
    if step and math.isfinite(steps := steps_to(value, low, step)) and not is_whole(steps):
        below = low + math.floor(steps) * step
        return f"choose a value on the grid of step {step:g} from {low:g}, such as {below:g}"
    return None


def steps_to(value: float, low: float, step: float) -> float:
    """How many steps it is from low; infinite beyond what a float can count."""
    return (value / 2 - low / 2) / step * 2  # of halves: the width of [−1e308, 1e308] is no float


def is_whole(steps: float) -> bool:
    """The value is low + k·step; 0.1 + 2·0.1 is 0.30000000000000004 and counts as 0.3."""
    return math.isclose(steps, round(steps), rel_tol=1e-9, abs_tol=1e-9)
