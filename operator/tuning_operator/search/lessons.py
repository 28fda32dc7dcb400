"""What the finished trials teach: losses, of which smaller ones are better."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tuning_operator.search.problem import Entry, Problem

# A proposal's price must not grow with the job: the model sees this many trials at most.
MOST = 300


@dataclass(frozen=True)
class Lesson:
    """A finished trial and its losses, one an objective: the values, or their negatives to maximise."""

    entry: Entry
    losses: tuple[float, ...]


def lessons(problem: Problem, history: Sequence[Entry]) -> list[Lesson]:
    """The trials that say something, in the history's order; none, if not one has finite values.

    A trial that failed or diverged without values counts as the worst that was seen: bad
    enough to be avoided, and finite. A stopped one counts as what its last rung lets expect.
    Others without values say nothing.
    """
    measured = {e.number: losses for e in history if (losses := losses_of(problem, e)) is not None}
    if not measured:
        return []
    worst = tuple(map(max, zip(*measured.values(), strict=True)))
    told = measured | _expected(problem, history, measured)
    told |= {e.number: worst for e in history if e.outcome in ("Failed", "Diverged") and e.number not in told}
    return [Lesson(e, told[e.number]) for e in history if e.number in told]


def losses_of(problem: Problem, entry: Entry) -> tuple[float, ...] | None:
    """The trial's losses; None if one is missing or not finite, or the trial was stopped on its way."""
    if entry.outcome == "Stopped" or len(entry.values) < len(problem.objectives):
        return None
    losses = []
    for objective, value in zip(problem.objectives, entry.values, strict=True):
        if value is None or not math.isfinite(value):
            return None
        losses.append(-value if objective.goal == "Maximize" else value)
    return tuple(losses)


def _expected(
    problem: Problem, history: Sequence[Entry], measured: Mapping[int, tuple[float, ...]]
) -> dict[int, tuple[float, ...]]:
    """What stopped trials would have come to, if they had gone on from their last rung as others did.

    None of them would have been better than the best that finished: that remains to be seen.
    """
    stopped = [e for e in history if e.outcome == "Stopped" and e.rungs]
    if len(problem.objectives) > 1 or not stopped:
        return {}
    sign = -1 if problem.objectives[0].goal == "Maximize" else 1
    best = min(losses[0] for losses in measured.values())
    expected: dict[int, tuple[float, ...]] = {}
    for entry in stopped:
        rung = max(entry.rungs)
        gains = [
            measured[e.number][0] - sign * e.rungs[rung]
            for e in history
            if e.number in measured and math.isfinite(e.rungs.get(rung, math.nan))
        ]
        end = sign * entry.rungs[rung] + median(gains or [math.nan])
        if math.isfinite(end):  # of the largest doubles neither the gain nor the end needs to be one
            expected[entry.number] = (max(end, best),)
    return expected


def chosen(losses: Sequence[float], most: int = MOST) -> list[int]:
    """Indexes of at most `most` losses: the best third, the newest third, the rest evenly over time."""
    count = len(losses)
    if count <= most:
        return list(range(count))
    third = most // 3
    keep = set(sorted(range(count), key=lambda i: (losses[i], i))[:third])
    keep |= set(range(count - third, count))
    others = [i for i in range(count) if i not in keep]
    keep |= {others[i] for i in spread(len(others), most - len(keep))}
    return sorted(keep)


def spread(length: int, count: int) -> list[int]:
    """`count` different indexes from 0 to length − 1, evenly apart; all of them if there are fewer."""
    if length <= count:
        return list(range(length))
    return [i * length // count for i in range(count)]
