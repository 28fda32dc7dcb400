"""What a copy of a layer or model needs beside the weights, by Keras' own way of saving and loading."""

import tempfile
from typing import Any

import keras


def give_weights(layer: Any, weights: list[Any]) -> None:
    """Set the weights of a layer or model, and have it work with them.

    `set_weights` alone leaves behind what a layer derives from them, as a Normalization the mean by which it
    computes; Keras derives it anew where it loads a file.
    """
    layer.set_weights(weights)
    for one in layer._flatten_layers():
        if type(one).load_own_variables is not keras.Layer.load_own_variables:
            store: dict[str, Any] = {}
            one.save_own_variables(store)
            one.load_own_variables(store)


def give_state(own: Any, copy: Any, weights: list[Any]) -> None:
    """Give a copy its weights, and the vocabularies of the layer or model that it is a copy of.

    Args:
        own: what was copied.
        copy: of the same configuration, built.
        weights: of the copy's shapes, which may be smaller.
    """
    give_weights(copy, weights)
    for theirs, ours in zip(own._flatten_layers(), copy._flatten_layers(), strict=True):
        if hasattr(theirs, "save_assets"):
            with tempfile.TemporaryDirectory() as place:
                theirs.save_assets(place)
                ours.load_assets(place)
