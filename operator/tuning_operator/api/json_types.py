"""JSON types as a structural schema names them."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TYPES: dict[type, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
}


def kind(value: Any) -> str:
    """The JSON type; a whole number beyond 64 bits reaches the server as a double."""
    if type(value) is int and not -(2**63) <= value < 2**63:
        return "number"
    return TYPES[type(value)]


def types(schema: Schema) -> list[str]:
    """The types that the schema asks for; none: any will do."""
    if schema.get("x-kubernetes-int-or-string"):
        return ["integer", "string"]
    return [schema["type"]] if "type" in schema else []


def is_of_type(value: Any, wanted: list[str]) -> bool:
    """4.0 is an integer, and every integer is a number."""
    found = kind(value)
    exact = found == "number" and abs(value) < 2**53 and float(value).is_integer()
    whole = exact and "integer" in wanted
    return found in wanted or whole or (found == "integer" and "number" in wanted)
