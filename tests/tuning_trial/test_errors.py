"""An error on one line."""

from __future__ import annotations

import pytest
from tuning_trial.errors import UserError, last_line

from tests.tuning_trial.in_process import Here

LOOKING_UP = """
import keras, numpy
def build_model(hp):
    layers = [keras.Input((2,), dtype='int32'), keras.layers.Embedding(3, 4), keras.layers.Flatten()]
    model = keras.Sequential([*layers, keras.layers.Dense(1)])
    model.compile('sgd', 'mse')
    return model
def load_data():
    part = numpy.array([[0, 7]] * 8), numpy.zeros(8)
    return part, part
"""


def test_an_error_reads_as_the_last_line_of_its_traceback() -> None:
    assert last_line(ValueError("a\n  b")) == "ValueError: a b"
    assert last_line(KeyError()) == "KeyError"


def test_the_colours_of_keras_are_left_out() -> None:
    assert last_line(ValueError("\x1b[1mInput 0\x1b[0m is wrong")) == "ValueError: Input 0 is wrong"


def test_tensorflows_name_of_a_place_within_itself_is_left_out() -> None:
    said = last_line(
        ValueError("{{function_node __wrapped__Iterator_device_/job:localhost}} truncated record")
    )
    assert said == "ValueError: truncated record"


def test_a_long_error_is_cut() -> None:
    assert last_line(ValueError("x" * 2000), 30) == "ValueError: " + "x" * 17 + "…"


@pytest.mark.tensorflow
def test_what_tensorflow_says_behind_the_stack_of_a_graph_is_what_counts(here: Here) -> None:
    with pytest.raises(UserError) as refused:
        here.run(LOOKING_UP, {}, epochs=1, objectives=["loss"])
    said = str(refused.value)
    assert "InvalidArgumentError: indices[" in said
    assert "is not in [0, 3)" in said
    assert "site-packages" not in said
