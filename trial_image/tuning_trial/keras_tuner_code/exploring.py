"""Finds out all parameters that code asks for, by calling it until nothing new comes.

One call shows only what its own values lead to: with one layer, nobody asks for the second layer's units. So
each parameter that turns up is tried at every category, or at both ends of its range, in the very place where
it turned up; then come random calls, until a row of them has brought nothing new; and where a number decides
whether another parameter exists, the border is found by halving.
"""

import random
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tuning_trial.errors import UserError
from tuning_trial.keras_tuner_code.condition import Condition, condition_of
from tuning_trial.keras_tuner_code.declaration import Declaration

QUIET_CALLS = 12  # so many random calls in a row must bring nothing new
MOST_CALLS = 2000


@dataclass(frozen=True)
class Call:
    """What one call asked for.

    declared: the parameters that exist in it, in the order of asking.
    values: what they were given.
    wanted: values of a parameter on which the code says that others depend.
    error: why the call came to no end; then what it did not ask for says nothing.
    """

    declared: Mapping[str, Declaration]
    values: Mapping[str, Any]
    wanted: tuple[tuple[str, Any], ...] = ()
    error: str | None = None


@dataclass
class Exploration:
    """Everything found: calls in order, parameters in the order of their first appearance."""

    calls: list[Call] = field(default_factory=list)
    declared: dict[str, Declaration] = field(default_factory=dict)
    conditions: dict[str, Condition] = field(default_factory=dict)


def explore(ask: Callable[[Mapping[str, Any]], Call], seed: int = 0) -> Exploration:
    """Call until nothing new comes.

    Args:
        ask: calls the code with these values, defaults for all others.
        seed: of the random calls.

    Raises:
        UserError: a range depends on another parameter's value, or a parameter exists by a rule that a
            manifest's `when` cannot say; it names both parameters.
    """
    return _Explorer(ask, seed).run()


class _Explorer:
    def __init__(self, ask: Callable[[Mapping[str, Any]], Call], seed: int) -> None:
        self._ask = ask
        self._random = random.Random(seed)
        self._found = Exploration()
        self._open: deque[dict[str, Any]] = deque([{}])
        self._first: dict[str, Call] = {}
        self._asked: set[tuple[Any, ...]] = set()
        self._quiet = 0

    def run(self) -> Exploration:
        while True:
            self._until_quiet()
            borders = [b for name in self._found.declared for b in self._border(name)]
            if not borders:
                return self._found
            for values in borders:
                self._call(values)

    def _until_quiet(self) -> None:
        while self._open or self._quiet < QUIET_CALLS:
            if self._open:
                self._call(self._open.popleft())
            else:
                self._quiet += 1
                self._call({n: d.sample(self._random) for n, d in self._found.declared.items()})

    def _call(self, values: dict[str, Any]) -> None:
        if _key(values) in self._asked:
            return
        self._asked.add(_key(values))
        if len(self._asked) > MOST_CALLS:
            raise UserError(
                f"after {MOST_CALLS} calls the code still asks for new parameters", "have it ask for fewer"
            )
        call = self._ask(values)
        self._found.calls.append(call)
        for name, declaration in call.declared.items():
            self._note(name, declaration, call)
        for name, value in call.wanted:
            if name in call.declared and call.declared[name].holds(value):
                self._open.append({**call.values, name: value})

    def _note(self, name: str, declaration: Declaration, call: Call) -> None:
        known = self._found.declared.setdefault(name, declaration)
        if known != declaration:
            raise self._dependent_range(name, self._first[name], call)
        if name not in self._first:
            self._first[name] = call
            self._quiet = 0
            self._open.extend({**call.values, name: probe} for probe in declaration.probes())

    def _border(self, name: str) -> list[dict[str, Any]]:
        """Calls that would narrow down where a number lets the parameter exist; none when it is known."""
        condition = condition_of(name, self._found.calls, self._found.declared)
        if condition is None:
            self._found.conditions.pop(name, None)
            return []
        self._found.conditions[name] = condition
        place = self._first[name].values
        tries = [{**place, condition.parent: value} for value in condition.unknown()]
        return [values for values in tries if _key(values) not in self._asked]

    def _dependent_range(self, name: str, old: Call, new: Call) -> UserError:
        """Go from one call to the other, a parameter at a time, to see which one changes the range."""
        before, now = old.declared[name], new.declared[name]
        values = dict(old.values)
        for parent, value in new.values.items():
            was = values.get(parent)
            values[parent] = value
            if was == value or parent == name:
                continue
            if self._ask(values).declared.get(name, before) != before:
                return UserError(
                    f"the range of {name!r} depends on {parent!r}: it is {before} with {parent}={was}, "
                    f"and {now} with {parent}={value}",
                    f"ask for {name!r} in one range, and compute from both what the model needs",
                )
        return UserError(
            f"the range of {name!r} changes from call to call: it is {before}, then {now}",
            "ask for it in one range",
        )


def _key(values: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted(values.items(), key=lambda item: item[0]))
