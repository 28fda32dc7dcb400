"""The record of a recipe's trial tells its data from other data, and how its training fared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy
import pytest
from tuning_trial.keeping.fingerprint import fingerprint

from tests.tuning_trial.in_process import Here, Ran
from tests.tuning_trial.recipes.test_recipes import COLOURS, SIZES, Y
from tests.tuning_trial.recipes.training import make, train

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings(
        "ignore:__array__ implementation:DeprecationWarning"
    ),  # Keras saving a variable
]


def data(size: float = 1.0, colour: str = "mauve", y: int = 0) -> Any:
    """The rows, but the last but one of another size, colour and class."""
    sizes, colours, classes = SIZES.copy(), COLOURS.copy(), Y.copy()
    sizes[-2], colours[-2], classes[-2] = size, colour, y
    return make({"size": sizes, "colour": colours}, classes, 3)


@pytest.fixture
def ran(here: Here, tmp_path: Path) -> Ran:
    return train(here, "tabular-classification", data(), {"width": 8}, artifact_dir=str(tmp_path))


def test_the_record_tells_one_other_value_anywhere_and_the_health(ran: Ran, tmp_path: Path) -> None:
    from tuning_trial.recipes.task import source_of

    record = json.loads((tmp_path / "record.json").read_text())
    told = record["data"]
    assert set(told) == {"train", "validation"}
    assert told == fingerprint(source_of(data()))
    for other in (data(size=1.001), data(colour="mauvo"), data(y=1)):
        assert told != fingerprint(source_of(other))
    health = record["health"]
    assert health["measurements"] == 1
    assert [round(group["norm"], 9) > 0 for group in health["groups"].values()] == [True] * 3
    assert list(health["dead"].values()) == pytest.approx(dead_relus(ran))


def dead_relus(ran: Ran) -> list[float]:
    """Of each relu the part of its units that no training example wakes, looked at from outside."""
    import keras

    relus = [layer for layer in ran.model.layers if type(layer) is keras.layers.Activation]
    outputs = keras.Model(ran.model.inputs, [layer.output for layer in relus])
    x = ran.task.hypermodel.prepared().train[0]
    return [float((numpy.asarray(one).max(axis=0) <= 0).mean()) for one in outputs([x])]
