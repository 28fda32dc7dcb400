"""What the record of a recipe's trial tells of its data: other data has another fingerprint."""

from __future__ import annotations

from typing import Any

import pytest
from tuning_trial.keeping.fingerprint import fingerprint

from tests.tuning_trial.recipes.test_recipes import COLOURS, SIZES, Y
from tests.tuning_trial.recipes.training import make

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


@pytest.mark.parametrize("other", [{"size": 1.001}, {"colour": "mauvo"}, {"y": 1}])
def test_one_other_value_anywhere_is_another_fingerprint(other: dict[str, Any]) -> None:
    from tuning_trial.recipes.task import source_of

    told = fingerprint(source_of(data()))
    assert set(told) == {"train", "validation"}
    assert told == fingerprint(source_of(data()))
    assert told != fingerprint(source_of(data(**other)))
