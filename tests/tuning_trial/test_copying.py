"""Copies of layers that work with more than their weights: each is the same function as its original."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")
from tuning_trial.tactics.finder import _copy  # noqa: E402 - after the check for Keras
from tuning_trial.transfer.start import start  # noqa: E402
from tuning_trial.variants.structured import remove_units  # noqa: E402
from tuning_trial.variants.tflite import plain  # noqa: E402

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # TensorFlow, NumPy 2
]
layers = keras.layers
X = np.random.default_rng(0).normal(5, 3, (16, 4)).astype("float32")


def adapted(policy="float32"):
    """A network that learnt the mean and deviation of its inputs, compiled."""
    keras.utils.set_random_seed(0)
    scaling = layers.Normalization(dtype="float32")
    scaling.adapt(X)
    inner = keras.Sequential([keras.Input((4,)), scaling, layers.Dense(6, "relu", dtype=policy)])
    model = keras.Sequential([keras.Input((4,)), inner, layers.Dense(4, dtype=policy), layers.Dense(2)])
    model.compile("adam", "mse")
    return model


@pytest.mark.parametrize("copy", [lambda model: remove_units(model, 0), _copy], ids=["units", "rates"])
def test_a_copy_normalises_by_what_the_model_has_seen(copy):
    model = adapted()
    np.testing.assert_allclose(copy(model)(X), model(X), atol=1e-5)


def test_a_copy_in_float32_normalises_too():
    model = adapted("mixed_float16")
    copy = plain(model)
    assert copy is not model
    np.testing.assert_allclose(copy(X), model(X), atol=0.02)


def test_a_model_that_starts_from_a_file_normalises_by_what_that_has_seen(tmp_path):
    trained = adapted()
    trained.save(tmp_path / "trained.keras")
    begun = keras.Sequential(
        [keras.Input((4,)), layers.Normalization(), layers.Dense(6, "relu"), layers.Dense(4), layers.Dense(2)]
    )
    start(begun, "trained.keras", directory=tmp_path)
    np.testing.assert_allclose(begun(X), trained(X), atol=1e-5)


def test_a_copy_knows_the_words_that_the_model_has_seen():
    words = layers.TextVectorization(output_sequence_length=3)
    words.adapt(np.array(["good soup", "bad fish"]))
    given = keras.Input((1,), dtype="string")
    x = layers.GlobalAveragePooling1D()(layers.Embedding(8, 4)(words(given)))
    model = keras.Model(given, layers.Dense(2)(layers.Dense(4)(x)))
    texts = keras.ops.convert_to_tensor([["good fish"], ["bad bad"]])
    np.testing.assert_allclose(remove_units(model, 0)(texts), model(texts), atol=1e-6)
