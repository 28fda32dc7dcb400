"""Parameter values by the type of their parameter.

JSON knows one kind of number, and the API server writes 1.0 as 1: a value that
has been stored gets its type back here, before a trial or the search sees it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tuning_operator.api import Parameter, Parameters, ParameterValue


def typed(parameters: Iterable[Parameter], values: Mapping[str, ParameterValue]) -> Parameters:
    """The values as their parameters' types say, in the order of their names."""
    types = {parameter.name: parameter.type for parameter in parameters}
    return {name: _typed(types.get(name), values[name]) for name in sorted(values)}


def _typed(kind: str | None, value: ParameterValue) -> ParameterValue:
    if isinstance(value, bool | str):
        return value
    if kind == "double":
        return float(value)
    if kind in ("int", "discrete") and float(value).is_integer():
        return int(value)
    return value
