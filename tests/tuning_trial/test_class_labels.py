"""Labels that a model cannot have are refused before its training, on a GPU as on a CPU."""

from __future__ import annotations

import pytest
from tuning_trial.errors import UserError

from tests.tuning_trial.in_process import Here

pytestmark = pytest.mark.tensorflow

FILE = """
import keras, numpy
def build_model(hp):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    model.compile('sgd', keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class={ignored}))
    return model
def load_data():
    x = numpy.zeros((6, 2), 'float32')
    return (x, numpy.array({train})), (x, numpy.array({validation}))
"""
GOOD = [0, 1, 2, 0, 1, 2]


def run(here: Here, train: object = GOOD, validation: object = GOOD, ignored: object = None, **given: object):
    source = FILE.format(train=train, validation=validation, ignored=ignored)
    return here.run(source, given, epochs=1, objectives=["loss"])


@pytest.mark.parametrize("tactics", [{}, {"label_smoothing": 0.1}], ids=["alone", "made one-hot"])
@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([5, 6, 7, 5, 6, 7], "y has labels from 5 to 7, and the model tells 3 classes apart, 0 to 2"),
        ([-1, 0, 1, -1, 0, 1], "y has labels from -1 to 1, and the model tells 3 classes apart, 0 to 2"),
        ([0.5, 1, 2, 0, 1, 2], "y has labels such as 0.5, and the model tells 3 classes apart, 0 to 2"),
        (["a", "b"] * 3, "y has labels such as 'a', and the model tells 3 classes apart, 0 to 2"),
    ],
)
def test_labels_that_are_no_classes_of_the_model_are_named(
    here: Here, labels: list[object], said: str, tactics: dict[str, float]
) -> None:
    with pytest.raises(UserError) as refused:
        run(here, labels, **tactics)
    assert str(refused.value).startswith(f"tutorial.py:3: {said}")
    assert "give each example the number of its class, from 0" in str(refused.value)


def test_a_model_that_does_not_begin_with_an_input_is_looked_at_too(here: Here) -> None:
    source = FILE.format(train=[3, 0, 1, 2, 0, 1], validation=GOOD, ignored=None).replace(
        "keras.Input((2,)), ", ""
    )
    with pytest.raises(UserError, match="y has labels from 0 to 3, and the model tells 3 classes apart"):
        here.run(source, {}, epochs=1, objectives=["loss"])


def test_labels_of_the_validation_data_are_looked_at_too(here: Here) -> None:
    with pytest.raises(UserError, match="the validation data's y has labels from 0 to 3"):
        run(here, validation=[0, 1, 2, 3, 1, 2])


@pytest.mark.parametrize(
    ("array", "listed", "name"),
    [("numpy.array([0, 1", "list([0, 1", "y"), ("return (x,", "return (x.tolist(),", "x")],
)
def test_a_list_in_the_place_of_an_array_is_named(here: Here, array: str, listed: str, name: str) -> None:
    source = FILE.format(train=GOOD, validation=GOOD, ignored=None).replace(array, listed, 1)
    with pytest.raises(
        UserError, match=rf"{name} is a list, and Keras trains on arrays; give it numpy.array"
    ):
        here.run(source, {}, epochs=1, objectives=["loss"])


def test_a_label_that_the_loss_passes_over_is_no_class(here: Here) -> None:
    assert run(here, [-1, 0, 1, 2, 0, 1], ignored=-1).metrics["loss"] > 0


BINARY = """
import keras, numpy
def build_model(hp):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, 'sigmoid')])
    model.compile('sgd', {loss})
    return model
def load_data():
    x = numpy.zeros((4, 2), 'float32')
    return (x, numpy.array({train})), (x, numpy.array({validation}))
"""
BY_NAME = "'binary_crossentropy'"


def run_binary(here: Here, train: object, validation: object = (0, 1, 0, 1), loss: str = BY_NAME):
    source = BINARY.format(train=train, validation=validation, loss=loss)
    return here.run(source, epochs=1, objectives=["loss"])


@pytest.mark.parametrize(
    "loss", [BY_NAME, "keras.losses.binary_crossentropy", "keras.losses.BinaryCrossentropy()"]
)
@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ([1, 2, 1, 2], "y has labels from 1 to 2"),
        ([-1, 1, -1, 1], "y has labels from -1 to 1"),
        ([[0.5], [1.5], [0], [1]], "y has labels from 0 to 1.5"),
        (["no", "yes"] * 2, "y has labels such as 'no'"),
    ],
)
def test_labels_beyond_0_and_1_of_a_binary_crossentropy_are_named_with_the_file(
    here: Here, labels: list[object], found: str, loss: str
) -> None:
    with pytest.raises(UserError) as refused:
        run_binary(here, labels, loss=loss)
    expected = "a binary crossentropy takes 0 to 1; give each example 0 or 1"
    assert str(refused.value) == f"tutorial.py:3: {found}, and {expected}"


def test_binary_labels_of_the_validation_data_are_looked_at_too(here: Here) -> None:
    with pytest.raises(UserError, match="the validation data's y has labels from 1 to 2"):
        run_binary(here, [0, 1, 0, 1], validation=[1, 2, 1, 2])


@pytest.mark.parametrize("labels", [[0, 1, 0, 1], [0.1, 0.9, 0.5, 1], [True, False, True, False]])
def test_labels_from_0_to_1_train_soft_ones_too(here: Here, labels: list[object]) -> None:
    assert run_binary(here, labels).metrics["loss"] > 0
