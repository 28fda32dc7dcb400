"""Runs the CEL rules of a structural schema over an object, as the API server does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from tuning_operator.api.cel import compile_cel
from tuning_operator.api.cel_functions import CelError, Items, Untyped, shown_double
from tuning_operator.api.json_types import Schema
from tuning_operator.api.schema import Path, child, field_schema

compiled = lru_cache(maxsize=None)(compile_cel)


def broken_rules(value: Any, schema: Schema, old: Any = None, path: Path = "") -> Iterator[str]:
    """The messages of the rules that say no, the outermost first.

    value: pruned, defaulted and of the schema's types.
    old: what it replaces; without it rules on oldSelf do not run.
    """
    for rule in schema.get("x-kubernetes-validations", []):
        message = broken(rule, value, schema, old)
        if message is not None:
            yield f"{path}{rule.get('fieldPath', '')}".lstrip(".") + f": Invalid value: {message}"
    if isinstance(value, dict):
        for name, field in sorted(value.items()):
            known = field_schema(schema, name)
            before = old.get(name) if isinstance(old, dict) else None
            if known is not None:
                yield from broken_rules(field, known, before, child(path, name))
    if isinstance(value, list):
        for i, item in enumerate(value):
            yield from broken_rules(item, schema.get("items", {}), None, f"{path}[{i}]")


def broken(rule: dict[str, str], value: Any, schema: Schema, old: Any) -> str | None:
    """What the rule says against the value; None when it agrees or is not for this write."""
    if "oldSelf" in rule["rule"] and old is None:
        return None
    variables = {"self": typed(value, schema)} | ({} if old is None else {"oldSelf": typed(old, schema)})
    try:
        if compiled(rule["rule"])(variables) is True:
            return None
    except CelError as error:
        return f"{error} evaluating rule: {rule['rule']}"
    message = rule.get("message") or compiled(rule["messageExpression"])(variables)
    return f"{shown(value)}{message}"


def shown(value: Any) -> str:
    """The server names the value of a scalar; an object's or list's would be too long."""
    if isinstance(value, (dict, list)):
        return ""
    return f"{shown_double(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)}: "


def typed(value: Any, schema: Schema) -> Any:
    """The value as CEL sees it through its schema."""
    kind = schema.get("type")
    if kind == "number":
        return float(value)
    if kind == "integer":
        return int(value)
    if kind == "array":
        as_list = Items if schema.get("x-kubernetes-list-type") == "map" else list
        return as_list(typed(item, schema["items"]) for item in value)
    if kind == "object" and ("properties" in schema or "additionalProperties" in schema):
        fields = ((name, field, field_schema(schema, name)) for name, field in value.items())
        return {name: typed(field, known) for name, field, known in fields if known is not None}
    if kind is None and not schema.get("x-kubernetes-int-or-string"):
        return Untyped(value)
    return value
