"""Dense networks for the rows of a table."""

from typing import Any

import keras

from tuning_trial.recipes import blocks
from tuning_trial.recipes.preparing import Prepared
from tuning_trial.recipes.structure import Structure


def classifier(structure: Structure, data: Prepared) -> Any:
    """`depth` dense layers."""
    inputs, x = _network(structure, data)
    return keras.Model(inputs, blocks.head(structure, x, data.outputs))


def regressor(structure: Structure, data: Prepared) -> Any:
    """`depth` dense layers; the number comes out in the target's own unit."""
    inputs, x = _network(structure, data)
    x = blocks.head(structure, x, 1)
    return keras.Model(inputs, keras.layers.Rescaling(data.scale, data.offset, dtype="float32")(x))


@keras.saving.register_keras_serializable(package="tuning_trial")
class ScaledSquaredError(keras.losses.Loss):  # type: ignore[misc]  # Keras ships no types
    """The squared error in deviations of the target, so that its unit does not change the training."""

    def __init__(self, scale: float, **options: Any) -> None:
        super().__init__(**{"name": "scaled_squared_error"} | options)
        self.scale = scale

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return one number an example."""
        return keras.ops.mean(keras.ops.square((y_true - y_pred) / self.scale), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments."""
        return {**super().get_config(), "scale": self.scale}


def _network(structure: Structure, data: Prepared) -> tuple[Any, Any]:
    inputs = keras.Input(data.shape)
    x = _encoded(inputs, data)
    for _ in range(structure.depth):
        before, x = x, blocks.dense(structure, x, structure.width)
        if structure.residual and before.shape == x.shape:
            x = keras.layers.Add()([before, x])
    return inputs, x


def _encoded(inputs: Any, data: Prepared) -> Any:
    """Numbers less the training data's mean, over its deviation; categories one-hot. All in float32."""
    parts = []
    if data.means:
        normalisation = keras.layers.Normalization(mean=data.means, variance=data.variances, dtype="float32")
        parts.append(normalisation(inputs[:, : len(data.means)]))
    for i, values in enumerate(data.categories.values()):
        place = len(data.means) + i
        one_hot = keras.layers.CategoryEncoding(len(values) + 1, "one_hot", dtype="float32")
        parts.append(one_hot(inputs[:, place : place + 1]))
    return keras.layers.Concatenate(dtype="float32")(parts) if len(parts) > 1 else parts[0]
