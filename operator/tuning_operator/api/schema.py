"""What the API server does with a structural schema: prune, default, validate.

The messages begin as the server's own, so that a search for one finds the same
explanations; where it names no mend, one follows. Paths look like
`spec.parameters[1].min`.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from tuning_operator.api import mends
from tuning_operator.api.cel_functions import python_pattern, shown_double
from tuning_operator.api.json_types import Schema, is_of_type, kind, types

Path = str


class Fault(NamedTuple):
    """One thing that is wrong. A blocking one keeps the server from running CEL rules at all."""

    message: str
    blocking: bool


def child(path: Path, name: str) -> Path:
    return f"{path}.{name}" if path else name


def pruned(value: Any, schema: Schema, path: Path, unknown: list[str]) -> Any:
    """A copy without the fields that the schema does not know; they are added to `unknown`."""
    if isinstance(value, list):
        items = schema.get("items", {})
        return [pruned(item, items, f"{path}[{i}]", unknown) for i, item in enumerate(value)]
    if not isinstance(value, dict) or schema.get("type") != "object":
        return copy.deepcopy(value)
    result = {}
    for name, field in value.items():
        known = field_schema(schema, name)
        if known is None:
            unknown.append(unknown_field(child(path, str(name)), str(name), schema))
        else:
            result[name] = pruned(field, known, child(path, str(name)), unknown)
    return result


def field_schema(schema: Schema, name: str) -> Schema | None:
    """The schema of an object's field; None when there is no such field."""
    found: Schema | None = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
    return found


def unknown_field(path: Path, name: str, schema: Schema) -> str:
    """As kubectl's strict validation says it, and a guess at what was meant."""
    hint = mends.after_unknown(name, schema.get("properties", {}))
    return f'strict decoding error: unknown field "{path}"{hint}'


def default(value: Any, schema: Schema) -> None:
    """Fill in the schema's defaults, and drop nulls, as the server does: null means absent."""
    if isinstance(value, list):
        for item in value:
            default(item, schema.get("items", {}))
    if not isinstance(value, dict):
        return
    for name, field in schema.get("properties", {}).items():
        if "default" in field and value.get(name) is None:
            value[name] = copy.deepcopy(field["default"])
    for name in list(value):
        known = field_schema(schema, name)
        if known is not None and value[name] is None:
            del value[name]
        elif known is not None:
            default(value[name], known)


def faults(value: Any, schema: Schema, path: Path = "") -> Iterator[Fault]:
    """What the schema finds wrong with the value."""
    wanted = types(schema)
    if wanted and not is_of_type(value, wanted):
        found = kind(value)
        text = f'{path} in body must be of type {",".join(wanted)}: "{found}"'
        text += mends.after_type(value, schema, path)
        yield Fault(f'{path}: Invalid value: "{found}": {text}', True)
        return
    if "enum" in schema and value not in schema["enum"]:
        supported = f"supported values: {mends.choices(schema)}"
        text = f"{path}: Unsupported value: {json.dumps(value)}: {supported}"
        yield Fault(text + mends.after_enum(value, schema["enum"]), True)
    if isinstance(value, str):
        yield from string_faults(value, schema, path)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield from number_faults(value, schema, path)
    elif isinstance(value, list):
        yield from list_faults(value, schema, path)
    elif isinstance(value, dict):
        yield from object_faults(value, schema, path)


def invalid(path: Path, value: Any, should: str) -> Fault:
    shown = shown_double(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)
    return Fault(f"{path}: Invalid value: {shown}: {path} in body should {should}", False)


def string_faults(value: str, schema: Schema, path: Path) -> Iterator[Fault]:
    if len(value) > schema.get("maxLength", len(value)):
        yield Fault(f"{path}: Too long: may not be more than {schema['maxLength']} bytes", True)
    elif len(value) < schema.get("minLength", 0):
        yield invalid(path, value, f"be at least {schema['minLength']} chars long")
    elif "pattern" in schema and not python_pattern(schema["pattern"]).search(value):
        yield invalid(path, value, f"match '{schema['pattern']}'")


def number_faults(value: float, schema: Schema, path: Path) -> Iterator[Fault]:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and schema.get("exclusiveMinimum") and value <= low:
        yield invalid(path, value, f"be greater than {low}")
    elif low is not None and value < low:
        yield invalid(path, value, f"be greater than or equal to {low}")
    if high is not None and schema.get("exclusiveMaximum") and value >= high:
        yield invalid(path, value, f"be less than {high}")
    elif high is not None and value > high:
        yield invalid(path, value, f"be less than or equal to {high}")


def list_faults(value: list[Any], schema: Schema, path: Path) -> Iterator[Fault]:
    if len(value) > schema.get("maxItems", len(value)):
        yield too_many(path, len(value), schema["maxItems"])
    if len(value) < schema.get("minItems", 0):
        yield invalid(path, len(value), f"have at least {schema['minItems']} items")
    for i, item in enumerate(value):
        yield from faults(item, schema.get("items", {}), f"{path}[{i}]")
    yield from duplicates(value, schema, path)


def duplicates(value: list[Any], schema: Schema, path: Path) -> Iterator[Fault]:
    """Items of a list-map that have the same keys."""
    keys = schema.get("x-kubernetes-list-map-keys", [])
    seen: list[dict[str, Any] | None] = []
    for i, item in enumerate(value if keys else []):
        identity = {key: item[key] for key in keys if key in item} if isinstance(item, dict) else None
        if identity and identity in seen:
            shown = json.dumps(identity, separators=(",", ":"), sort_keys=True)
            mend = mends.after_duplicate(keys)
            yield Fault(f"{path}[{i}]: Duplicate value: {shown}{mend}", False)
        seen.append(identity)


def too_many(path: Path, found: int, limit: int) -> Fault:
    return Fault(f"{path}: Too many: {found}: must have at most {limit} item{'s' * (limit > 1)}", True)


def object_faults(value: dict[str, Any], schema: Schema, path: Path) -> Iterator[Fault]:
    for name in schema.get("required", []):
        if name not in value:
            mend = mends.after_required(schema.get("properties", {}).get(name, {}))
            yield Fault(f"{child(path, name)}: Required value{mend}", True)
    if len(value) > schema.get("maxProperties", len(value)):
        yield too_many(path, len(value), schema["maxProperties"])
    for name, field in value.items():
        known = field_schema(schema, name)
        if known is not None:
            yield from faults(field, known, child(path, str(name)))
