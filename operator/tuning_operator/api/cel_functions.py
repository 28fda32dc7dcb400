"""CEL's operators and functions on values, as the API server has them.

Values are Python's: int, float (a schema's `number` is always a float), str,
bool, list, dict. Only what the rules use is here.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any


class CelError(Exception):
    """An error of evaluation, as CEL defines it (not: a rule that says no)."""


class Items(list[Any]):
    """A list whose order means nothing: its schema has x-kubernetes-list-type map."""


class Untyped:
    """A value without a schema: it can only be compared, and then exactly."""

    def __init__(self, value: Any) -> None:
        self.value = value


def equal(left: Any, right: Any) -> bool:
    """CEL's ==: an int equals a double of the same value, a bool equals no number."""
    if isinstance(left, Untyped) and isinstance(right, Untyped):
        return identical(left.value, right.value)
    if isinstance(left, Items) and isinstance(right, Items):
        return len(left) == len(right) and all(any(equal(a, b) for b in right) for a in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(value, right[key]) for key, value in left.items())
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def identical(left: Any, right: Any) -> bool:
    """The same JSON: 1 and 1.0 differ."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(identical, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(identical(v, right[k]) for k, v in left.items())
    return type(left) is type(right) and bool(left == right)


def contained(value: Any, within: Any) -> bool:
    """`value in list`, or key in map."""
    if isinstance(within, dict):
        return value in within
    return any(equal(value, item) for item in within)


def index(value: Any, position: Any) -> Any:
    """`list[position]`."""
    if not isinstance(value, list) or not 0 <= position < len(value):
        raise CelError(f"index out of bounds: {position}")
    return value[position]


def index_of(items: list[Any], value: Any) -> int:
    return next((place for place, item in enumerate(items) if equal(item, value)), -1)


def to_int(value: float | int) -> int:
    """int(): a double loses its fraction; one beyond 64 bits is an error."""
    if not -(2**63) <= value < 2**63:
        raise CelError("integer overflow")
    return int(value)


def matches(text: str, pattern: str) -> bool:
    """Some part of the text matches the pattern."""
    return python_pattern(pattern).search(text) is not None


def python_pattern(pattern: str) -> re.Pattern[str]:
    """The pattern as Go reads it: its `$` is the very end, Python's also stands before a last newline."""
    return re.compile(re.sub(r"(?<!\\)\$(?=\)|\||$)", r"\\Z", pattern))


def format_values(template: str, values: list[Any]) -> str:
    """`'…%s…'.format([…])`; %s is the only verb that the rules use."""
    parts = template.split("%s")
    if len(parts) != len(values) + 1:
        raise CelError("index out of range in format")
    return "".join(part + text for part, text in zip(parts, [*map(shown, values), ""], strict=True))


def shown(value: Any, within: bool = False) -> str:
    """A value as %s shows it; within a list strings stand in quotes and doubles have six decimals."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6f}" if within else shown_double(value)
    if isinstance(value, list):
        return "[" + ", ".join(shown(item, within=True) for item in value) + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if within else value
    return str(value)


def shown_double(value: float) -> str:
    """As Go's %g shows it: the fewest digits that tell it apart, an exponent below 1e-4 and from 1e6."""
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    power = len(digits) - 1 + int(exponent)
    if -4 <= power < 6:
        return f"{Decimal((sign, digits, int(exponent))):f}"
    text = "".join(map(str, digits))
    mantissa = text[0] + ("." + text[1:] if text[1:] else "")
    return f"{'-' if sign else ''}{mantissa}e{'-' if power < 0 else '+'}{abs(power):02d}"


def unquoted(token: str) -> str:
    """The string that a literal in single quotes stands for."""
    return re.sub(r"\\(.)", r"\1", token[1:-1])


LITERAL: dict[str, Callable[[str], Any]] = {"float": float, "int": int, "string": unquoted}
RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": contained,
}
ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub}
METHODS: dict[str, Callable[..., Any]] = {
    "size": len,
    "startsWith": str.startswith,
    "matches": matches,
    "indexOf": index_of,
    "sum": sum,
    "format": format_values,
}
GLOBAL: dict[str, Callable[[Any], Any]] = {"int": to_int, "double": float, "string": shown, "size": len}
