"""The rules on parameters: each by itself, its `when`, and all of them together."""

from __future__ import annotations

from itertools import pairwise

from tuning_operator.api.rule import Rule, each, rule


def only_for(field: str, *types: str) -> Rule:
    """The field belongs to parameters of these types alone."""
    listed = ", ".join(f"'{t}'" for t in types)
    return rule(
        f"!has(self.{field}) || self.type in [{listed}]",
        f"parameter %s is of type %s, {field} is for {' and '.join(types)}: remove {field} or change type",
        "self.name",
        "self.type",
        path=f".{field}",
    )


def needed_for(field: str, *types: str) -> Rule:
    """Parameters of these types need the field."""
    listed = ", ".join(f"'{t}'" for t in types)
    return rule(
        f"has(self.{field}) || !(self.type in [{listed}])",
        f"parameter %s of type %s has no {field}: add {field}",
        "self.name",
        "self.type",
        path=f".{field}",
    )


LARGEST = 2**53  # up to here every whole number is a JSON number exactly


def whole(field: str) -> Rule:
    """An int's bounds and step are whole numbers that JSON keeps exactly."""
    value = f"self.{field}"
    fits = f"{value} >= -{LARGEST}.0 && {value} <= {LARGEST}.0"
    return rule(
        f"self.type != 'int' || !has({value}) || ({fits} && double(int({value})) == {value})",
        f"{field} %s of the int parameter %s is not a whole number within ±2^53: "
        "round it, or make the type double",
        value,
        "self.name",
        path=f".{field}",
    )


PARAMETER = [
    needed_for("min", "double", "int"),
    needed_for("max", "double", "int"),
    needed_for("numbers", "discrete"),
    needed_for("values", "categorical"),
    only_for("min", "double", "int"),
    only_for("max", "double", "int"),
    only_for("step", "double", "int"),
    only_for("scale", "double", "int"),
    only_for("numbers", "discrete"),
    only_for("values", "categorical"),
    only_for("ordered", "categorical"),
    rule(
        "!has(self.min) || !has(self.max) || self.min < self.max",
        "min %s is not below max %s of parameter %s: swap them, or leave out a parameter that has one value",
        "self.min",
        "self.max",
        "self.name",
        path=".min",
    ),
    rule(
        "!has(self.scale) || self.scale != 'log' || !has(self.min) || self.min > 0.0",
        "a log scale cannot start at min %s of parameter %s: make min greater than 0, or scale linear",
        "self.min",
        "self.name",
        path=".min",
    ),
    rule(
        "!has(self.step) || !has(self.min) || !has(self.max) || self.min >= self.max"
        " || self.step <= self.max - self.min",
        "step %s of parameter %s is larger than its range from min %s to max %s: make it smaller",
        "self.step",
        "self.name",
        "self.min",
        "self.max",
        path=".step",
    ),
    whole("min"),
    whole("max"),
    whole("step"),
    rule(
        "!has(self.numbers) || self.numbers.all(n, self.numbers.exists_one(m, m == n))",
        "numbers %s of parameter %s name a number twice: remove one",
        "self.numbers",
        "self.name",
        path=".numbers",
    ),
    rule(
        "!has(self.values) || self.values.all(v, self.values.exists_one(w, w == v))",
        "values %s of parameter %s name a value twice: remove one",
        "self.values",
        "self.name",
        path=".values",
    ),
]

WHEN = [
    rule(
        "has(self.__in__) != (has(self.min) || has(self.max))",
        "when of parameter %s needs either `in` (for a categorical or bool) "
        "or min, max or both (for a number), and not a mixture: add or remove one",
        "self.parameter",
    ),
    rule(
        "!has(self.min) || !has(self.max) || self.min <= self.max",
        "min %s is above max %s of when on parameter %s: swap them",
        "self.min",
        "self.max",
        "self.parameter",
        path=".min",
    ),
]

# In a list of parameters: `p` has a `when`, `q` is the parameter that it names.
_NAMES = "self.exists(q, q.name == p.when.parameter && q.name != p.name)"
_REACHED = (  # some value of q lets p exist
    "(q.type == 'discrete'"
    " ? (!has(q.numbers) || q.numbers.exists(n, (!has(p.when.min) || n >= p.when.min)"
    " && (!has(p.when.max) || n <= p.when.max)))"
    " : ((!has(p.when.min) || !has(q.max) || p.when.min <= q.max)"
    " && (!has(p.when.max) || !has(q.min) || p.when.max >= q.min)))"
)


def _of_named(condition: str) -> str:
    """`condition` on p and q holds for the parameter that p's when names, if there is one."""
    return f"!has(p.when) || !self.exists(q, q.name == p.when.parameter && !({condition}))"


def _acyclic() -> str:
    """Following `when` from any parameter comes to an end.

    Every `[…].all(x, …)` gives an intermediate list a name. `a` holds for each
    parameter the place of the one its `when` names, or −1; each next list goes
    twice as far, so six doublings pass 64 parameters.
    """
    lists = "abcdefg"
    text = f"{lists[-1]}.all(i, i < 0)"
    for near, far in reversed(list(pairwise(lists))):
        text = f"[{near}.map(i, i < 0 ? -1 : {near}[i])].all({far}, {text})"
    places = "self.map(p, has(p.when) ? names.indexOf(p.when.parameter) : -1)"
    return f"[self.map(p, p.name)].all(names, [{places}].all(a, {text}))"


PARAMETERS = [
    each(
        f"!has(p.when) || {_NAMES}",
        "when of parameter %s names %s, which is no other parameter: name one, or remove the when",
        "p.name",
        "p.when.parameter",
    ),
    each(
        _of_named("has(p.when.__in__) == (q.type in ['categorical', 'bool'])"),
        "when of parameter %s asks %s in the wrong way: use `in` for a categorical or bool, "
        "min and max for a number",
        "p.name",
        "p.when.parameter",
    ),
    each(
        _of_named(
            "!has(p.when.__in__) || (q.type == 'bool' ? p.when.__in__.all(v, v in ['true', 'false'])"
            " : (!has(q.values) || p.when.__in__.all(v, v in q.values)))"
        ),
        "when of parameter %s asks for in %s, but %s does not have all of these values: "
        'use its own values ("true" or "false" for a bool)',
        "p.name",
        "p.when.__in__",
        "p.when.parameter",
    ),
    each(
        _of_named(_REACHED),
        "when of parameter %s asks for a value that %s never has: move min or max of the when into its range",
        "p.name",
        "p.when.parameter",
    ),
    rule(
        _acyclic(),
        "when goes round in a circle among the parameters %s: remove one when of the circle",
        "self.filter(p, has(p.when)).map(p, p.name)",
    ),
]
