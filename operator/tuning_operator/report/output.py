"""A resource as `kubectl get -o yaml|json` prints it."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

# Text made of what numbers are made of is quoted: which of it Kubernetes' YAML takes for a number is
# a long story (1e5, 0o7, 1_0). `y` and `n` are booleans to it, and text to PyYAML.
NOT_TEXT = re.compile(r"^([-+.\d_][-+.\d_a-fA-FoOxX]*|[yYnN])$")


class Dumper(yaml.SafeDumper):
    """Quotes all text that some YAML reader takes for something else."""


Dumper.add_implicit_resolver("tag:tuning.dev,2025:not-text", NOT_TEXT, list("-+._0123456789yYnN"))


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
    """Letters of all languages as they are; what a terminal may obey, as JSON's escapes."""
    text = json.dumps(body, indent=4, sort_keys=True, ensure_ascii=False)
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text) + "\n"
