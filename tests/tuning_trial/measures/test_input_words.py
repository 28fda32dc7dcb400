"""What is said of inputs that are no numbers."""

import numpy as np
import pytest
from tuning_trial.measures.input_words import input_words


def inputs(**wrong: float) -> np.ndarray:
    x = np.zeros((5, 2, 3), dtype="float32")
    for place, value in wrong.items():
        x[int(place[1:]), 1, 2] = value
    return x


def test_the_first_example_with_a_nan_is_named_and_they_are_counted():
    [said] = input_words(inputs(_2=np.nan, _4=np.inf))
    assert said.startswith("the training inputs hold NaN in 2 of 5 examples, first in x[2]:")


def test_infinity_is_told_as_such():
    assert "hold infinity in 1 of 5 examples, first in x[3]" in input_words(inputs(_3=-np.inf))[0]


@pytest.mark.parametrize("x", [inputs(), np.arange(4), np.zeros((0, 3)), [[1.0]], None, np.array(["nan"])])
def test_there_is_nothing_to_say_of_what_holds_none_or_is_no_array(x):
    assert input_words(x) == []
