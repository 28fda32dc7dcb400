"""Reads YAML and JSON as kubectl does, so that a manifest means the same with and without a cluster.

kubectl reads YAML with go-yaml v2, which PyYAML differs from: `1e-5` is a
number, `08` is 8, `1:30` is a string, a date stays a string, and `y`, `on` and
`no` are booleans, as keys too. Duplicate keys are refused here, where kubectl
takes the last one silently.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from tuning_operator.errors import ManifestError

WORDS: dict[str, Any] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
INTEGER = re.compile(r"([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
MOST_REPEATED = 100_000  # nodes that a document has only through aliases: a few lines can stand for 10^9
# By what PyYAML says; the first that fits.
YAML_MENDS = {
    "character '\\t'": "indent with spaces, not with tabs",
    "cannot start any token": "put the text that begins with this character in quotes",
    "mapping values are not allowed": "put a text with a colon in quotes, or indent it as its neighbours are",
    "<block end>": "indent all fields of an object alike, and so the items of a list",
    "could not find expected ':'": "write a colon and a space after the field's name",
    "expected ',' or": "close the bracket or brace that was opened",
    "unexpected end of stream": "close the quote that was opened",
}
LARGEST_PLAIN = 1e21  # below it Go writes a whole double without an exponent: JSON's integer


def load(source: str | Path, name: str = "the manifest") -> list[dict[str, Any]]:
    """The objects of a text, or of a file when a Path is given.

    name: of the text, in errors; a file has its own.
    Empty documents are left out and a List gives its items.
    Raises ManifestError for what kubectl cannot read, and for duplicate keys.
    """
    text, name = (read(source), str(source)) if isinstance(source, Path) else (source, name)
    objects: list[dict[str, Any]] = []
    for number, document in enumerate(documents(text, name), start=1):
        if document is None:
            continue
        found = an_object(document, f"document {number}")
        is_list = found.get("kind") == "List" and isinstance(found.get("items"), list)
        items = found["items"] if is_list else [found]
        objects += [an_object(item, f"document {number}: items[{i}]") for i, item in enumerate(items)]
    return objects


def an_object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ManifestError(f"{where} is {shown(value)}: write an object (apiVersion, kind, …)")
    return value


def read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ManifestError(f"{path}: {error.strerror}: name a file that can be read") from error
    except UnicodeDecodeError as error:
        raise ManifestError(f"{path} is not UTF-8 at byte {error.start}: save it as UTF-8") from error


def documents(text: str, name: str) -> list[Any]:
    """The documents as JSON values; a text that is JSON is read as JSON."""
    if text.lstrip().startswith("{"):
        try:
            return [json.loads(text, object_pairs_hook=unique, parse_float=finite, parse_constant=finite)]
        except json.JSONDecodeError:
            pass  # a flow mapping of YAML begins like this too
    try:
        return list(yaml.load_all(text, Loader=KubernetesLoader))
    except yaml.YAMLError as error:
        where = str(error).replace('"<unicode string>"', name)  # what PyYAML calls a text
        raise ManifestError(f"no YAML: {where}{yaml_mend(error)}") from error
    except RecursionError as error:
        raise ManifestError("nested too deeply: a manifest is not that deep") from error


def yaml_mend(error: yaml.YAMLError) -> str:
    """A line that follows PyYAML's own: what to do about it, where that is known."""
    problem = getattr(error, "problem", None) or ""
    return next((f"\n{mend}" for sign, mend in YAML_MENDS.items() if sign in problem), "")


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; a key that stands twice is refused."""
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise ManifestError(duplicate(key))
        result[key] = value
    return result


def duplicate(key: str) -> str:
    return f'key "{key}" stands twice in the same object: remove one of them'


def finite(text: str) -> float | int:
    """A JSON number; NaN and what a double cannot hold are refused."""
    value = float(text)
    if not math.isfinite(value):
        raise ManifestError(f"{text} is no number that JSON can hold: write one within ±1.8e308")
    return value


def scalar(text: str) -> Any:
    """The value of a plain (unquoted) YAML scalar, as a JSON value."""
    if text in WORDS:
        return WORDS[text]
    if INFINITE.fullmatch(text):
        raise ManifestError(f"{text} is no number that JSON can hold: write one within ±1.8e308")
    plain = text.replace("_", "") if text[:1] in tuple("0123456789+-") else text
    if INTEGER.fullmatch(plain):
        return integer(plain)
    if FLOAT.fullmatch(plain):
        value = float(plain)
        return text if math.isinf(value) else whole_is_integer(value)
    return text


def integer(text: str) -> float | int:
    """A whole number in Go's notation: 010 is 8, 0b11 is 3; beyond 64 bits it becomes a double."""
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-").lower()
    if re.fullmatch(r"0[0-7]+", digits):
        digits = "0o" + digits[1:]
    value = sign * int(digits, 0)
    return value if -(2**63) <= value < 2**63 else float(value)


def whole_is_integer(value: float) -> float | int:
    """kubectl sends YAML on as JSON, where 1e5 is written 100000."""
    if value.is_integer() and abs(value) < min(LARGEST_PLAIN, 2.0**63):
        return int(value)
    return value


def shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:59] + "…"


class KubernetesLoader(yaml.SafeLoader):
    """PyYAML's parser with go-yaml's idea of what a plain scalar is."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the name is PyYAML's

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
        if kind is yaml.ScalarNode and implicit[0]:
            return "tag:yaml.org,2002:merge" if value == "<<" else "!plain"
        return str(super().resolve(kind, value, implicit))  # type: ignore[no-untyped-call]

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Keys are strings; `on: x` has the key "true", as kubectl has it."""
        self.refuse_duplicates(node)
        self.flatten_mapping(node)
        return {self.key(k): self.construct_object(v, deep=True) for k, v in node.value}

    def construct_document(self, node: yaml.Node) -> Any:
        sizes: dict[int, int] = {}
        if built(node, sizes) - len(sizes) > MOST_REPEATED:
            raise ManifestError(f"aliases repeat more than {MOST_REPEATED} nodes: write out what is meant")
        return super().construct_document(node)

    def refuse_duplicates(self, node: yaml.MappingNode) -> None:
        seen = set()
        for key_node, _ in node.value:
            key = self.key(key_node)
            if key in seen:
                raise ManifestError(f"line {key_node.start_mark.line + 1}: {duplicate(key)}")
            seen.add(key)

    def key(self, node: yaml.Node) -> str:
        value = self.construct_object(node, deep=True) if isinstance(node, yaml.ScalarNode) else node
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (int, float)):
            return f"{value:g}" if isinstance(value, float) else str(value)
        raise ManifestError(f"line {node.start_mark.line + 1}: a key must be a string: put it in quotes")


def built(node: yaml.Node, sizes: dict[int, int]) -> int:
    """How many nodes are built from this one, each alias and merge counted in full.

    sizes: what each node was found to have, by its identity; 0 while it is being counted.
    """
    known = sizes.get(id(node))
    if known == 0:
        raise ManifestError(f"line {node.start_mark.line + 1}: an alias stands inside of what it names")
    if known is None:
        sizes[id(node)] = 0
        known = sizes[id(node)] = 1 + sum(built(part, sizes) for part in parts(node))
    return known


def parts(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


def plain_scalar(loader: KubernetesLoader, node: yaml.ScalarNode) -> Any:
    return scalar(str(node.value))


def mapping(loader: KubernetesLoader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    return loader.construct_mapping(node)


def text_of(loader: KubernetesLoader, node: yaml.ScalarNode) -> str:
    return str(node.value)


def number_of(loader: KubernetesLoader, node: yaml.ScalarNode) -> Any:
    value = scalar(str(node.value))
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ManifestError(f"line {node.start_mark.line + 1}: {node.value} is no number: remove its tag")
    return value


def decoded(loader: KubernetesLoader, node: yaml.ScalarNode) -> str:
    try:
        return base64.b64decode(str(node.value)).decode()
    except ValueError as error:
        raise ManifestError(f"line {node.start_mark.line + 1}: !!binary is no text: {error}") from error


KubernetesLoader.add_constructor("!plain", plain_scalar)
KubernetesLoader.add_constructor("tag:yaml.org,2002:binary", decoded)
KubernetesLoader.add_constructor("tag:yaml.org,2002:map", mapping)
KubernetesLoader.add_constructor("tag:yaml.org,2002:str", text_of)
KubernetesLoader.add_constructor("tag:yaml.org,2002:merge", text_of)
KubernetesLoader.add_constructor("tag:yaml.org,2002:timestamp", text_of)
KubernetesLoader.add_constructor("tag:yaml.org,2002:int", number_of)
KubernetesLoader.add_constructor("tag:yaml.org,2002:float", number_of)
