"""Classifiers of texts: a transformer's encoder, and recurrent networks."""

from typing import Any

import keras

from tuning_trial.recipes import blocks
from tuning_trial.recipes.preparing import Prepared
from tuning_trial.recipes.structure import Structure


def transformer(structure: Structure, data: Prepared) -> Any:
    """Words and places embedded, `depth` encoder blocks, and the mean over the words that there are."""
    inputs, x = _embedded(structure, data)
    x = blocks.add_places(x, keras.ops.cast(inputs != 0, "int32"))
    for _ in range(structure.depth):
        x = blocks.encoder_block(structure, x)
    x = blocks.drop(structure, keras.layers.GlobalAveragePooling1D()(x))
    return keras.Model(inputs, blocks.head(structure, x, data.outputs))


def lstm(structure: Structure, data: Prepared) -> Any:
    """`depth` layers of LSTM (Hochreiter and Schmidhuber 1997)."""
    return _recurrent(keras.layers.LSTM, structure, data)


def gru(structure: Structure, data: Prepared) -> Any:
    """`depth` layers of GRU (Cho et al. 2014)."""
    return _recurrent(keras.layers.GRU, structure, data)


def _recurrent(kind: Any, structure: Structure, data: Prepared) -> Any:
    inputs, x = _embedded(structure, data)
    for left in reversed(range(structure.depth)):
        layer = kind(structure.width, return_sequences=left > 0, kernel_regularizer=blocks.penalty(structure))
        x = blocks.drop(structure, blocks.normalise(structure, layer(x)))
    return keras.Model(inputs, blocks.head(structure, x, data.outputs))


def _embedded(structure: Structure, data: Prepared) -> tuple[Any, Any]:
    """Word numbers as vectors; 0 is no word, and is masked."""
    inputs = keras.Input(data.shape, dtype="int32")
    return inputs, keras.layers.Embedding(data.words, structure.embed_dim, mask_zero=True)(inputs)
