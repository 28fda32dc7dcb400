"""Initial trials at their edges; what must be refused stands in the table of bad manifests."""

from __future__ import annotations

from typing import Any

import pytest
from tuning_operator.api import Trial, TuningJob
from tuning_operator.api.visit import of_first_trial, visit

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
        (double("x", min=-1e308, max=1e308, step=1e307), 1e308),
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
        (double("x", min=-1e308, max=1e308, step=1e307), 5e306),
    ],
)
def test_a_value_beside_the_edge_is_wrong(parameter: Manifest, value: Any) -> None:
    (message,) = visited(parameter, value)
    assert message.startswith("spec.initialTrials[0].parameters.")


@pytest.mark.parametrize(("most", "step"), [(1e300, 1e-9), (1e308, 5e-324)])
def test_a_step_that_makes_more_values_than_can_be_counted_is_named(most: float, step: float) -> None:
    (message,) = visited(double("x", min=-most, max=most, step=step), most)
    assert message.startswith(f"spec.parameters[0].step: {step}: makes more values of x")


def test_a_step_whose_values_can_be_counted_is_right() -> None:
    assert visited(double("x", min=1e-9, max=1e9, step=1e-9, scale="log"), 1.5) == []


def test_a_long_value_is_shortened() -> None:
    (message,) = visited(double("x"), "y" * 10_000)
    assert len(message) < 300


def test_each_initial_trial_is_named_by_its_place() -> None:
    initial = [{"parameters": {"x": 0.5}}, {"parameters": {}}]
    (message,) = visit(TuningJob.model_validate(job(double("x"), initialTrials=initial)))
    assert message.startswith("spec.initialTrials[1].parameters.x: missing")


def first_trial(**parameters: Any) -> Trial:
    spec = {"number": 1, "stage": 1, "purpose": "Search", "seed": 0, "basis": {"engine": "0"}}
    body = {"metadata": {"name": "hello-1", "uid": "u"}, "spec": spec | {"parameters": parameters}}
    return Trial.model_validate(body)


def from_first_trial(parameter: Manifest, **parameters: Any) -> str | None:
    return of_first_trial(TuningJob.model_validate(job(parameter)), first_trial(**parameters))


@pytest.mark.parametrize(
    ("parameter", "value"),
    [(double("x", min=0, max=1), 1), (double("x", min=0, max=1, step=0.3), 1.0), (discrete("x", 1, 2), 2)],
)
def test_a_job_goes_on_from_a_first_trial_of_its_own_parameters(parameter: Manifest, value: Any) -> None:
    """Its step does not count: of the finest ones it cannot be told whether a value stands on them."""
    assert from_first_trial(parameter, x=value) is None


@pytest.mark.parametrize(
    ("parameter", "values"),
    [
        (double("x", min=0, max=1), {"x": "adam"}),
        (double("x", min=0, max=1), {"x": 2}),
        (double("x", min=0, max=1), {}),
        (double("x", min=0, max=1), {"x": 0.5, "y": 1}),
        (discrete("x", 1, 2), {"x": 3}),
    ],
)
def test_a_job_whose_parameters_were_edited_while_its_first_trial_started_cannot_go_on(
    parameter: Manifest, values: dict[str, Any]
) -> None:
    why = from_first_trial(parameter, **values) or ""
    assert why.startswith("spec.parameters was edited while hello-1 started, whose parameters.")
