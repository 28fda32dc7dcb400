"""Parameters: the dimensions of the search space, their values, and what narrowing leaves of one."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr

from tuning_operator.api import parameter_rules
from tuning_operator.api.meta import Model, checked

ParameterValue = StrictBool | StrictInt | StrictFloat | StrictStr
Parameters = dict[str, ParameterValue]

ParameterName = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]
Value = Annotated[str, Field(max_length=64)]


class When(Model):
    """A parameter exists only when another one has one of these values."""

    model_config = checked(parameter_rules.WHEN)

    parameter: ParameterName
    in_: list[Value] | None = Field(default=None, alias="in", min_length=1, max_length=16)
    """Values of a categorical parameter, or "true" or "false" of a bool."""
    min: float | None = None
    """Smallest value of a numeric parameter."""
    max: float | None = None
    """Largest value of a numeric parameter."""


class Parameter(Model):
    """One dimension of the search space."""

    model_config = checked(parameter_rules.PARAMETER)

    name: ParameterName
    type: Literal["double", "int", "discrete", "categorical", "bool"]
    min: float | None = None
    """Smallest value of a double or int."""
    max: float | None = None
    """Largest value of a double or int."""
    step: float | None = Field(default=None, gt=0)
    """Only min, min + step, min + 2 step, … are tried (double and int).

    Unset, Grid tries 5 levels from min to max: of a double, and of an int with more than 10 values.
    """
    scale: Literal["linear", "log"] | None = None
    """How a double or int is spread between min and max; linear when unset."""
    numbers: list[float] | None = Field(default=None, min_length=1, max_length=64)
    """The values of a discrete parameter."""
    values: list[Value] | None = Field(default=None, min_length=1, max_length=64)
    """The values of a categorical parameter."""
    ordered: bool | None = None
    """The categorical values are in a meaningful order."""
    when: When | None = None
    """Unset: the parameter always exists."""


class Range(Model):
    """What a narrowed stage left of one parameter: its bounds, its numbers or its values."""

    name: ParameterName
    min: float | None = None
    """Smallest value of a double or int."""
    max: float | None = None
    """Largest value of a double or int; that of min, when the parameter is frozen."""
    numbers: list[float] | None = Field(default=None, max_length=64)
    """The numbers left of a discrete parameter."""
    values: list[Value] | None = Field(default=None, max_length=64)
    """The values left of a categorical parameter; "true" or "false" of a frozen bool."""
