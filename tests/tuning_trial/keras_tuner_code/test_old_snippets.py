"""Snippets of old tutorials that Keras 3 cannot run, each with the mend that docs/keras-tuner.md gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.tensorflow, pytest.mark.filterwarnings("ignore::UserWarning")]
SAVING = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own

PAGE = Path(__file__).parents[3] / "docs" / "keras-tuner.md"
FAIL = (  # the snippet, and its mend
    ("tf.keras.losses.kl_divergence", "keras.losses.kl_divergence"),
    ("tf.keras.losses.mean_squared_error", "keras.losses.mean_squared_error"),
    ("tf.keras.metrics.mean_squared_error", "keras.metrics.mean_squared_error"),
    ("keras.optimizers.Adam(lr=0.01)", "keras.optimizers.Adam(learning_rate=0.01)"),
    ("keras.optimizers.adam(0.01)", "keras.optimizers.Adam(0.01)"),
    ("tf.keras.optimizers.legacy.Adam()", "keras.optimizers.Adam()"),
    ("tf.keras.optimizers.experimental.AdamW()", "keras.optimizers.AdamW()"),
    ("model.optimizer.lr", "model.optimizer.learning_rate"),
    ("tf.keras.experimental.CosineDecay", "keras.optimizers.schedules.CosineDecay"),
    ("tf.keras.layers.experimental.preprocessing.RandomFlip()", "keras.layers.RandomFlip()"),
    (
        "tf.keras.mixed_precision.experimental.set_policy('float32')",
        "keras.mixed_precision.set_global_policy('float32')",
    ),
    ("model.predict_classes(x)", "model.predict(x).argmax(-1)"),
    ("model.fit_generator(batches)", "model.fit(batches)"),
    ("model.fit(x, y, workers=2)", "model.fit(x, y)"),
    ("model.save(path)", "model.save(path + '.keras')"),
    ("callback.model = model", "callback.set_model(model)"),
    ("from tensorflow.keras.wrappers.scikit_learn import KerasClassifier", None),  # another package
    ("from keras.utils import np_utils", "from keras.utils import to_categorical"),
)


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a snippet finds in its file."""
    import keras
    import numpy as np
    import tensorflow as tf

    x, y = np.zeros((4, 2), "float32"), np.zeros(4, "int32")
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return {
        "tf": tf, "keras": keras, "model": model, "x": x, "y": y,
        "batches": tf.data.Dataset.from_tensor_slices((x, y)).batch(2),
        "callback": keras.callbacks.Callback(), "path": str(tmp_path_factory.mktemp("saved") / "model"),
    }  # fmt: skip


@SAVING
@pytest.mark.parametrize(("snippet", "mend"), FAIL)
def test_the_snippet_fails_and_its_mend_runs(snippet: str, mend: str | None, names: dict[str, Any]) -> None:
    with pytest.raises((AttributeError, ImportError, TypeError, ValueError)):
        exec(snippet, names)
    if mend is not None:
        exec(mend, names)


@pytest.mark.parametrize(("snippet", "mend"), FAIL)
def test_the_page_lists_it(snippet: str, mend: str | None) -> None:
    row = f"| `{snippet}` | " + (f"`{mend}`" if mend else "")
    assert row in PAGE.read_text()


def test_a_decay_of_adam_s_is_taken_and_does_nothing(names: dict[str, Any]) -> None:
    keras = names["keras"]
    assert float(keras.optimizers.Adam(0.1, decay=0.5).learning_rate) == pytest.approx(0.1)
    schedule = keras.optimizers.schedules.InverseTimeDecay(0.1, decay_steps=1, decay_rate=0.5)
    assert float(schedule(2)) == pytest.approx(0.05)


def test_a_metric_has_the_name_that_compile_gives_it(names: dict[str, Any]) -> None:
    model = names["keras"].models.clone_model(names["model"])
    model.compile("sgd", "mse", metrics=["accuracy"])
    history = model.fit(names["x"], names["x"], validation_data=(names["x"], names["x"]), verbose=0).history
    assert "val_accuracy" in history
    assert "val_acc" not in history
