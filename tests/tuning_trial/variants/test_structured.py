"""Removal of units and filters from models that Keras really computes."""

import re
from pathlib import Path

import numpy as np
import pytest
from tuning_trial.errors import UserError

keras = pytest.importorskip("keras")
from tuning_trial.variants.structured import kept, remove_units  # noqa: E402 - after the check for Keras

pytestmark = pytest.mark.tensorflow
layers = keras.layers


def chain():
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 2)),
            layers.Conv2D(6, 3, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Conv2D(4, 2),
            layers.Dropout(0.5),
            layers.Flatten(),
            layers.Dense(10, "tanh"),
            layers.Dense(3, "softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


DATA = """
import numpy as np

def load_data():
    x = np.random.default_rng(0).normal(size=(12, 8, 8, 2)).astype("float32")
    return (x, np.arange(12) % 3), (x, np.arange(12) % 3)
"""
PLAIN = "import keras\n\ndef build_model(hp):\n    return keras.models.load_model('trained.keras')\n"


def example():
    """The program of docs/variants.md that removes units."""
    text = (Path(__file__).parents[3] / "docs/variants.md").read_text()
    (found,) = [p for p in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "remove_units(" in p]
    return found


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # h5py's, as Keras saves
def test_the_example_of_the_docs_is_a_trial_of_a_smaller_model_with_all_its_figures(here, monkeypatch):
    monkeypatch.chdir(here.directory)
    trained = chain()
    trained.fit(np.ones((3, 8, 8, 2)), np.arange(3), verbose=0)
    trained.save("trained.keras")
    whole = here.run(PLAIN + DATA, epochs=1).metrics
    given = {"removed": 0.5}
    smaller = here.run(example() + DATA, given, epochs=2, export=("float16",)).metrics
    for name in ("model_parameters", "model_bytes", "flops"):
        assert smaller[name] < whole[name], name
    assert smaller["sparsity"] == 0
    assert smaller["sparse_bytes"] == smaller["model_bytes"]
    assert 0 < smaller["compressed_bytes"] < whole["model_bytes"]
    assert smaller["latency_p50"] > 0
    assert "val_accuracy" in smaller
    for name in ("bytes", "compressed_bytes", "sparse_bytes", "latency_ms", "accuracy"):
        assert smaller[f"tflite_float32_{name}"] >= 0, name
    assert smaller["tflite_float32_bytes"] > smaller["model_bytes"]


def silence(model, share):
    """Make those outputs that are to go 0, so that the model without them is the same function."""
    for layer in model.layers[:-1]:
        if type(layer) in (layers.Dense, layers.Conv2D):
            kernel, *bias = layer.get_weights()
            gone = np.setdiff1d(np.arange(kernel.shape[-1]), kept(kernel, share))
            kernel[..., gone] = 0
            layer.set_weights([kernel, *bias])


def test_units_of_the_least_norm_go():
    assert kept(np.array([[1.0, -5, 2, 0], [1, 0, -2, 0]]), 0.5).tolist() == [1, 2]
    assert kept(np.ones((2, 3)), 0.99).tolist() == [0]


def test_without_units_that_do_nothing_the_function_is_the_same():
    model = chain()
    silence(model, 0.5)
    x = np.random.default_rng(0).normal(size=(5, 8, 8, 2)).astype("float32")
    smaller = remove_units(model, 0.5)
    np.testing.assert_allclose(smaller(x), model(x), atol=1e-5)
    assert [w.shape[-1] for w in smaller.get_weights() if w.ndim > 1] == [3, 2, 5, 3]
    assert smaller.count_params() < model.count_params() / 2


def test_the_smaller_model_is_compiled_alike_and_learns():
    smaller = remove_units(chain(), 0.3)
    assert smaller.optimizer.learning_rate.numpy() == pytest.approx(0.01)
    x, y = np.random.default_rng(0).normal(size=(6, 8, 8, 2)), np.arange(6) % 3
    history = smaller.fit(x, y, epochs=2, verbose=0).history
    assert {"loss", "accuracy"} <= history.keys()


def test_a_loss_of_the_file_s_own_is_the_smaller_model_s_too():
    def own(y, predicted):
        return keras.ops.mean(keras.ops.abs(y - predicted), axis=-1)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(6), layers.Dense(1)])
    model.compile("adam", own, metrics=[own])
    smaller = remove_units(model, 0.5)
    assert smaller.optimizer is not model.optimizer
    assert {"loss", "own"} == set(
        smaller.evaluate(np.ones((2, 4)), np.ones((2, 1)), verbose=0, return_dict=True)
    )


def test_nothing_goes_when_nothing_shall():
    model = chain()
    x = np.random.default_rng(0).normal(size=(2, 8, 8, 2)).astype("float32")
    np.testing.assert_allclose(remove_units(model, 0)(x), model(x), atol=1e-6)


def functional():
    x = keras.Input((2,))
    return keras.Model(x, layers.Add()([layers.Dense(2)(x), x]))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (functional, "removed from a built Sequential, and this is Functional"),
        (
            lambda: keras.Sequential([keras.Input((3, 2)), layers.LSTM(4, name="memory"), layers.Dense(1)]),
            "around the layer 'memory', a LSTM; build the model of Activation, ",
        ),
        (
            lambda: keras.Sequential([keras.Input((4, 4, 2)), layers.Conv2D(4, 2, groups=2, name="halves")]),
            "around the layer 'halves'; have its channels last, in one group",
        ),
    ],
)
def test_another_graph_is_refused(model, message):
    with pytest.raises(UserError, match=message):
        remove_units(model(), 0.5)


def test_a_share_out_of_range_is_named():
    with pytest.raises(UserError, match="to remove is 1; make it a number from 0 to below 1"):
        remove_units(chain(), 1)
