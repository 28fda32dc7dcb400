"""How a dataset hands over its batches: what is computed once, ahead, and by how many threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from tuning_trial.errors import UserError
from tuning_trial.tactics import Tactics, training_data
from tuning_trial.tactics.given import Given

keras = pytest.importorskip("keras")
import tensorflow as tf  # noqa: E402 - after the check for Keras
from tuning_trial.tactics.applying import training  # noqa: E402

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:`shuffle=True` was passed:UserWarning"),  # Keras' own default
]

BATCHES = 6
LONG_ENOUGH = 20.0  # seconds for another thread to do what it is going to do

FILE = """
import keras, numpy, tensorflow
MADE = []

def build_model(hp):
    model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(3)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile('sgd', loss, metrics=['accuracy'])
    return model

def batches(name):
    def make():
        MADE.append(name)
        for i in range(2):
            yield numpy.full((3, 4, 4, 1), i / 2, 'float32'), numpy.arange(3)
    shapes = tensorflow.TensorSpec((3, 4, 4, 1)), tensorflow.TensorSpec((3,), 'int64')
    data = tensorflow.data.Dataset.from_generator(make, output_signature=shapes)
    return data.apply(tensorflow.data.experimental.assert_cardinality(2))

def load_data():
    return batches('train'), batches('validation')
"""


def made(here: Any, **given: Any) -> list[str]:
    """Run the file for three epochs; return which dataset was computed, each time anew."""
    here.run(FILE, given, epochs=3)
    return sorted(vars(__import__("sys").modules["tutorial"])["MADE"])


def test_a_cache_has_a_dataset_computed_in_the_first_epoch_alone(here: Any) -> None:
    assert made(here, cache=False) == ["train"] * 3 + ["validation"] * 3
    assert made(here, cache=True) == ["train", "validation"]


def test_a_cache_keeps_what_the_file_gives_and_not_what_our_augmentation_makes_of_it(here: Any) -> None:
    assert made(here, cache=True, translation=0.4).count("train") <= 2  # white is looked for beforehand
    x = np.random.default_rng(0).random((8, 4, 4, 1), "float32")
    data = tf.data.Dataset.from_tensor_slices((x, np.arange(8) % 3)).batch(8)
    with fed(data, cache=True, translation=0.4) as changed:
        first, second = (next(iter(changed["x"]))[0].numpy() for _ in range(2))
    assert not np.allclose(first, second)


class Counted:
    """A dataset of batches, which counts those that it has made."""

    def __init__(self) -> None:
        self.count = 0
        shape = tf.TensorSpec((2, 4)), tf.TensorSpec((2, 1))
        self.data = tf.data.Dataset.from_generator(self._make, output_signature=shape)

    def _make(self) -> Iterator[Any]:
        for _ in range(BATCHES):
            self.count += 1
            yield np.zeros((2, 4), "float32"), np.zeros((2, 1), "float32")

    def comes_to(self, count: int) -> bool:
        """Wait until it has made so many."""
        return happens(lambda: self.count >= count)


def happens(what: Callable[[], bool]) -> bool:
    for _ in range(int(LONG_ENOUGH / 0.05)):
        if what():
            return True
        time.sleep(0.05)
    return False


def fed(data: Any, **given: Any) -> Any:
    """What fit is given of this dataset."""
    last = keras.layers.Dense(3) if data.element_spec[1].dtype.is_integer else keras.layers.Dense(1)
    shape = data.element_spec[0].shape[1:]
    model = keras.Sequential([keras.Input(shape), keras.layers.Flatten(), last])
    model.compile("sgd", "mse")
    return training(model, {"x": data, "epochs": 1}, Given.of(given))


def test_so_many_batches_are_ready_before_they_are_asked_for() -> None:
    alone, ahead = Counted(), Counted()
    with fed(alone.data, prefetch=0) as one, fed(ahead.data, prefetch=3) as other:
        iterators = [iter(one["x"]), iter(other["x"])]
        for iterator in iterators:
            next(iterator)
        assert ahead.comes_to(1 + 3)
        assert alone.count < 1 + 3  # TensorFlow itself has put one ahead


def most_at_once(threads: int) -> int:
    """How many calls of a map ran at once at the most, where four may: each waits a while for another."""
    running, most, lock, met = [0], [0], threading.Lock(), threading.Event()

    def wait(x: Any) -> Any:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
            if running[0] > 1:
                met.set()
        met.wait(0.3)
        with lock:
            running[0] -= 1
        return x

    def batch(_: Any) -> Any:
        x = tf.numpy_function(wait, [tf.ones((2, 4))], "float32")
        return tf.ensure_shape(x, (2, 4)), tf.ones((2, 1))

    data = tf.data.Dataset.range(BATCHES).map(batch, num_parallel_calls=4)
    with fed(data, parallel_maps=threads) as changed:
        assert changed["x"].options().threading.private_threadpool_size == (threads or None)
        assert len(list(changed["x"])) == BATCHES
    return most[0]


def test_maps_share_so_many_threads() -> None:
    assert most_at_once(1) == 1
    assert most_at_once(4) > 1


def test_what_is_augmented_is_prepared_ahead_by_so_many_threads() -> None:
    x, y = np.zeros((8, 4, 4, 1), "float32"), np.arange(8) % 3
    chosen = Tactics(flip=True, parallel_maps=2, prefetch=3)
    data = training_data(x, y, chosen, batch_size=4, classes=3)
    assert data.options().threading.private_threadpool_size == 2
    assert type(data).__name__ == "_PrefetchDataset"
    assert len(list(data)) == 2


@pytest.mark.parametrize("given", [{"cache": True}, {"prefetch": 2}, {"parallel_maps": 2}])
def test_arrays_are_refused_by_both_names(given: dict[str, Any]) -> None:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    arguments = {"x": np.zeros((8, 4)), "y": np.zeros((8, 1)), "epochs": 1}
    (name,) = given
    words = rf"{name}=\w+ acts on a tf\.data\.Dataset, and the training data is something of type ndarray"
    with pytest.raises(UserError, match=words), training(model, arguments, Given.of(given)):
        pass
    if name == "cache":
        with pytest.raises(UserError, match=r"'cache' keeps a tf\.data\.Dataset, and arrays are in memory"):
            training_data(np.zeros((8, 4)), np.zeros(8), Tactics(cache=True), batch_size=2, classes=3)
