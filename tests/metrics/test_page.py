"""A trial's page is read as the contract says, and junk is refused by name."""

from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuning_operator.engine.snapshot import Observed
from tuning_operator.errors import PageError
from tuning_operator.metrics.page import MOST_SAMPLES, parse_page

SDK = b"""\
# HELP tuning_trial_metric Latest value.
# TYPE tuning_trial_metric gauge
tuning_trial_metric{metric="val_accuracy"} 0.91
tuning_trial_metric{metric="val/loss"} 1e-2
# TYPE tuning_trial_step gauge
tuning_trial_step 4.0
tuning_trial_rung_metric{metric="val_accuracy",step="1"} 0.5
tuning_trial_rung_metric{metric="val_accuracy",step="3"} 0.8
"""


def test_the_latest_value_comes_with_its_step_and_every_rung() -> None:
    assert parse_page(SDK, ["val_accuracy"]) == (
        Observed("val_accuracy", 1, 0.5),
        Observed("val_accuracy", 3, 0.8),
        Observed("val_accuracy", 4, 0.91),
    )


def test_only_wanted_metrics_are_read() -> None:
    assert parse_page(SDK, ["val/loss"]) == (Observed("val/loss", 4, 0.01),)
    assert parse_page(SDK, ["other"]) == ()


def test_a_real_exporter_has_more_samples_and_comments_than_are_read() -> None:
    others = b"".join(b"# TYPE other_%d gauge\nother_%d 1\n" % (n, n) for n in range(MOST_SAMPLES))
    assert parse_page(others + b"loss 0.5\n" + others, ["loss"]) == (Observed("loss", 0, 0.5),)


def test_a_plain_exporter_needs_no_sdk() -> None:
    page = b"# TYPE accuracy gauge\naccuracy 0.7\naccuracy_created 3\n"
    assert parse_page(page, ["accuracy"]) == (Observed("accuracy", 0, 0.7),)


def test_a_plain_counter_keeps_its_name() -> None:
    assert parse_page(b"# TYPE steps counter\nsteps 7\n", ["steps"]) == (Observed("steps", 0, 7.0),)


def test_the_sdk_s_value_goes_before_a_sample_of_that_name() -> None:
    page = b'accuracy 0.1\ntuning_trial_metric{metric="accuracy"} 0.2\n'
    assert parse_page(page, ["accuracy"]) == (Observed("accuracy", 0, 0.2),)


def test_the_only_labelled_sample_will_do() -> None:
    assert parse_page(b'accuracy{set="val"} 0.7\n', ["accuracy"]) == (Observed("accuracy", 0, 0.7),)


def test_several_labelled_samples_are_ambiguous() -> None:
    with pytest.raises(PageError, match=r"2 samples named accuracy.*without labels"):
        parse_page(b'accuracy{set="val"} 0.7\naccuracy{set="train"} 0.9\n', ["accuracy"])


def test_values_that_are_not_finite_are_observations() -> None:
    (observed,) = parse_page(b"loss NaN\n", ["loss"])
    assert math.isnan(observed.value)
    assert parse_page(b"loss +Inf\n", ["loss"])[0].value == math.inf


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (b"<html><body>hello</body></html>", "not Prometheus text"),
        (b"# a comment\n<html><body>hello</body></html>", "not Prometheus text"),
        (b"\xff\xfe", "not UTF-8"),
        (b"loss one\n", "not Prometheus text"),
        (b'loss{a="' + b"x" * 5000 + b'"} 1\n', "characters"),
        (b"loss " + b"9" * 4000 + b"\n", "too large"),
        (b"loss 1\ntuning_trial_step 1.5\n", "whole number"),
        (b"loss 1\ntuning_trial_step NaN\n", "whole number"),
        (b"loss 1\ntuning_trial_step 1e300\n", "whole number"),
        (b'tuning_trial_rung_metric{metric="loss",step="x"} 1\n', "no number"),
        (b"loss 1\n" * (MOST_SAMPLES + 1), "samples"),
        ((b'loss{a="' + b"\\\\" * 2000 + b'"} 1\n') * 20, "characters of wanted samples"),
    ],
)
def test_junk_is_refused_with_the_reason(page: bytes, reason: str) -> None:
    with pytest.raises(PageError, match=reason):
        parse_page(page, ["loss"])


@given(st.binary(max_size=300) | st.text(alphabet='{}",=\\ \t\nlos#1e+_', max_size=80).map(str.encode))
def test_no_page_crashes_the_reader(page: bytes) -> None:
    with contextlib.suppress(PageError):
        assert {o.metric for o in parse_page(page, ["loss", "s"])} <= {"loss", "s"}
