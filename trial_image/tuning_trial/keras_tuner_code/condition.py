"""When does a parameter exist? Inferred from calls: pure, and knowing nothing of Keras.

A manifest's `when` looks at one other parameter. So the parent of a parameter is one that was there whenever
the parameter was, and whose value alone tells the calls that had the parameter from those that had not. A
parent of a parent needs no mention: a parent must exist itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuning_trial.errors import UserError
from tuning_trial.hyperparameters import manifest_name
from tuning_trial.keras_tuner_code.declaration import Declaration

if TYPE_CHECKING:
    from tuning_trial.keras_tuner_code.exploring import Call


@dataclass(frozen=True)
class Condition:
    """A parameter exists where its parent has one of these values; both seen in calls.

    there: the parent's values that were seen with the parameter.
    absent: those that were seen without it; none of them lies between two numbers that are there.
    evidence: how many calls were without it although the parent was there.
    """

    parent: str
    declaration: Declaration
    there: frozenset[Any]
    absent: frozenset[Any]
    evidence: int

    def unknown(self) -> list[Any]:
        """Return values of a number in the middle between those seen with and those seen without."""
        if not self.declaration.is_number or self.declaration.size is None:
            return []
        index = self.declaration.index
        low, high = min(map(index, self.there)), max(map(index, self.there))
        below = [i for i in map(index, self.absent) if i < low]
        above = [i for i in map(index, self.absent) if i > high]
        gaps = [(max(below), low)] if below else []
        gaps += [(high, min(above))] if above else []
        return [self.declaration.at((a + b) // 2) for a, b in gaps if b - a > 1]

    def when(self) -> dict[str, Any]:
        """Return it as the manifest says it."""
        body: dict[str, Any] = {"parameter": manifest_name(self.parent)}
        if not self.declaration.is_number:
            chosen = [v for v in self.declaration.values if v in self.there]
            return body | {"in": [str(v).lower() if isinstance(v, bool) else v for v in chosen]}
        if any(value < min(self.there) for value in self.absent):
            body["min"] = min(self.there)
        if any(value > max(self.there) for value in self.absent):
            body["max"] = max(self.there)
        return body


def condition_of(name: str, calls: Sequence["Call"], declared: Mapping[str, Declaration]) -> Condition | None:
    """Return when the parameter exists; None for always.

    Args:
        name: of a parameter that at least one call had.
        calls: all of them; of those that failed, what they did not ask for says nothing.
        declared: all parameters.

    Raises:
        UserError: no single parent explains it, or a double without a step would.
    """
    there = [call for call in calls if name in call.declared]
    absent = [call for call in calls if name not in call.declared and call.error is None]
    if not absent:
        return None
    candidates = [_candidate(parent, name, there, absent, declared[parent]) for parent in declared]
    found = [c for c in candidates if c is not None]
    if not found:
        others = sorted({n for a in absent for n in _differing(there[0], a)} - {name})
        raise UserError(
            f"whether {name!r} exists depends on more than one other parameter, or on scattered values: "
            f"{', '.join(others)}",
            f"ask for {name!r} inside of the `if` of one other parameter, or always",
        )
    best = max(found, key=lambda c: (c.evidence, list(declared).index(c.parent)))
    if best.declaration.is_number and best.declaration.size is None:
        raise UserError(
            f"whether {name!r} exists depends on {best.parent!r}, which is a continuous number",
            f"give {best.parent!r} a step, or make a Boolean decide",
        )
    return best


def _candidate(
    parent: str, name: str, there: list["Call"], absent: list["Call"], declaration: Declaration
) -> Condition | None:
    if parent == name or not all(_asked_before(parent, name, call) for call in there):
        return None
    with_it = frozenset(call.values[parent] for call in there)
    without = [call.values[parent] for call in absent if parent in call.declared]
    if not without or with_it & set(without):
        return None
    if declaration.is_number and any(min(with_it) < value < max(with_it) for value in without):
        return None
    return Condition(parent, declaration, with_it, frozenset(without), len(without))


def _asked_before(parent: str, name: str, call: "Call") -> bool:
    order = list(call.declared)
    return parent in order and order.index(parent) < order.index(name)


def _differing(one: "Call", other: "Call") -> set[str]:
    """Parameters that both have, with different values."""
    return {n for n in one.values.keys() & other.values.keys() if one.values[n] != other.values[n]}
