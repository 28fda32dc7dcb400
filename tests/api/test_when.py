"""Which parameters exist."""

from __future__ import annotations

from typing import Any

import pytest
from tuning_operator.api import Parameter, active

from tests.api.manifests import Manifest, boolean, categorical, double, every_type, whole


def parameters(*manifests: Manifest) -> list[Parameter]:
    return [Parameter.model_validate(manifest) for manifest in manifests]


def child(**when: Any) -> Manifest:
    return boolean("child", when={"parameter": "parent"} | when)


@pytest.mark.parametrize(
    ("parent", "when", "value", "exists"),
    [
        (categorical("parent", "a", "b"), {"in": ["a"]}, "a", True),
        (categorical("parent", "a", "b"), {"in": ["a"]}, "b", False),
        (categorical("parent", "true"), {"in": ["true"]}, "true", True),
        (boolean("parent"), {"in": ["true"]}, True, True),
        (boolean("parent"), {"in": ["true"]}, False, False),
        (boolean("parent"), {"in": ["true", "false"]}, False, True),
        (whole("parent"), {"min": 3}, 3, True),
        (whole("parent"), {"min": 3}, 2, False),
        (whole("parent"), {"max": 3}, 3, True),
        (double("parent"), {"min": 0.3, "max": 0.4}, 0.35, True),
        (double("parent"), {"min": 0.3, "max": 0.4}, 0.45, False),
        (whole("parent"), {"min": 0}, True, False),
        (whole("parent"), {"min": 0}, "3", False),
        (whole("parent"), {"min": 0}, None, False),
        (whole("parent"), {"min": 0}, [3], False),
        (whole("parent"), {"min": 0}, {"a": 3}, False),
        (categorical("parent", "a"), {"in": ["a"]}, ["a"], False),
    ],
)
def test_a_parameter_exists_by_the_value_of_another(
    parent: Manifest, when: dict[str, Any], value: Any, exists: bool
) -> None:
    found = active(parameters(parent, child(**when)), {"parent": value})
    assert found == ({"parent", "child"} if exists else {"parent"})


def test_what_hangs_on_a_missing_parameter_does_not_exist() -> None:
    chain = parameters(
        boolean("a"),
        boolean("b", when={"parameter": "a", "in": ["true"]}),
        boolean("c", when={"parameter": "b", "in": ["true"]}),
    )
    assert active(chain, {"a": True, "b": True, "c": True}) == {"a", "b", "c"}
    assert active(chain, {"a": False, "b": True, "c": True}) == {"a"}


def test_order_means_nothing() -> None:
    values = {"optimizer": "sgd", "num_layers": 3}
    assert active(parameters(*every_type()), values) == active(parameters(*every_type()[::-1]), values)


def test_a_circle_exists_nowhere() -> None:
    circle = parameters(
        boolean("a", when={"parameter": "b", "in": ["true"]}),
        boolean("b", when={"parameter": "a", "in": ["true"]}),
    )
    assert active(circle, {"a": True, "b": True}) == set()
