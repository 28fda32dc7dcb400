"""A rescue writes the best model so far, whatever class it is of, and leaves the one in training alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tuning_trial.keeping import Keeping

from tests.tuning_trial.in_process import Here

tensorflow = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")
layers = keras.layers

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings(
        "ignore:__array__ implementation:DeprecationWarning"
    ),  # Keras' own, as it saves
]
X = np.random.default_rng(0).normal(5, 3, (16, 4)).astype("float32")
WORDS = np.array(["good soup", "bad fish"])


class Undescribed(keras.Model):
    """Has an argument and no get_config."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.out = layers.Dense(units)

    def call(self, x: Any) -> Any:
        return self.out(x)


@keras.saving.register_keras_serializable("rescue")
class Unbuilt(Undescribed):
    """Described by its class alone, so that a copy has no weights before it is called."""

    def __init__(self, **named: Any) -> None:
        super().__init__(2)

    def get_config(self) -> dict[str, Any]:
        return {}


def with_words() -> Any:
    words = layers.TextVectorization(output_sequence_length=3)
    words.adapt(WORDS)
    given = keras.Input((1,), dtype="string")
    return keras.Model(given, layers.Flatten()(layers.Embedding(8, 4)(words(given))))


def with_scales() -> Any:
    scaling = layers.Normalization()
    scaling.adapt(X)
    return keras.Sequential([keras.Input((4,)), scaling, layers.Dense(2)])


def built(model: Any) -> Any:
    model(X)
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def rescued(model: Any, here: Here, place: Path) -> None:
    """Rescue the weights that the model has now, of which the training has made zeros since."""
    best = model.get_weights()
    model.set_weights([np.zeros_like(one) for one in best])
    Keeping(here.session(), str(place), place / "model.py", {}, None).rescue(model, best)
    model.set_weights(best)


@pytest.mark.parametrize(
    ("make", "inputs"),
    [(with_words, WORDS[:, None]), (with_scales, X), (lambda: built(Unbuilt()), X)],
    ids=["words", "scales", "unbuilt"],
)
def test_the_model_that_is_rescued_does_what_the_best_one_did(make, inputs, here, tmp_path) -> None:
    model = make()
    rescued(model, here, tmp_path)
    kept = keras.models.load_model(tmp_path / "model.keras")
    x = keras.ops.convert_to_tensor(inputs)
    np.testing.assert_allclose(kept(x), model(x), atol=1e-6)


def test_of_a_class_that_keras_cannot_describe_the_best_weights_are_rescued(here, tmp_path, capsys) -> None:
    model = built(Undescribed(3))
    rescued(model, here, tmp_path)
    other = built(Undescribed(3))
    other.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_allclose(other(X), model(X))
    assert {path.name for path in tmp_path.iterdir()} >= {"history.csv", "record.json"}
    assert "there is no model.keras, but model.weights.h5" in capsys.readouterr().err


def test_the_step_that_is_under_way_cannot_change_what_is_written(here, tmp_path) -> None:
    model = built(Undescribed(3))
    best = model.get_weights()
    step = tensorflow.function(lambda: [one.assign(one * 0) for one in model.weights]).get_concrete_function()
    save = model.save_weights

    def as_the_step_ends(*given: Any) -> None:
        step()
        save(*given)

    model.save_weights = as_the_step_ends
    Keeping(here.session(), str(tmp_path), tmp_path / "model.py", {}, None).rescue(model, best)
    other = built(Undescribed(3))
    other.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_allclose(other.get_weights()[0], best[0])
