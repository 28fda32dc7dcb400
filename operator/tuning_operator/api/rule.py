"""What a schema's limits cannot say about one TuningJob or Trial, in CEL.

The rules travel in the CRD (`x-kubernetes-validations`): the API server runs
them at every write, `tuning validate` runs the same text offline. Each message
names the field, the value and the mend. It is made by one `.format()`, because
concatenation and `join` exceed the API server's cost budget.
"""

from __future__ import annotations

from typing import Any

Rule = dict[str, Any]


def rule(expression: str, message: str, *values: str, path: str | None = None) -> Rule:
    """A rule for x-kubernetes-validations.

    message: has one %s for each of values, which are CEL expressions.
    path: the field to name, relative to where the rule stands.
    """
    made: Rule = {"rule": expression}
    if values:
        quoted = message.replace("\\", "\\\\").replace("'", "\\'")
        made["messageExpression"] = f"'{quoted}'.format([{', '.join(values)}])"
    else:
        made["message"] = message
    return made | ({"fieldPath": path} if path else {})


def each(condition: str, message: str, *values: str, of: str = "p") -> Rule:
    """A rule on every element p of a list; values are expressions on the first that breaks it.

    The message is made in the same pass that finds the culprit: looking again
    for each value would exceed the cost budget.
    """
    made = rule(f"self.all({of}, {condition})", message, *values)
    made["messageExpression"] = f"self.map({of}, !({condition}), {made['messageExpression']})[0]"
    return made
