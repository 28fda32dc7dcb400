"""Initial trials at their edges; what must be refused stands in the table of bad manifests."""

from __future__ import annotations

from typing import Any

import pytest
from tuning_operator.api import TuningJob
from tuning_operator.api.validation import visit

from tests.api.manifests import Manifest, discrete, double, job, whole


def visited(parameter: Manifest, value: Any) -> list[str]:
    initial = [{"parameters": {parameter["name"]: value}}]
    return visit(TuningJob.model_validate(job(parameter, initialTrials=initial)))


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        (double("x"), 0.25),
        (double("x"), 0.75),
        (double("x", min=0, max=1, step=0.1), 0.1 + 0.2),
        (double("x", min=0, max=1, step=0.1), 1),
        (whole("n", min=3, max=11, step=4), 7.0),
        (discrete("d", 1, 0.5), 1),
        (discrete("d", 32, 64), 64.0),
    ],
)
def test_a_value_at_the_edge_is_right(parameter: Manifest, value: Any) -> None:
    assert visited(parameter, value) == []


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        (double("x"), 0.75000001),
        (double("x", min=0, max=1, step=0.1), 0.15),
        (whole("n", min=3, max=11, step=4), 8),
        (discrete("d", 1, 0.5), True),
        (double("x"), 10**400),
    ],
)
def test_a_value_beside_the_edge_is_wrong(parameter: Manifest, value: Any) -> None:
    (message,) = visited(parameter, value)
    assert message.startswith("spec.initialTrials[0].parameters.")


def test_a_long_value_is_shortened() -> None:
    (message,) = visited(double("x"), "y" * 10_000)
    assert len(message) < 300


def test_each_initial_trial_is_named_by_its_place() -> None:
    initial = [{"parameters": {"x": 0.5}}, {"parameters": {}}]
    (message,) = visit(TuningJob.model_validate(job(double("x"), initialTrials=initial)))
    assert message.startswith("spec.initialTrials[1].parameters.x: missing")
