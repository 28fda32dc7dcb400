"""JSON schemas for kubeconform, made of what an API server itself publishes: nothing to download or keep."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Body = dict[str, Any]
# kubeconform takes the version for the group where there is none
LOCATION = "{{ .Group }}/{{ .ResourceAPIVersion }}/{{ .ResourceKind }}.json"
KINDS = "x-kubernetes-group-version-kind"


def write_schemas(openapi: Body, directory: Path) -> str:
    """One strict schema for each kind of an OpenAPI v2 document; the location for kubeconform."""
    definitions = {name: strict(body) for name, body in openapi["definitions"].items()}
    (directory / "definitions.json").write_text(json.dumps({"definitions": definitions}))
    for name, body in openapi["definitions"].items():
        for kind in body.get(KINDS, ()):
            path = (
                directory
                / (kind["group"] or kind["version"])
                / kind["version"]
                / f"{kind['kind'].lower()}.json"
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            reference = f"{(directory / 'definitions.json').as_uri()}#/definitions/{name}"
            path.write_text(json.dumps({"$ref": reference}))
    return f"{directory}/{LOCATION}"


def strict(schema: Any) -> Any:
    """Unknown fields are refused, and IntOrString is what its name says."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "int-or-string":
        return {"type": ["integer", "string"]}
    made = {name: strict(value) for name, value in schema.items()}
    if "properties" in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
        made.setdefault("additionalProperties", False)
    return made
