"""How the parts of a CEL expression are evaluated: each is a function of the variables in scope."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tuning_operator.api.cel_functions import CelError

Scope = dict[str, Any]
Expression = Callable[[Scope], Any]


class Field:
    """`value.name`; an expression, and what has() asks about."""

    def __init__(self, value: Expression, name: str) -> None:
        self.value, self.name = value, name

    def __call__(self, scope: Scope) -> Any:
        owner = self.value(scope)
        if not isinstance(owner, dict) or self.name not in owner:
            raise CelError(f"no such key: {self.name}")
        return owner[self.name]

    def exists(self, scope: Scope) -> bool:
        """What has(value.name) says; an error when `value` itself is not there."""
        return self.name in self.value(scope)


def constant(value: Any) -> Expression:
    return lambda scope: value


def truth(value: Any) -> bool:
    """The value of a condition: CEL takes nothing but true and false."""
    if value is True or value is False:
        return bool(value)
    raise CelError("no such overload")


def applied(function: Callable[..., Any], *arguments: Expression) -> Expression:
    """A call whose arguments are evaluated first."""

    def call(scope: Scope) -> Any:
        try:
            return function(*(argument(scope) for argument in arguments))
        except (TypeError, ValueError, AttributeError) as error:
            raise CelError("no such overload") from error

    return call


def absorbing(left: Expression, right: Expression, decides: bool) -> Expression:
    """`||` (decides: true) and `&&` (false): the deciding value wins even over an error beside it."""

    def either(scope: Scope) -> bool:
        try:
            if truth(left(scope)) is decides:
                return decides
        except CelError:
            if truth(right(scope)) is decides:
                return decides
            raise
        return truth(right(scope))

    return either


def scopes(over: Expression, variable: str, scope: Scope) -> Iterator[Scope]:
    """The scope once for each element (a map's keys), which `variable` names."""
    inner = dict(scope)
    for element in over(scope):
        inner[variable] = element
        yield inner


def mapped(over: Expression, variable: str, body: Expression, condition: Expression | None) -> Expression:
    """`map` and, with a condition, `filter` and the `map` of three arguments."""

    def items(scope: Scope) -> list[Any]:
        found = scopes(over, variable, scope)
        return [body(inner) for inner in found if condition is None or truth(condition(inner))]

    return items


def quantified(over: Expression, variable: str, body: Expression, decides: bool) -> Expression:
    """`exists` (decides: true) and `all` (false): a deciding element wins over errors of others."""

    def any_or_all(scope: Scope) -> bool:
        failure: CelError | None = None
        for inner in scopes(over, variable, scope):
            try:
                if truth(body(inner)) is decides:
                    return decides
            except CelError as error:
                failure = error
        if failure:
            raise failure
        return not decides

    return any_or_all
