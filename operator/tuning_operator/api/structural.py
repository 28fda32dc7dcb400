"""From pydantic's JSON schema to a structural schema, as a CRD wants it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

Schema = dict[str, Any]

# What is taken over as it is; `title` and the like stay behind.
KEPT = (
    "type",
    "description",
    "format",
    "enum",
    "pattern",
    "required",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "maxProperties",
    "default",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-validations",
)
UNTYPED: Schema = {"x-kubernetes-preserve-unknown-fields": True}


def structural(model: type[BaseModel]) -> Schema:
    """The structural schema of a type of this package."""
    schema = model.model_json_schema(by_alias=True)
    return convert(schema, schema.get("$defs", {}))


def convert(schema: Schema, definitions: Schema) -> Schema:
    """One schema with its references written out.

    `X | None` is an optional X: null is the same as absent. A value of several
    types has no structural schema and stays untyped.
    """
    schema = flattened(schema, definitions)
    if "type" not in schema:
        return {k: v for k, v in schema.items() if k == "description"} | UNTYPED
    result = {key: schema[key] for key in KEPT if schema.get(key) is not None}
    if "const" in schema:
        result["enum"] = [schema["const"]]
    if "exclusiveMinimum" in schema:  # OpenAPI 3.0 keeps the bound and the exclusion apart
        bound = float(schema["exclusiveMinimum"])  # whether 0 or 0.0 stands there is a matter of versions
        result |= {"minimum": int(bound) if bound.is_integer() else bound, "exclusiveMinimum": True}
    if "exclusiveMaximum" in schema:
        bound = float(schema["exclusiveMaximum"])
        result |= {"maximum": int(bound) if bound.is_integer() else bound, "exclusiveMaximum": True}
    if "properties" in schema:
        result["properties"] = {k: convert(v, definitions) for k, v in schema["properties"].items()}
    if "items" in schema:
        result["items"] = convert(schema["items"], definitions)
    if isinstance(schema.get("additionalProperties"), dict):
        result["additionalProperties"] = convert(schema["additionalProperties"], definitions)
    elif schema["type"] == "object" and "properties" not in schema:
        result["additionalProperties"] = UNTYPED
    return result


def flattened(schema: Schema, definitions: Schema) -> Schema:
    """The schema with `$ref` and `anyOf [X, null]` replaced by what they stand for.

    What is said beside them (a field's own description) wins.
    """
    schema = dict(schema)
    choices = [s for s in schema.pop("anyOf", []) if s.get("type") != "null"]
    if len(choices) == 1:
        schema = choices[0] | schema
    if "$ref" in schema:
        target = definitions[schema.pop("$ref").rsplit("/", 1)[1]]
        schema = target | schema
        return flattened(schema, definitions)
    return schema
