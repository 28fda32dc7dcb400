"""The verdict of the API server without a server, and of the operator's first visit.

`problems` executes the very CRD that the cluster has: its schema, its defaults
and its CEL rules. Nothing is said twice.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

from tuning_operator.api import names
from tuning_operator.api.cel_rules import broken_rules
from tuning_operator.api.crd import trial_crd, tuningjob_crd
from tuning_operator.api.job import TuningJob
from tuning_operator.api.json_types import Schema
from tuning_operator.api.schema import Fault, default, faults, pruned
from tuning_operator.api.visit import visit

__all__ = ["problems", "read", "visit", "warnings", "with_defaults"]

STRINGS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
# ObjectMeta is not in the CRD: the server knows it by itself.
METADATA: Schema = {
    "type": "object",
    "properties": {
        **{name: {"type": "string"} for name in ("name", "generateName", "namespace", "uid", "selfLink")},
        **{f"{name}Timestamp": {"type": "string"} for name in ("creation", "deletion")},
        **{name: {"type": "integer"} for name in ("generation", "deletionGracePeriodSeconds")},
        **{name: {"type": "array"} for name in ("finalizers", "ownerReferences", "managedFields")},
        "resourceVersion": {"type": "string"},
        "labels": STRINGS,
        "annotations": STRINGS,
    },
}


def problems(manifest: Any, old: dict[str, Any] | None = None) -> list[str]:
    """Why the API server would refuse the manifest; empty when it would take it.

    manifest: a TuningJob or Trial, as `manifest.load` gives it.
    old: the object with its status that the manifest is to replace; the rules
        on edits (what may change once trials have started) need it.
    """
    schema = schema_of(manifest)
    if schema is None:
        return [not_ours(manifest)]
    unknown: list[str] = []
    body = prepared(manifest, schema, unknown)
    found = [Fault(text, False) for text in nameless(body)] + list(faults(body, schema))
    messages = unknown + [fault.message for fault in found]
    if any(fault.blocking for fault in found) or nameless(body):
        return messages
    before = prepared(old, schema, []) if old is not None else None
    if old is not None and before is not None:
        body["status"] = before["status"] = copy.deepcopy(old.get("status", {}))
    return messages + list(broken_rules(body, schema, before))


def warnings(manifest: dict[str, Any]) -> list[str]:
    """What is right on a laptop and not on a cluster. manifest: a TuningJob without problems."""
    containers = manifest["spec"]["template"]["spec"]["containers"]
    imageless = any(c["name"] == names.TRIAL_CONTAINER and not c.get("image") for c in containers)
    where = f"spec.template.spec.containers[{names.TRIAL_CONTAINER}].image"
    return [f"{where} is not given: `tuning run` needs none, a cluster does"] if imageless else []


def with_defaults(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest as the API server would keep it: unknown fields dropped, defaults filled in."""
    schema = schema_of(manifest)
    return prepared(manifest, schema, []) if schema else manifest


def read(manifest: dict[str, Any]) -> TuningJob:
    """A TuningJob manifest without problems, as the operator will see it."""
    return TuningJob.model_validate(with_defaults(manifest))


def prepared(manifest: dict[str, Any], schema: Schema, unknown: list[str]) -> dict[str, Any]:
    """A copy without unknown fields and with defaults; a status is the controllers' affair and dropped."""
    body: dict[str, Any] = pruned(manifest, schema, "", unknown)
    body.pop("status", None)
    default(body, schema)
    metadata = body.get("metadata")
    prefix = metadata.get("generateName") if isinstance(metadata, dict) else None
    if isinstance(metadata, dict) and isinstance(prefix, str):
        metadata.setdefault("name", prefix + "x" * 5)  # the server adds five characters
    return body


def nameless(body: dict[str, Any]) -> list[str]:
    metadata = body.get("metadata")
    if isinstance(metadata, dict) and metadata.get("name") not in (None, ""):
        return []
    return ["metadata.name: Required value: name or generateName is required"]


def not_ours(manifest: Any) -> str:
    """As kubectl says it of a kind that the cluster does not have."""
    if not isinstance(manifest, dict):
        return f"the document is {type(manifest).__name__}: write an object (apiVersion, kind, …)"
    kind, version = manifest.get("kind"), manifest.get("apiVersion")
    return (
        f'no matches for kind "{kind}" in version "{version}": '
        f"write apiVersion: {names.API_VERSION} and kind: TuningJob"
    )


def schema_of(manifest: Any) -> Schema | None:
    """The schema of the manifest's kind; None when it is none of ours."""
    if not isinstance(manifest, dict) or manifest.get("apiVersion") != names.API_VERSION:
        return None
    kind = manifest.get("kind")
    return schemas().get(kind) if isinstance(kind, str) else None


@cache
def schemas() -> dict[str, Schema]:
    """The schema of each kind, with the metadata that the server adds."""
    found: dict[str, Schema] = {}
    for crd in (tuningjob_crd(), trial_crd()):
        schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        schema["properties"]["metadata"] = METADATA
        found[crd["spec"]["names"]["kind"]] = schema
    return found
