"""What a caller says of objectives."""

from __future__ import annotations

import pytest
from tuning_operator.errors import ManifestError
from tuning_operator.notebook.objectives import objectives


@pytest.mark.parametrize(
    ("metric", "goal"),
    [
        ("val_accuracy", "Maximize"),
        ("val_AUC", "Maximize"),
        ("val_loss", "Minimize"),
        ("train_time", "Minimize"),
    ],
)
def test_a_known_metrics_name_tells_its_goal(metric: str, goal: str) -> None:
    assert objectives(metric) == [{"metric": metric, "goal": goal}]


def test_several_may_be_said_each_in_its_way() -> None:
    said = ["val_accuracy", {"metric": "profit", "goal": "Maximize", "target": 3.0}]
    assert [one["metric"] for one in objectives(said)] == ["val_accuracy", "profit"]
    assert objectives(said)[1]["target"] == 3.0


def test_a_name_that_does_not_tell_is_asked_about() -> None:
    with pytest.raises(ManifestError, match=r"'profit' does not tell .*\"goal\": \"Maximize\""):
        objectives("profit")
