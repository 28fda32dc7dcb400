"""Figures are short, and text cannot steer a terminal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuning_operator.report.text import (
    as_it_stands,
    change,
    number,
    parameters_text,
    plain,
    span,
    sparkline,
    took,
)


@given(st.text(max_size=2000))
def test_plain_text_is_one_printable_bounded_line(text: str) -> None:
    shown = plain(text, 50)
    assert len(shown) <= 50
    assert shown.isprintable()


def test_control_characters_become_spaces() -> None:
    assert plain("a\x1b[31mb\r\nc\x07") == "a [31mb c"


def test_a_program_s_line_keeps_its_indentation() -> None:
    assert as_it_stands("  \tat x\x1b[31m\x07 ") == "  \tat x [31m"


@pytest.mark.parametrize(
    ("value", "shown"), [(0.986111, "0.98611"), (1e-5, "1e-05"), (64.0, "64"), (float("nan"), "nan")]
)
def test_numbers_keep_five_digits(value: float, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0 s"), (59.6, "1:00"), (125, "2:05"), (3723, "1:02:03"), (-3, "0 s")]
)
def test_spans_read_like_a_clock(seconds: float, shown: str) -> None:
    assert span(timedelta(seconds=seconds)) == shown


def test_what_was_soon_over_has_a_digit_more() -> None:
    assert took(timedelta(seconds=0.52)) == "0.5 s"
    assert took(timedelta(seconds=12.3)) == "12 s"
    assert took(None) == "–"


def test_parameters_stand_in_the_order_of_names() -> None:
    assert parameters_text({"b": True, "a": 0.123456789, "c": "x y"}) == "a=0.12346 b=true c=x y"


def test_a_change_is_given_with_its_share() -> None:
    assert change(0.5, 0.75) == "+0.25 (+50.0 %)"
    assert change(-2.0, -3.0) == "-1 (-50.0 %)"
    assert change(0.0, 1.0) == "+1"


@given(st.lists(st.floats()), st.integers(1, 20))
def test_sparklines_fit(values: list[float], width: int) -> None:
    assert len(sparkline(values, width)) <= width


def test_a_sparkline_rises_with_its_values() -> None:
    assert sparkline([1, 2, 3], 8) == "▁▅█" or sparkline([1, 2, 3], 8) == "▁▄█"
    assert sparkline([5, 5], 8) == "▁▁"
