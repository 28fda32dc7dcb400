"""What the tactics of a manifest make of fit's data: of datasets too, and of a split that validates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tuning_trial.errors import UserError
from tuning_trial.tactics.given import Given

keras = pytest.importorskip("keras")
import tensorflow as tf  # noqa: E402 - after the check for Keras
from tuning_trial.tactics.pipeline import changed_data  # noqa: E402

pytestmark = pytest.mark.tensorflow

X = np.random.default_rng(0).random((12, 4, 4, 1), "float32")
Y = np.arange(12) % 3


def changed(arguments: dict[str, Any], labels: str = "numbers", **given: Any) -> dict[str, Any]:
    return changed_data({"epochs": 1, **arguments}, Given.of(given), [*given], labels, 3, 0)


def dataset(x: Any = X, y: Any = Y) -> Any:
    return tf.data.Dataset.from_tensor_slices((x, y)).batch(6)


def read(data: Any) -> tuple[Any, Any]:
    """All batches of a dataset as two arrays."""
    parts = [(np.asarray(x), np.asarray(y)) for x, y in data]
    return np.concatenate([x for x, _ in parts]), np.concatenate([y for _, y in parts])


def test_a_dataset_s_labels_become_one_hot_in_training_and_validation_and_its_images_stay() -> None:
    found = changed({"x": dataset(), "validation_data": dataset()}, label_smoothing=0.1)
    for data in (found["x"], found["validation_data"]):
        x, y = read(data)
        assert np.array_equal(x, X)
        assert np.array_equal(y, np.eye(3)[Y])


def test_a_dataset_is_augmented_for_training_alone() -> None:
    found = changed({"x": dataset(), "validation_data": dataset()}, rotation=0.3)
    assert not np.allclose(read(found["x"])[0], X)
    assert np.array_equal(read(found["validation_data"])[0], X)


def test_what_a_split_keeps_to_validate_is_the_end_as_it_is() -> None:
    """Keras' own rule: the last ones, before any shuffling."""
    found = changed({"x": X, "y": Y, "validation_split": 0.25, "batch_size": 4}, zoom=0.4)
    assert found["validation_split"] == 0
    assert np.array_equal(found["validation_data"][0], X[9:])
    assert np.array_equal(found["validation_data"][1].argmax(1), Y[9:])
    x, y = read(found["x"])
    assert len(x) == 9
    assert sorted(y.argmax(1)) == sorted(Y[:9])


def test_an_image_of_bytes_is_white_at_255() -> None:
    bytes_ = (X * 255).astype("uint8")
    found, _ = read(changed({"x": bytes_, "y": Y, "batch_size": 12}, contrast=0.9)["x"])
    assert 250 < found.max() <= 255
    assert read(changed({"x": X, "y": Y, "batch_size": 12}, contrast=0.9)["x"])[0].max() <= 1


def test_labels_of_one_output_stay_numbers_in_a_column() -> None:
    found = changed({"x": X, "y": Y % 2, "batch_size": 12, "shuffle": False}, "binary", label_smoothing=0.1)
    _, y = read(found["x"])
    assert np.array_equal(y, (Y % 2)[:, None].astype("float32"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            {"x": X, "y": Y, "sample_weight": np.ones(12)},
            "rotation=0.1 cannot be applied to data with sample_",
        ),
        ({"x": X, "y": Y, "validation_data": (X, Y, np.ones(12))}, "to validation data with sample_weight"),
        ({"x": [X.tolist()], "y": Y}, "to data of type list; train on arrays x and y"),
        ({"x": tf.data.Dataset.range(3)}, "to a dataset of TensorSpec"),
    ],
)
def test_data_in_another_form_is_refused_by_the_tactic_s_name(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        changed(arguments, rotation=0.1)
