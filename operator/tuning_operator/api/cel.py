"""The part of CEL that the CRDs' rules use: text in, a function out.

`tuning validate` has to give the API server's verdict without a server, so it
executes the very rules of the CRD. The CEL libraries for Python do not serve:
one calls wrongly what it compiles and needs 12 seconds for 64 parameters when
it interprets, the other wants a newer Python than ours. What is not known here
is refused when a rule is compiled, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tuning_operator.api import cel_functions as functions
from tuning_operator.api.cel_nodes import (
    Expression,
    Field,
    absorbing,
    applied,
    constant,
    mapped,
    quantified,
    scopes,
    truth,
)

TOKEN = re.compile(
    r"\s*(?:(?P<float>\d+\.\d+)|(?P<int>\d+)|(?P<string>'(?:[^'\\]|\\.)*')|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<sign>\|\||&&|<=|>=|==|!=|[<>+\-!?:.,()\[\]]))"
)
LITERALS = {"true": True, "false": False, "null": None}
MACROS = {"all", "exists", "exists_one", "map", "filter"}


def compile_cel(text: str) -> Callable[[Mapping[str, Any]], Any]:
    """The function that evaluates the expression.

    It takes the variables (self, oldSelf) and raises CelError where CEL has an
    error: a key that is not there, an index out of bounds.
    Raises SyntaxError for what this part of CEL does not have.
    """
    parser = Parser(text)
    expression = parser.ternary()
    if parser.kind != "end":
        raise parser.error()
    return lambda variables: expression(dict(variables))


class Parser:
    """Recursive descent, one method for each level of precedence; each gives a function of the scope."""

    def __init__(self, text: str) -> None:
        self.text, self.position = text, 0
        self.kind, self.token = "", ""
        self.advance()

    def advance(self) -> str:
        """Go to the next token; gives the one that was read."""
        before = self.token
        match = TOKEN.match(self.text, self.position)
        if match:
            self.kind, self.token = str(match.lastgroup), str(match[str(match.lastgroup)])
            self.position = match.end()
        elif self.text[self.position :].strip():
            raise self.error()
        else:
            self.kind, self.token = "end", ""
        return before

    def error(self) -> SyntaxError:
        around = self.text[max(self.position - 20, 0) : self.position + 20]
        return SyntaxError(f"no CEL known here at …{around}")

    def take(self, sign: str) -> bool:
        """Read this sign if it is next."""
        found = self.kind == "sign" and self.token == sign
        if found:
            self.advance()
        return found

    def expect(self, sign: str) -> None:
        if not self.take(sign):
            raise self.error()

    def ternary(self) -> Expression:
        condition = self.either()
        if not self.take("?"):
            return condition
        yes = self.either()
        self.expect(":")
        no = self.ternary()
        return lambda scope: yes(scope) if truth(condition(scope)) else no(scope)

    def either(self) -> Expression:
        left = self.both()
        while self.take("||"):
            left = absorbing(left, self.both(), True)
        return left

    def both(self) -> Expression:
        left = self.relation()
        while self.take("&&"):
            left = absorbing(left, self.relation(), False)
        return left

    def relation(self) -> Expression:
        left = self.sum()
        while self.token in functions.RELATIONS and self.kind in ("sign", "name"):
            left = applied(functions.RELATIONS[self.advance()], left, self.sum())
        return left

    def sum(self) -> Expression:
        left = self.unary()
        while self.kind == "sign" and self.token in functions.ARITHMETIC:
            left = applied(functions.ARITHMETIC[self.advance()], left, self.unary())
        return left

    def unary(self) -> Expression:
        if self.take("!"):
            negated = self.unary()
            return lambda scope: not truth(negated(scope))
        if self.take("-"):
            number = self.unary()
            return lambda scope: -number(scope)
        return self.member()

    def member(self) -> Expression:
        value = self.primary()
        while True:
            if self.take("."):
                value = self.after_dot(value)
            elif self.take("["):
                value = applied(functions.index, value, self.ternary())
                self.expect("]")
            else:
                return value

    def after_dot(self, value: Expression) -> Expression:
        name = self.name()
        if not self.take("("):
            return Field(value, unescaped(name))
        if name in MACROS:
            return self.macro(name, value)
        if name not in functions.METHODS:
            raise self.error()
        return applied(functions.METHODS[name], value, *self.arguments(")"))

    def macro(self, name: str, over: Expression) -> Expression:
        """`over.name(variable, body…)`."""
        variable = self.name()
        self.expect(",")
        bodies = self.arguments(")")
        if name == "map":
            *condition, body = bodies
            return mapped(over, variable, body, condition[0] if condition else None)
        (body,) = bodies
        if name == "filter":
            return mapped(over, variable, lambda scope: scope[variable], body)
        if name == "exists_one":
            return lambda scope: sum(truth(body(inner)) for inner in scopes(over, variable, scope)) == 1
        return quantified(over, variable, body, name == "exists")

    def primary(self) -> Expression:
        if self.take("("):
            inner = self.ternary()
            self.expect(")")
            return inner
        if self.take("["):
            items = self.arguments("]")
            return lambda scope: [item(scope) for item in items]
        kind, token = self.kind, self.advance()
        if kind == "name" and self.take("("):
            return self.call(token)
        if kind == "name":
            return constant(LITERALS[token]) if token in LITERALS else lambda scope: scope[token]
        if kind in functions.LITERAL:
            return constant(functions.LITERAL[kind](token))
        raise self.error()

    def call(self, name: str) -> Expression:
        (argument,) = self.arguments(")")
        if name == "has" and isinstance(argument, Field):
            return argument.exists
        if name not in functions.GLOBAL:
            raise self.error()
        return applied(functions.GLOBAL[name], argument)

    def arguments(self, end: str) -> list[Expression]:
        found: list[Expression] = []
        while not self.take(end):
            found.append(self.ternary())
            if not self.take(","):
                self.expect(end)
                break
        return found

    def name(self) -> str:
        if self.kind != "name":
            raise self.error()
        return self.advance()


def unescaped(name: str) -> str:
    """Kubernetes writes a field whose name is a word of CEL as __in__."""
    return name[2:-2] if name.startswith("__") and name.endswith("__") else name
