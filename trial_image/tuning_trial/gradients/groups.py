"""Puts a model's layers into a few groups by depth, so that labels stay bounded. Pure, of Keras objects."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

MOST = 8
NAME_LENGTH = 64


def group_layers(layers: Sequence[Any]) -> dict[str, list[Any]]:
    """Return at most MOST groups of layers that follow one another, of nearly equal number.

    A group is named by its place and its first and last layer, such as `2 conv2d_1 to conv2d_3`.
    """
    count = min(MOST, len(layers))
    borders = [round(i * len(layers) / count) for i in range(count + 1)] if count else []
    parts = [list(layers[a:b]) for a, b in pairwise(borders)]
    return {_name(i + 1, part): part for i, part in enumerate(parts)}


def trained_layers(model: Any) -> list[Any]:
    """Return the model's layers that hold trainable weights, nested models opened, in their order."""
    found: list[Any] = []
    for layer in getattr(model, "layers", ()):
        if getattr(layer, "layers", None):
            found += trained_layers(layer)
        elif layer.trainable_weights:
            found.append(layer)
    return found


def _name(place: int, layers: list[Any]) -> str:
    first, last = layers[0].name, layers[-1].name
    return (f"{place} {first}" if len(layers) == 1 else f"{place} {first} to {last}")[:NAME_LENGTH]
