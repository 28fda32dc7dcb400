"""The record of a recipe's trial tells its data from other data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tuning_trial.keeping.fingerprint import fingerprint

from tests.tuning_trial.in_process import Here
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


def test_one_other_value_anywhere_is_another_fingerprint(here: Here, tmp_path: Path) -> None:
    from tuning_trial.recipes.task import source_of

    train(here, "tabular-classification", data(), {"width": 2}, artifact_dir=str(tmp_path))
    told = json.loads((tmp_path / "record.json").read_text())["data"]
    assert set(told) == {"train", "validation"}
    assert told == fingerprint(source_of(data()))
    for other in (data(size=1.001), data(colour="mauvo"), data(y=1)):
        assert told != fingerprint(source_of(other))
