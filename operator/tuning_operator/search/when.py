"""Whether a parameter exists, given the value of the one that its `when` looks at."""

from __future__ import annotations

from tuning_operator.api import ParameterValue
from tuning_operator.api.job import When


def holds(when: When, value: ParameterValue) -> bool:
    """Whether a condition on an existing parameter is met by its value."""
    if when.in_ is not None:
        return _text(value) in when.in_
    if isinstance(value, bool | str):
        return False
    return (when.min is None or value >= when.min) and (when.max is None or value <= when.max)


def _text(value: ParameterValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
