"""The value and the mend, which the API server's messages on types, enums and unknown fields lack.

They follow the server's own words, so that a search for these still finds the
same explanations. Nothing here decides whether a value is right.
"""

from __future__ import annotations

import json
import math
import re
import shlex
from collections.abc import Collection
from difflib import get_close_matches
from typing import Any

import yaml

from tuning_operator.api.json_types import Schema, is_of_type, types
from tuning_operator.api.manifest import WORDS, scalar, shown
from tuning_operator.errors import ManifestError

BOOLEAN_WORDS = {True: "y, yes, on and true", False: "n, no, off and false"}
IN_VALUES = re.compile(r"\.parameters\[\d+\]\.values\[\d+\]$")
IN_WHEN = re.compile(r"\.when\.in\[\d+\]$")
SHELL = re.compile(r"[\n;|&<>$`*]")  # what only a shell understands
WITHOUT_COLON = re.compile(r"(?P<field>\w+)[\s:=]+(?P<value>.+)")  # what YAML takes for one name
# What other tools call the types of a parameter.
ALSO_KNOWN = {"float": "double", "number": "double", "real": "double", "string": "categorical"}
ALSO_KNOWN |= dict.fromkeys(("choice", "enum", "str"), "categorical")


def after_type(value: Any, schema: Schema, path: str) -> str:
    """What follows `must be of type …: "found"`: the value, and how to write what is wanted."""
    return f" ({shown(value)}): {mend(value, schema, path)}"


def after_enum(value: Any, supported: list[Any]) -> str:
    """What follows the supported values: the one that was probably meant."""
    near = nearest(str(value), [str(v) for v in supported])
    return f": did you mean {json.dumps(near)}?" if near else ": write one of them"


def after_unknown(name: str, known: Collection[str]) -> str:
    """What follows the path of an unknown field: how it is written, or which one was probably meant."""
    slip = WITHOUT_COLON.match(name)
    if slip and slip["field"] in known:
        return f": write a colon and a space after the name: {slip['field']}: {slip['value']}"
    guess = get_close_matches(name, known, n=1)
    return f', did you mean "{guess[0]}"?' if guess else ": remove it"


def after_required(schema: Schema) -> str:
    """What follows `Required value`: what belongs there."""
    if "enum" in schema:
        return f": add it, one of {choices(schema)}"
    wanted = types(schema)
    fields = ", ".join(schema.get("items", schema).get("required", []))
    if wanted == ["array"]:
        return ": add it, a list" + (f" of items with {fields}" if fields else "")
    if wanted == ["object"]:
        return ": add it, an object" + (f" with {fields}" if fields else "")
    return f": add it, {article(' or '.join(wanted))}" if wanted else ": add it"


def choices(schema: Schema) -> str:
    """What an enum allows."""
    return ", ".join(json.dumps(value) for value in schema["enum"])


def article(words: str) -> str:
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"


def after_duplicate(keys: list[str]) -> str:
    """What follows `Duplicate value` of a list whose items are told apart by these keys."""
    return f": give it another {' or '.join(keys)}, or remove it"


def nearest(word: str, supported: list[str]) -> str | None:
    """The supported word that is like this one but for case, a mistyped letter or a missing end."""
    by_lower = {s.lower(): s for s in supported}
    lower = ALSO_KNOWN.get(word.lower(), word.lower())
    alike = [s for s in by_lower if lower and (s.startswith(lower) or lower.startswith(s))]
    found = alike or get_close_matches(lower, by_lower, n=1)
    return by_lower[found[0]] if found else None


def mend(value: Any, schema: Schema, path: str) -> str:
    wanted = types(schema)
    if value is None:
        return "remove it, or give it a value"
    if "enum" in schema:
        return f"write one of {choices(schema)}"
    if wanted == ["array"]:
        return listed(value, schema.get("items", {}))
    if wanted == ["object"]:
        return as_object(value, schema)
    if isinstance(value, list) and len(value) == 1 and is_of_type(value[0], wanted):
        return f"write it without the list: {flow(value[0])}"
    if isinstance(value, (list, dict)):
        return f"write one {' or '.join(wanted)}"
    if "string" in wanted:
        return quoted(value, path)
    return as_boolean(value) if wanted == ["boolean"] else as_number(value, wanted)


def quoted(value: Any, path: str) -> str:
    """A boolean or number where a string is wanted."""
    if isinstance(value, bool):
        return f"quote it: {BOOLEAN_WORDS[value]} are booleans in YAML"
    quotes = f"quote it: {json.dumps(str(value))}"
    if IN_VALUES.search(path):
        return f"use `type: discrete` with `numbers`, or {quotes}"
    return f"use min and max for a number, or {quotes}" if IN_WHEN.search(path) else quotes


def as_boolean(value: Any) -> str:
    is_quoted = isinstance(value, str) and isinstance(WORDS.get(value), bool)
    return f"remove the quotes: {value}" if is_quoted else "write true or false"


def as_number(value: Any, wanted: list[str]) -> str:
    number = unquoted(value)
    if number is not None and is_of_type(number, wanted):
        return f"remove the quotes: {value}"
    if is_infinite(value):
        return "write a number within ±1.8e308"
    if "number" in wanted:
        return "write a number"
    if isinstance(value, float) and abs(value) >= 2**53:
        return "write a whole number within 64 bits"
    return f"round it: {round(value)}" if isinstance(value, float) else "write a whole number"


def unquoted(value: Any) -> float | None:
    """The number that a text would be without its quotes."""
    try:
        number = scalar(value) if isinstance(value, str) else None
    except ManifestError:  # infinite
        return None
    return number if isinstance(number, (int, float)) and not isinstance(number, bool) else None


def is_infinite(value: Any) -> bool:
    """1e400 is a text in YAML, because no number can hold it."""
    try:
        return isinstance(value, str) and math.isinf(float(value))
    except ValueError:
        return False


def listed(value: Any, items: Schema) -> str:
    """One thing where a list is wanted."""
    if isinstance(value, dict):
        keys = ", ".join(items.get("required", []))
        return 'write a list: begin each item with "- "' + (f" and give it {keys}" if keys else "")
    if types(items) == ["object"]:
        return f"write a list: [{example(value, items) or '{…}'}]"
    parts = split(value) if isinstance(value, str) else [value]
    if types(items) == ["number"]:
        parts = [part if unquoted(part) is None else unquoted(part) for part in parts]
    fits = all(is_of_type(part, types(items)) for part in parts)
    return f"write a list: {flow(parts)}" if fits else f"write a list of {' or '.join(types(items))}s"


def split(text: str) -> list[Any]:
    """A command's words, a shell's line, or what commas part."""
    if SHELL.search(text):
        return ["sh", "-c", text if len(text) <= 60 and "\n" not in text else "…"]
    if "," in text:
        return [part.strip() for part in text.strip("[]").split(",")]
    try:
        return shlex.split(text)
    except ValueError:  # a quote without its other one
        return [text]


def as_object(value: Any, schema: Schema) -> str:
    """A scalar or list where an object is wanted."""
    if isinstance(value, list):
        return 'write one object, without "- " before it or brackets around it'
    made = example(value, schema)
    if made:
        return f"write an object, such as {made}"
    fields = ", ".join(schema.get("required") or list(schema.get("properties", {}))[:6])
    return f"write an object with {fields}" if fields else "write an object: lines of `name: value`"


def example(value: Any, schema: Schema) -> str | None:
    """An object with the value in the field that it was probably meant for."""
    fields, required = schema.get("properties", {}), schema.get("required", [])
    likely = required or [name for name in fields if name == "name" or len(fields) == 1]
    meant = next((n for n in likely if is_of_type(value, types(fields.get(n, {})))), None)
    if meant is None:
        return None
    return "{" + ", ".join(f"{n}: {flow(value) if n == meant else '…'}" for n in required or [meant]) + "}"


def flow(value: Any) -> str:
    """The value as YAML on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=math.inf)
    line = str(text).removesuffix("\n...\n").strip()
    return line if len(line) <= 100 and "\n" not in line else "…"
