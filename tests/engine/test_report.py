"""Termination messages come from the user's image: whatever they hold, nothing breaks."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuning_operator.engine.report import parse_report


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("none", None),
        ("empty", ""),
        ("no JSON", "Traceback (most recent call last):"),
        ("no object", "[1, 2]"),
        ("cut off", '{"metrics": {"acc'),
        ("too long", '{"metrics": {}, "error": "' + "x" * 4096 + '"}'),
        ("nested beyond sense", "[" * 4000),
    ],
)
def test_what_is_no_report(what, text):
    assert parse_report(text) is None


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0.98", 0.98),
        ("1", 1.0),
        ('"Infinity"', math.inf),
        ("-Infinity", -math.inf),
        ("1e400", math.inf),
        ("1" + "0" * 400, math.inf),
    ],
)
def test_numbers_that_can_be_read(written, value):
    assert parse_report(f'{{"metrics": {{"acc": {written}}}}}').metrics == {"acc": value}


@pytest.mark.parametrize("written", ["NaN", '"NaN"'])
def test_nan_is_a_value(written):
    assert math.isnan(parse_report(f'{{"metrics": {{"acc": {written}}}}}').metrics["acc"])


@pytest.mark.parametrize("written", ["null", "true", '"0.9"', "[1]", "{}"])
def test_an_entry_of_another_type_is_dropped_alone(written):
    assert parse_report(f'{{"metrics": {{"acc": {written}, "loss": 1}}}}').metrics == {"loss": 1.0}


def test_a_whole_report():
    report = parse_report('{"metrics": {}, "step": 7, "interrupted": true, "error": "no\\u001b[2J data"}')
    assert (report.step, report.interrupted, report.error) == (7, True, "no [2J data")


@pytest.mark.parametrize("step", ["-1", "1.5", "true", '"7"', "1e300"])
def test_a_step_that_is_none(step):
    assert parse_report(f'{{"step": {step}}}').step is None


def test_only_true_is_interrupted():
    assert not parse_report('{"interrupted": "false"}').interrupted


def test_names_that_no_api_server_takes_are_dropped():
    assert parse_report('{"metrics": {"\\ud800": 1, "": 2, "a": 3}}').metrics == {"a": 3.0}


@pytest.mark.parametrize("name", ["\\u001b[2J", "a\\nb", "a\\n", "1st", "a b", "x" * 129])
def test_names_that_no_objective_can_have_are_dropped(name):
    assert parse_report(f'{{"metrics": {{"{name}": 1, "val/acc:1": 2}}}}').metrics == {"val/acc:1": 2.0}


@given(st.text() | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(str))
def test_no_text_breaks_it(text):
    parse_report(text)


def test_advice_is_bounded_and_other_things_are_dropped():
    text = json.dumps({"advice": ["lower\x1b[31m\n  it", "\n", 7, None, "x" * 600, *"abcdefgh"]})
    report = parse_report(text)
    assert report.advice == ("lower [31m it", "x" * 255 + "…", "a", "b", "c", "d")
    assert parse_report('{"advice": "no list"}').advice == ()
