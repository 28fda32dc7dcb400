"""Classifiers of images: convolutional networks and a vision transformer."""

from typing import Any

import keras

from tuning_trial.errors import UserError
from tuning_trial.recipes import blocks
from tuning_trial.recipes.preparing import Prepared
from tuning_trial.recipes.structure import Structure

WIDEST = 8  # times the width, however deep


def convolutional(structure: Structure, data: Prepared) -> Any:
    """A stem and `depth` blocks; from the second one on each halves the image and doubles the filters."""
    inputs = keras.Input(data.shape)
    x = blocks.activate(structure, blocks.convolve(structure, inputs, structure.width))
    for stage in range(structure.depth):
        filters = structure.width * min(2**stage, WIDEST)
        x = blocks.convolution_block(structure, x, filters, stride=1 if stage == 0 else 2)
    if structure.attention:
        x = blocks.attend_to_places(structure, x)
    x = blocks.drop(structure, keras.layers.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, blocks.head(structure, x, data.outputs))


def vision_transformer(structure: Structure, data: Prepared) -> Any:
    """Patches as a sequence, and `depth` encoder blocks over it; a side is padded to whole patches.

    Raises:
        UserError: a patch is larger than the image.
    """
    side = min(data.shape[:2])
    if structure.patch > side:
        raise UserError(
            f"patch is {structure.patch}, and an image has {data.shape[0]} × {data.shape[1]} pixels",
            f"make it {side} at most in spec.parameters",
        )
    inputs = keras.Input(data.shape)
    patches = keras.layers.Conv2D(structure.embed_dim, structure.patch, structure.patch, padding="same")
    x = patches(inputs)
    x = keras.layers.Reshape((-1, structure.embed_dim))(x)
    x = blocks.add_places(x, keras.ops.ones_like(x[:, :, 0], "int32"))
    for _ in range(structure.depth):
        x = blocks.encoder_block(structure, x)
    x = blocks.drop(structure, keras.layers.GlobalAveragePooling1D()(x))
    return keras.Model(inputs, blocks.head(structure, x, data.outputs))
