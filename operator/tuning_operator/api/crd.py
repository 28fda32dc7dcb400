"""The two CustomResourceDefinitions, made from the types.

Limits stand everywhere: they bound an object's size, and the API server
estimates the cost of the CEL rules by them.
"""

from __future__ import annotations

import copy
from typing import Any

from tuning_operator.api import job_rules, names, podtemplate
from tuning_operator.api.job import TuningJob
from tuning_operator.api.structural import structural
from tuning_operator.api.trial import Trial

Schema = dict[str, Any]


def tuningjob_crd() -> Schema:
    """CustomResourceDefinition tuningjobs.tuning.dev."""
    schema = structural(TuningJob)
    spec = schema["properties"]["spec"]["properties"]
    spec["template"] = template_schema(spec["template"]["description"])
    columns = [
        column("Phase", ".status.phase"),
        column("Done", ".status.trials.done"),
        column("Running", ".status.trials.running", "integer"),
        column("Best", ".status.best.objectives[0].value", "number"),
        column("Age", ".metadata.creationTimestamp", "date"),
        column("Best Trial", ".status.best.trial", priority=1),
        column("Best 2", ".status.best.objectives[1].value", "number", priority=1),
        column("Failed", ".status.trials.failed", "integer", priority=1),
        column("Message", ".status.message", priority=1),
    ]
    return crd("TuningJob", schema, columns, selectable=[".status.phase"], short=["tj"])


def trial_crd() -> Schema:
    """CustomResourceDefinition trials.tuning.dev."""
    columns = [
        column("Number", ".spec.number", "integer"),
        column("Reason", ".status.reason"),
        column("Value", ".status.observations[0].value", "number"),
        column("Age", ".metadata.creationTimestamp", "date"),
        column("Value 2", ".status.observations[1].value", "number", priority=1),
        column("Purpose", ".spec.purpose", priority=1),
        column("Stage", ".spec.stage", "integer", priority=1),
        column("Finished", ".status.completionTime", "date", priority=1),
        column("Message", ".status.message", priority=1),
    ]
    return crd("Trial", structural(Trial), columns, selectable=[".status.reason"], short=[])


def crd(kind: str, schema: Schema, columns: list[Schema], selectable: list[str], short: list[str]) -> Schema:
    """A namespaced CRD with a status subresource, of the category `tuning`."""
    singular = kind.lower()
    schema["properties"] |= {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        # The API server has its own schema for metadata; a rule can point at the name only if it stands here.
        "metadata": {"type": "object", "properties": {"name": {"type": "string", "maxLength": 253}}},
    }
    schema["required"] = ["spec"]
    version = {
        "name": names.VERSION,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}},
        "additionalPrinterColumns": columns,
        "selectableFields": [{"jsonPath": path} for path in selectable],
    }
    terms: Schema = {"kind": kind, "listKind": f"{kind}List", "singular": singular, "plural": f"{singular}s"}
    if short:
        terms |= {"shortNames": short}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{singular}s.{names.GROUP}"},
        "spec": {
            "group": names.GROUP,
            "scope": "Namespaced",
            "names": terms | {"categories": ["tuning"]},
            "versions": [version],
        },
    }


def column(name: str, path: str, type_: str = "string", priority: int = 0) -> Schema:
    """One column of `kubectl get`; those with a priority above 0 show with `-o wide`."""
    made = {"name": name, "type": type_, "jsonPath": path}
    return made | ({"priority": priority} if priority else {})


def template_schema(description: str) -> Schema:
    """Kubernetes' pod template, with the rules of a trial's pod."""
    template = copy.deepcopy(podtemplate.load())
    template |= {"description": description, "required": ["spec"]}
    labels = template["properties"]["metadata"]["properties"]["labels"]
    labels |= {"maxProperties": 64, "x-kubernetes-validations": job_rules.POD_LABELS}
    pod = template["properties"]["spec"]
    pod["x-kubernetes-validations"] = job_rules.POD_SPEC
    containers = pod["properties"]["containers"]
    containers |= {"minItems": 1, "maxItems": 32, "x-kubernetes-validations": job_rules.CONTAINERS}
    container = containers["items"]["properties"]
    container["name"]["maxLength"] = 63
    container["env"]["maxItems"] = 1000
    container["env"]["items"]["properties"]["name"]["maxLength"] = 256
    return template
