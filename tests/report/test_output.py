"""YAML and JSON mean the same to every reader."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tuning_operator.api.manifest import load
from tuning_operator.report.output import as_json, as_yaml, tidy

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
texts |= st.from_regex(r"[-+.0-9eExXobyYnN_:]{1,6}", fullmatch=True)
values = (
    texts | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()
)


@given(st.dictionaries(st.from_regex(r"[a-z]{2,8}", fullmatch=True), values | st.lists(values), min_size=1))
def test_kubernetes_and_yaml_read_what_was_written(body: dict[str, Any]) -> None:
    assert yaml.safe_load(as_yaml(body)) == body
    assert load(as_yaml(body)) == [body]
    assert json.loads(as_json(body)) == body


@pytest.mark.parametrize("text", ["1e5", "1e-5", "0o17", "0x1F", "y", "no", "null", "1_000", "08", ".5", "~"])
def test_text_that_looks_like_something_else_is_quoted(text: str) -> None:
    assert as_yaml({"v": text}) == f"v: '{text}'\n"


def test_keys_are_in_order() -> None:
    assert as_json({"b": 1, "a": 2}).index("a") < as_json({"b": 1, "a": 2}).index("b")


def test_empty_parts_are_left_out_but_not_of_the_spec() -> None:
    body = {"metadata": {"labels": {}, "name": "a"}, "spec": {"emptyDir": {}}, "status": {"series": []}}
    assert tidy(body) == {"metadata": {"name": "a"}, "spec": {"emptyDir": {}}, "status": {}}


@pytest.mark.parametrize("write", [as_json, as_yaml])
@pytest.mark.parametrize("text", ["\x1b[2J", "\x9b31m", "\x07\x7f\x85", "é ü 木"])
def test_a_terminal_obeys_nothing_of_it_and_it_still_means_the_same(write: Any, text: str) -> None:
    shown = write({"v": text})
    assert shown.replace("\n", "").isprintable()
    assert yaml.safe_load(shown) == {"v": text}
    assert ("é" in shown) == ("é" in text), "what is no command stays as it is"
