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


def sequential(*ones):
    return keras.Sequential([keras.Input((4, 4, 2)), *ones, layers.Flatten(), layers.Dense(1)])


def with_shortcut(place):
    """Three convolutions; what the first gives is added to what the last does, by a layer or an operation."""
    x = keras.Input((6, 6, 2))
    first = layers.Conv2D(4, 3, padding="same", name="first")(x)
    inner = layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same", name="inner")(first))
    outer = layers.Conv2D(4, 1, name="outer")(layers.ReLU()(inner))
    added = {"layer": lambda: layers.Add()([first, outer]), "operation": lambda: first + outer}[place]()
    return keras.Model(x, layers.Dense(2, "softmax", name="head")(layers.GlobalAveragePooling2D()(added)))


@pytest.mark.parametrize("place", ["layer", "operation"])
def test_what_a_shortcut_adds_up_stays_whole_and_what_lies_between_goes(place):
    keras.utils.set_random_seed(0)
    model = with_shortcut(place)
    for weights in (inner := model.get_layer("inner")).weights:
        weights.assign(np.where(np.isin(np.arange(4), kept(inner.kernel.numpy(), 0.5)), weights, 0))
    smaller = remove_units(model, 0.5)
    widths = {layer.name: layer.kernel.shape[-1] for layer in smaller.layers if hasattr(layer, "kernel")}
    assert widths == {"first": 4, "inner": 2, "outer": 4, "head": 2}
    x = np.random.default_rng(0).normal(size=(3, 6, 6, 2)).astype("float32")
    np.testing.assert_allclose(smaller(x), model(x), atol=1e-5)
    assert not smaller.compiled


def test_a_model_of_several_inputs_and_outputs_keeps_their_names():
    given = {"a": keras.Input((3,), name="a"), "b": keras.Input((3,), name="b")}
    hidden = layers.Dense(6, "relu")(layers.Concatenate()(list(given.values())))
    model = keras.Model(given, {"one": layers.Dense(2)(hidden), "two": layers.Dense(1)(hidden)})
    x = {"a": np.ones((2, 3), "float32"), "b": np.zeros((2, 3), "float32")}
    smaller = remove_units(model, 0.5)
    assert {name: value.shape for name, value in smaller(x).items()} == {"one": (2, 2), "two": (2, 1)}
    assert smaller.count_params() == 7 * 3 + 4 * 3


def shared():
    both = layers.Dense(4)
    given = [keras.Input((4,)), keras.Input((4,))]
    return keras.Model(given, [layers.Dense(1)(both(x)) for x in given])


def by_lora():
    model = sequential(layers.Conv2D(4, 2))
    model.layers[0].enable_lora(2)
    return model


@keras.saving.register_keras_serializable(package="test_structured")
def own_mixing(x):
    return x * keras.ops.softmax(x)


def recurrent():
    return keras.Sequential([keras.Input((3, 2)), layers.Dense(4), layers.LSTM(2), layers.Dense(1)])


class Own(keras.Model):
    def call(self, x):
        return x


@pytest.mark.parametrize(
    "model",
    [
        shared,
        sequential,
        lambda: sequential(layers.Conv2D(4, 2), layers.LayerNormalization()),
        lambda: sequential(layers.Conv2D(4, 2), layers.BatchNormalization(axis=1)),
        lambda: sequential(layers.Conv2D(4, 2, activation="softmax")),
        lambda: sequential(layers.Conv2D(4, 2, activation=lambda x: x / keras.ops.sum(x, -1, keepdims=True))),
        lambda: sequential(layers.Conv2D(4, 2), layers.Lambda(lambda x: keras.ops.flip(x, -1))),
        lambda: sequential(layers.Conv2D(4, 2), layers.Conv2D(4, 2, groups=2)),
        lambda: sequential(layers.Conv2D(4, 2, activation=own_mixing)),
        lambda: sequential(layers.Conv2D(4, 2, activation=layers.Softmax())),
        lambda: sequential(layers.Conv2D(4, 2, activation=layers.PReLU())),
        by_lora,
        recurrent,
    ],
    ids=[
        *("shared", "none", "across", "axis", "softmax", "share", "flip", "groups"),
        *("own", "layer", "prelu", "lora", "rnn"),
    ],
)
def test_what_is_taken_as_a_whole_stays_whole(model):
    with pytest.raises(UserError, match="there is no layer whose units all go into a Dense or a convolution"):
        remove_units(model(), 0.5)


def test_units_go_under_a_mask_too():
    words = keras.Input((5,), dtype="int32")
    x = layers.Embedding(9, 4, mask_zero=True)(words)
    x = layers.GlobalAveragePooling1D()(layers.BatchNormalization()(layers.Dense(6, "tanh")(x)))
    model = keras.Model(words, layers.Dense(2)(x))
    silence(model, 0.5)
    given = np.array([[1, 2, 0, 0, 0], [3, 4, 5, 6, 7]])
    smaller = remove_units(model, 0.5)
    np.testing.assert_allclose(smaller(given), model(given), atol=1e-5)
    assert smaller.count_params() < model.count_params()


def test_a_layer_that_a_model_inside_of_the_model_shares_is_not_torn_in_two():
    tied = layers.Dense(4)
    inner = keras.Sequential([keras.Input((4,)), tied])
    x = keras.Input((4,))
    model = keras.Model(x, layers.Dense(1)(layers.Dense(6)(tied(inner(x)))))
    with pytest.raises(UserError, match="whose parts share a layer's weights; call the shared layer in one"):
        remove_units(model, 0.5)


@pytest.mark.parametrize(
    ("model", "name"), [(Own, "Own"), (lambda: keras.Sequential([layers.Dense(2)]), "Sequential")]
)
def test_a_model_that_is_no_graph_of_layers_is_refused(model, name):
    with pytest.raises(
        UserError, match=f"graph of layers, and this is {name}; build a keras.Sequential that"
    ):
        remove_units(model(), 0.5)


def test_functions_of_the_files_own_are_the_copy_s_too():
    """A lambda's closure, an activation, one of TensorFlow's: of a configuration Keras makes none again."""
    import tensorflow

    half, double = (lambda x, by=by: x * by for by in (0.5, 2.0))
    chosen = [layers.Lambda(lambda x: half(x)), layers.Dense(5, double), layers.Dense(4, tensorflow.nn.relu)]
    model = keras.Sequential([keras.Input((3,)), *chosen, layers.Dense(2)])
    silence(model, 0.5)
    smaller = remove_units(model, 0.5)
    assert [w.shape for w in smaller.get_weights() if w.ndim > 1] == [(3, 2), (2, 2), (2, 2)]
    np.testing.assert_allclose(smaller(np.ones((1, 3))), model(np.ones((1, 3))), atol=1e-6)


class Uncopied(layers.Layer):
    def __init__(self, by):
        super().__init__(name="by")

    def call(self, x):
        return x


def test_a_layer_that_cannot_be_copied_is_named():
    with pytest.raises(UserError, match=r"the layer 'by' \(Uncopied\) cannot be copied: .*; give its "):
        remove_units(sequential(layers.Conv2D(4, 2), Uncopied(2)), 0.5)


def test_a_model_with_a_fit_of_its_own_is_refused_for_the_copy_would_not_have_it():
    model = chain()
    model.fit = lambda *_, **__: None
    with pytest.raises(UserError, match="would not have this one's own fit; leave it Keras', or have the tr"):
        remove_units(model, 0.5)


def test_a_share_out_of_range_is_named():
    with pytest.raises(UserError, match="to remove is 1; make it a number from 0 to below 1"):
        remove_units(chain(), 1)
