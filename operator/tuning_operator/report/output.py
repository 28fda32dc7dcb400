"""A resource as `kubectl get -o yaml|json` prints it."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

# What Kubernetes' YAML reads as a number or a boolean and PyYAML as text: such text must be quoted.
NOT_TEXT = re.compile(
    r"^[-+]?(\d[\d_]*(\.[\d_]*)?|\.\d[\d_]*)([eE][-+]?\d+)?$|^0[oOxXbB][\da-fA-F_]+$|^[yYnN]$"
)


class Dumper(yaml.SafeDumper):
    """Quotes all text that some YAML reader takes for something else."""


Dumper.add_implicit_resolver("tag:tuning.dev,2025:not-text", NOT_TEXT, list("-+.0123456789yYnN"))


def tidy(body: dict[str, Any]) -> dict[str, Any]:
    """The resource without empty parts of its metadata and status, which the API server does not keep."""
    cleaned = {part: _without_empty(body[part]) for part in ("metadata", "status") if part in body}
    return body | cleaned


def _without_empty(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in ({}, [])}


def as_yaml(body: dict[str, Any]) -> str:
    """Keys in order, one document, numbers that Kubernetes reads as the same numbers."""
    return yaml.dump(body, Dumper=Dumper, sort_keys=True, allow_unicode=True, width=100)


def as_json(body: dict[str, Any]) -> str:
    return json.dumps(body, indent=4, sort_keys=True, ensure_ascii=False) + "\n"
