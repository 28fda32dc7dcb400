"""Which parameters exist, given the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tuning_operator.api.parameter import Parameter, When


def active(parameters: Iterable[Parameter], values: Mapping[str, Any]) -> set[str]:
    """Names of the parameters that exist.

    A parameter without `when` exists; one with `when` exists if the parameter
    that it names does and has one of the values asked for. values: of at least
    the parameters that are named by a `when`; one that is missing lets nothing exist.
    """
    named = {p.name: p for p in parameters}

    def exists(parameter: Parameter, above: frozenset[str]) -> bool:
        when = parameter.when
        if when is None:
            return True
        parent = named.get(when.parameter)
        if parent is None or parent.name in above:  # a circle lets none of its parameters exist
            return False
        return exists(parent, above | {parent.name}) and allows(when, values.get(parent.name))

    return {p.name for p in named.values() if exists(p, frozenset({p.name}))}


def allows(when: When, value: Any) -> bool:
    """The value of the parameter that `when` names is one that it asks for."""
    if value is None:
        return False
    if when.in_ is not None:
        return (str(value).lower() if isinstance(value, bool) else value) in when.in_
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return (when.min is None or value >= when.min) and (when.max is None or value <= when.max)
