"""YAML and JSON mean here what they mean to kubectl (tried with kubectl 1.35)."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuning_operator.api.manifest import load, scalar
from tuning_operator.errors import ManifestError

SCALARS = {
    "1e-5": 1e-5,
    "1e5": 100_000,
    "1.5e3": 1500,
    "1e+5": 100_000,
    "1E400": "1E400",
    ".5": 0.5,
    "5.": 5,
    "08": 8,
    "010": 8,
    "0o17": 15,
    "0x1f": 31,
    "0b11": 3,
    "-0b11": -3,
    "1_000": 1000,
    "0.1_5": 0.15,
    "+5": 5,
    "-0": 0,
    "12345678901234567890": 12345678901234567890.0,
    "99999999999999999999999": 1e23,
    "1:30": "1:30",
    "2001-01-01": "2001-01-01",
    "2001-01-01T00:00:00Z": "2001-01-01T00:00:00Z",
    "on": True,
    "y": True,
    "No": False,
    "off": False,
    "oN": "oN",
    "~": None,
    "": None,
    "Null": None,
    "=": "=",
    "adam": "adam",
    "1e": "1e",
    "0x": "0x",
    "_1": "_1",
}

UNREADABLE = {
    "a: 1\na: 2": ("line 2", '"a"', "twice", "remove"),
    '{"a": {"b": 1, "b": 2}}': ('"b"', "twice", "remove"),
    "on: 1\ntrue: 2": ('"true"', "twice"),
    '{"a": 1e400}': ("1e400", "no number", "within"),
    '{"a": NaN}': ("NaN", "no number"),
    "a: .inf": (".inf", "no number"),
    "a: -.INF": ("-.INF", "no number"),
    "- 1": ("document 1", "[1]", "write an object"),
    "kind: List\nitems: [{a: 1}, null]": ("document 1: items[1] is null", "write an object"),
    "a: 1\n---\ntext": ("document 2", '"text"', "write an object"),
    "a: *nothing": ("undefined alias", "nothing"),
    "a: [1": ("no YAML", "line", "close the bracket"),
    "a:\n\tb: 1": ("no YAML", "line 2", "indent with spaces, not with tabs"),
    "a: @b": ("line 1", "put the text that begins with this character in quotes"),
    "a: b: c": ("line 1", "put a text with a colon in quotes"),
    "a:\n  b: 1\n c: 2": ("line 3", "indent all fields of an object alike"),
    "a: 1\nb\nc: 2": ("line 2", "write a colon and a space"),
    'a: "1\nb: 2': ("line 1", "close the quote"),
    "a: !secret b": ("!secret",),
    "? [a]\n: b": ("line 1", "key", "quotes"),
    "a: !!int b": ("line 1", "b", "no number"),
}


@pytest.mark.parametrize("text", SCALARS)
def test_a_plain_scalar_is_what_kubectl_makes_of_it(text: str) -> None:
    value = scalar(text)
    assert (value, type(value)) == (SCALARS[text], type(SCALARS[text]))


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_kubectl_cannot_read_is_refused_in_words_that_help(text: str) -> None:
    with pytest.raises(ManifestError) as refused:
        load(text)
    assert all(word in str(refused.value) for word in UNREADABLE[text])


@pytest.mark.parametrize(
    ("text", "objects"),
    [
        ("", []),
        ("---\n# nothing\n---\n", []),
        ("a: 1\n---\nb: 2\n", [{"a": 1}, {"b": 2}]),
        ("kind: List\nitems: [{a: 1}, {b: 2}]", [{"a": 1}, {"b": 2}]),
        ('{"a": 1e2, "b": 1e-5}', [{"a": 100.0, "b": 1e-5}]),
        ("{a: 1}", [{"a": 1}]),
        ("a: &x {b: 1}\nc: {<<: *x, d: 2}", [{"a": {"b": 1}, "c": {"b": 1, "d": 2}}]),
        ("a: &x {b: 1}\nc: {<<: *x, b: 2}", [{"a": {"b": 1}, "c": {"b": 2}}]),
        ("n: 1\n1: a\n1.50: b", [{"false": 1, "1": "a", "1.5": "b"}]),
        ("a: \"on\"\nb: '1e-5'\nc: !!str 5", [{"a": "on", "b": "1e-5", "c": "5"}]),
        ("a: !!binary aGk=", [{"a": "hi"}]),
        ("a: |\n  x\n  y\n", [{"a": "x\ny\n"}]),
    ],
)
def test_documents_are_read_as_kubectl_reads_them(text: str, objects: list[dict[str, Any]]) -> None:
    assert load(text) == objects


def bomb(levels: int, first: str, repeated: str) -> str:
    """Each level repeats the one before it."""
    lines = [f"x{n}: &x{n} {repeated.replace('*', f'*x{n - 1}')}" for n in range(1, levels)]
    return "\n".join([f"x0: &x0 {first}", *lines])


TENFOLD = f"[{', '.join('*' * 10)}]"


@pytest.mark.parametrize("text", [bomb(9, "[a]", TENFOLD), bomb(29, "{a: 1}", "{<<: [*, *]}")])
def test_a_few_lines_that_stand_for_a_billion_are_refused(text: str) -> None:
    with pytest.raises(ManifestError, match="aliases repeat more than 100000 nodes"):
        load(text)


def test_an_alias_of_what_it_stands_in_is_refused() -> None:
    with pytest.raises(ManifestError, match="an alias stands inside of what it names"):
        load("a: &a [*a]")


def test_a_long_manifest_without_aliases_is_read() -> None:
    (found,) = load(f"a: [{'1,' * 5000}]\nb: &b [1]\nc: [*b, *b]")
    assert (len(found["a"]), found["c"]) == (5000, [[1], [1]])


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "job.yaml").write_text("a: 1", encoding="utf-8")
    assert load(tmp_path / "job.yaml") == [{"a": 1}]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"nothing\.yaml.*No such file"):
        load(tmp_path / "nothing.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe9")
    with pytest.raises(ManifestError, match=r"not UTF-8 at byte 3"):
        load(tmp_path / "latin.yaml")


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(ManifestError):
        assert all(isinstance(document, dict) for document in load(text))
