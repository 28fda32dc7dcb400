"""Makes podtemplate.json: Kubernetes' own PodTemplateSpec as a structural schema.

    kubectl get --raw /openapi/v3/api/v1 | python -m tuning_operator.api.podtemplate v1.35.4

The schema goes into the CRD, so that a typo deep in the template is refused
when the manifest is applied. Descriptions stay behind: with them the CRD is
larger than the annotation in which client-side `kubectl apply` keeps it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

Schema = dict[str, Any]

FILE = Path(__file__).with_name("podtemplate.json")
ROOT = "io.k8s.api.core.v1.PodTemplateSpec"
# What a structural schema and the offline check both understand.
KEPT = (
    "type",
    "enum",
    "required",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type",
)
# As Kubernetes parses a resource.Quantity, so that `memory: 4GB` is refused at once.
QUANTITY = (
    r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"
    r"(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"
)
INT_OR_STRING = {"x-kubernetes-int-or-string": True}
STRINGS = {"type": "object", "additionalProperties": {"type": "string"}}
SPECIAL: dict[str, Schema] = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {**INT_OR_STRING, "pattern": QUANTITY},
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": INT_OR_STRING,
}
# Of the metadata only what reaches the pod; anything else would be accepted and ignored.
POD_METADATA: Schema = {"type": "object", "properties": {"annotations": STRINGS, "labels": STRINGS}}


def pod_template(document: Schema) -> Schema:
    """The structural schema of a pod template.

    document: what the API server answers at /openapi/v3/api/v1.
    """
    schemas = document["components"]["schemas"]
    template = structural(schemas[ROOT], schemas)
    template["properties"]["metadata"] = POD_METADATA
    return template


def structural(schema: Schema, schemas: Schema) -> Schema:
    """The schema with references written out, and without what a CRD needs not."""
    name = reference(schema)
    if name in SPECIAL:
        return SPECIAL[name]
    if name is not None:
        return structural(schemas[name], schemas)
    result = {key: schema[key] for key in KEPT if key in schema}
    if "properties" in schema:
        result["properties"] = {k: structural(v, schemas) for k, v in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if key in schema:
            result[key] = structural(schema[key], schemas)
    keep_defaults_of_keys(schema, result, schemas)
    return result


def reference(schema: Schema) -> str | None:
    """Name of the schema that this one stands for."""
    pointer = schema.get("$ref") or next((s.get("$ref") for s in schema.get("allOf", [])), None)
    return pointer.rsplit("/", 1)[1] if pointer else None


def keep_defaults_of_keys(original: Schema, result: Schema, schemas: Schema) -> None:
    """A list-map's keys must be required or have a default: a port's protocol has one."""
    optional = set(original.get("x-kubernetes-list-map-keys", [])) - set(
        result.get("items", {}).get("required", [])
    )
    for key in optional:
        item = schemas[reference(original["items"]) or ""]
        result["items"]["properties"][key]["default"] = item["properties"][key]["default"]


def load() -> Schema:
    """The committed pod template schema."""
    schema: Schema = json.loads(FILE.read_text(encoding="utf-8"))["schema"]
    return schema


def main() -> None:
    version = sys.argv[1]
    schema = pod_template(json.load(sys.stdin))
    text = json.dumps({"kubernetes": version, "schema": schema}, sort_keys=True, separators=(",", ":"))
    FILE.write_text(text.replace('},"', '},\n"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
