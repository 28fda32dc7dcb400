"""What a trial has reported so far, and which of it counts in the end. Pure: values in, values out."""

import math
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field

from tuning_trial.contract import Objective
from tuning_trial.measures import NAMES as MEASURED

MOST_NAMES = 100  # of the user's own: the operator takes 64 KiB of a page
LONGEST_NAME = 128  # characters; no objective may be longer


@dataclass(frozen=True)
class Observation:
    """The metrics of one step."""

    step: int
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class Record:
    """Everything reported, reduced to what the page and the termination message need.

    It is replaced as a whole, never changed: a scrape or a signal handler always sees a complete one.
    """

    last: Observation | None = None
    kept: Observation | None = None  # the observation whose model is kept
    latest: Mapping[str, float] = field(default_factory=dict)  # each metric's latest value
    rungs: Mapping[tuple[str, int], float] = field(default_factory=dict)  # of what a trial is judged by


def with_room(record: Record, metrics: Mapping[str, float], judged: Collection[str]) -> dict[str, float]:
    """Return those of the metrics that may be added: a new name at each step would let all grow without end.

    Names that are on record stay, and so do those that a trial is judged by and those that every trial
    measures; of others there are the first MOST_NAMES, of at most LONGEST_NAME characters.
    """
    always = {*judged, *MEASURED}
    own = [name for name in metrics if name not in always and name not in record.latest]
    room = max(0, MOST_NAMES - len(record.latest.keys() - always))
    fitting = [name for name in own if len(name) <= LONGEST_NAME][:room]
    refused = {*own} - {*fitting}
    return {name: value for name, value in metrics.items() if name not in refused}


def observe(
    record: Record,
    new: Observation,
    objectives: Sequence[Objective],
    rungs: Set[int],
    constrained: Sequence[str] = (),
) -> Record:
    """Return the record with one more observation; several of the same step make one observation.

    At a rung a trial is compared by its objectives and constraints: other metrics would fill the page there.
    """
    merged = _merge(record.last, new)
    judged = {*(objective.metric for objective in objectives), *constrained} if new.step in rungs else set()
    at_rung = {(name, new.step): value for name, value in new.metrics.items() if name in judged}
    return Record(
        last=merged,
        kept=_keep(record.kept, merged, objectives),
        latest={**record.latest, **new.metrics},
        rungs={**record.rungs, **at_rung},
    )


def final_metrics(
    record: Record, objectives: Sequence[Objective], constrained: Sequence[str] = ()
) -> dict[str, float]:
    """Return what the trial hands in: the kept model's metrics, in the order of their worth.

    First those that it is judged by, then the user's own, then what every trial measures: where there is no
    room for all, the last ones go.

    An objective with `take: Last` has the last report's value. A metric that was never reported at the kept
    step (a model's size, a test accuracy) has its latest value, for the alternative is to lose it.
    """
    if record.kept is None or record.last is None:
        return {}
    metrics = {**record.latest, **record.kept.metrics}
    for objective in objectives:
        if objective.take == "Last" and objective.metric in record.last.metrics:
            metrics[objective.metric] = record.last.metrics[objective.metric]
    own = [name for name in metrics if name not in MEASURED]
    names = dict.fromkeys([objective.metric for objective in objectives] + [*constrained, *own, *metrics])
    return {name: metrics[name] for name in names if name in metrics}


def _merge(last: Observation | None, new: Observation) -> Observation:
    if last is None or last.step != new.step:
        return new
    return Observation(new.step, {**last.metrics, **new.metrics})


def _keep(kept: Observation | None, new: Observation, objectives: Sequence[Objective]) -> Observation:
    if kept is None or kept.step == new.step or not objectives or objectives[0].take == "Last":
        return new
    if objectives[0].metric not in kept.metrics:
        return new  # a metric told at the very end, such as the size of a file, is the last model's
    return new if _merit(new, objectives[0]) > _merit(kept, objectives[0]) else kept


def _merit(observation: Observation, objective: Objective) -> tuple[int, float]:
    """A finite value is better than NaN or infinity, which are better than none: they say what happened."""
    value = observation.metrics.get(objective.metric)
    if value is None:
        return (0, 0.0)
    if not math.isfinite(value):
        return (1, 0.0)
    return (2, value if objective.goal == "Maximize" else -value)
