"""Layers that recipes are made of, each as the Structure has it."""

from typing import Any

import keras

from tuning_trial.recipes.structure import Structure

layers = keras.layers


def activate(structure: Structure, x: Any) -> Any:
    """Apply the activation."""
    return layers.Activation(structure.activation)(x)


def normalise(structure: Structure, x: Any) -> Any:
    """Apply the normalisation, if there is one."""
    if structure.normalisation == "none":
        return x
    if structure.normalisation == "layer":
        return layers.LayerNormalization()(x)
    return layers.BatchNormalization(momentum=0.9)(x)  # Keras' 0.99 lags behind for hundreds of updates


def drop(structure: Structure, x: Any) -> Any:
    """Drop single values, if there is dropout."""
    return layers.Dropout(structure.dropout)(x) if structure.dropout else x


def penalty(structure: Structure) -> Any:
    """Return the regulariser of kernels, None without."""
    return keras.regularizers.L1L2(structure.l1, structure.l2) if structure.l1 or structure.l2 else None


def dense(structure: Structure, x: Any, units: int) -> Any:
    """A dense layer, its normalisation, activation and dropout."""
    x = layers.Dense(units, kernel_regularizer=penalty(structure))(x)
    return drop(structure, activate(structure, normalise(structure, x)))


def head(structure: Structure, x: Any, outputs: int) -> Any:
    """The last layer: numbers without an activation, float32 under mixed precision too."""
    return layers.Dense(outputs, kernel_regularizer=penalty(structure), dtype="float32")(x)


def convolve(structure: Structure, x: Any, filters: int, *, stride: int = 1, size: int = 3) -> Any:
    """A convolution and its normalisation."""
    return normalise(structure, layers.Conv2D(
        filters, size, stride, "same", kernel_regularizer=penalty(structure),
    )(x))  # fmt: skip


def convolution_block(structure: Structure, x: Any, filters: int, stride: int) -> Any:
    """Two convolutions; as the structure has it with squeeze-and-excitation, and beside a shortcut.

    The dropout is of whole channels (Tompson et al. 2015), since neighbouring pixels tell the same.
    """
    shortcut = x
    x = activate(structure, convolve(structure, x, filters, stride=stride))
    if structure.conv_dropout:
        x = layers.SpatialDropout2D(structure.conv_dropout)(x)
    x = convolve(structure, x, filters)
    if structure.squeeze_excitation:
        x = squeeze_and_excite(x, structure.squeeze_ratio)
    if structure.residual:
        if shortcut.shape != x.shape:
            shortcut = convolve(structure, shortcut, filters, stride=stride, size=1)
        x = layers.Add()([x, shortcut])
    return activate(structure, x)


def squeeze_and_excite(x: Any, ratio: int) -> Any:
    """Weigh the channels by what all of them say together (Hu et al. 2018, arXiv:1709.01507)."""
    channels = x.shape[-1]
    weights = layers.GlobalAveragePooling2D(keepdims=True)(x)
    weights = layers.Dense(max(1, channels // ratio), "relu")(weights)
    return layers.Multiply()([x, layers.Dense(channels, "sigmoid")(weights)])


def attend(structure: Structure, x: Any) -> Any:
    """Self-attention over a sequence, added to it; each head has its share of the width, at least 1."""
    width = x.shape[-1]
    attention = layers.MultiHeadAttention(
        structure.num_heads, max(1, width // structure.num_heads), dropout=structure.dropout
    )
    return layers.Add()([x, attention(x, x)])


def attend_to_places(structure: Structure, x: Any) -> Any:
    """Self-attention over all places of an image."""
    height, width, channels = x.shape[1:]
    flat = attend(structure, layers.Reshape((height * width, channels))(x))
    return layers.Reshape((height, width, channels))(flat)


def encoder_block(structure: Structure, x: Any) -> Any:
    """A transformer's encoder block: attention and two dense layers, each added and normalised after."""
    x = normalise(structure, attend(structure, x))
    inner = layers.Dense(structure.ff_dim, structure.activation, kernel_regularizer=penalty(structure))(x)
    inner = layers.Dense(x.shape[-1], kernel_regularizer=penalty(structure))(drop(structure, inner))
    return normalise(structure, layers.Add()([x, inner]))


def add_places(x: Any, is_there: Any) -> Any:
    """Add a learned vector for each place of a sequence, by layers that Keras alone can load.

    Args:
        x: batch × places × width.
        is_there: batch × places, whole numbers: 1, or 0 for what x masks. It comes first in a sequence or not
            at all: places count from 1, and 0 is masked here too.
    """
    places = keras.ops.cumsum(is_there, axis=1) * is_there
    vectors = layers.Embedding(x.shape[1] + 1, x.shape[2], "random_normal", mask_zero=True)(places)
    return layers.Add()([x, vectors])
