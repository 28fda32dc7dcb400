"""Starts a model with the weights of a Keras file, some of its layers frozen for a while."""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy

from tuning_trial.copying import give_weights
from tuning_trial.errors import UserError, last_line
from tuning_trial.session import say
from tuning_trial.transfer.files import WEIGHTS, find
from tuning_trial.transfer.matching import Weighted, pairs


@dataclass(frozen=True)
class Start:
    """What a model began with: the layers whose weights were taken over, and which of them are frozen."""

    taken: tuple[Any, ...] = ()
    frozen: tuple[Any, ...] = ()


def start(model: Any, pretrained: str, frozen: float = 0.0, directory: Path | str = ".") -> Start:
    """Give a model the weights of a Keras file, layer by layer, and freeze the first of these layers.

    The model is to be compiled (again) afterwards. A frozen BatchNormalization uses its moving mean and
    variance and leaves them as they are, as Keras has it.

    Args:
        model: built.
        pretrained: the path of a .keras or .h5 file of a whole model, or of a .weights.h5 file.
        frozen: the share of the layers taken over, counted from the input, that are not to be trained.
        directory: what the path is relative to.

    Raises:
        UserError: there is no such file, Keras cannot read it, none of its layers fits the model, or all of
            the model would be frozen.
    """
    path = find("pretrained", pretrained, Path(directory))
    if not model.built:
        raise UserError(
            f"pretrained={pretrained!r}: the model has no weights yet to take the place of",
            "begin it with keras.Input(shape)",
        )
    layers = layers_with_weights(model)
    take = _take_weights if path.name.endswith(WEIGHTS) else _take_layers
    taken, in_file = take(model, layers, path, pretrained)
    if not taken:
        raise UserError(
            f"pretrained={pretrained!r}: found {in_file}, and none of them fits the model",
            f"expected some of {_told([_weighted(layer) for layer in layers])}",
        )
    still = tuple(taken[: math.floor(frozen * len(taken) + 0.5)])
    for layer in still:
        layer.trainable = False
    if still and not model.trainable_weights:
        raise UserError(f"{frozen=} leaves nothing of the model to train", "freeze a smaller share")
    say(
        f"pretrained={pretrained!r}: {len(taken)} of the model's {len(layers)} layers taken over, "
        f"{len(still)} of them frozen"
    )
    return Start(tuple(taken), still)


def layers_with_weights(model: Any) -> list[Any]:
    """Return a model's layers that hold weights, from the input on; models inside of it are opened."""
    found: list[Any] = []
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            found += layers_with_weights(layer)
        elif layer.weights:
            found.append(layer)
    return list(dict.fromkeys(found))  # a layer may be in a model twice


def read_model(name: str, value: str, path: Path) -> Any:
    """Return the model of a file that a tactic names; Lambda layers' code is not run.

    Args:
        name, value: of the tactic, for messages.
        path: as `find` gives it.

    Raises:
        UserError: Keras cannot read it.
    """
    try:
        return keras.saving.load_model(path, compile=False)
    except Exception as error:  # Keras raises whatever the file makes it stumble over
        raise UserError(
            f"{name}={value!r}: Keras cannot read it as a model: {last_line(error, 300)}",
            "save a whole model of Keras' own layers with `model.save('….keras')`, or register its classes",
        ) from error


def _take_layers(model: Any, layers: list[Any], path: Path, name: str) -> tuple[list[Any], str]:
    """Take what agrees from a whole model."""
    others = layers_with_weights(read_model("pretrained", name, path))
    found = [_weighted(layer) for layer in others]
    agreeing = pairs(found, [_weighted(layer) for layer in layers])
    for i, j in agreeing:
        give_weights(layers[j], others[i].get_weights())
    return [layers[j] for _, j in agreeing], _told(found)


def _take_weights(model: Any, layers: list[Any], path: Path, name: str) -> tuple[list[Any], str]:
    """Take what Keras finds in a file of weights alone: the third Conv2D's are the third Conv2D's there."""
    before = [layer.get_weights() for layer in layers]
    optimizer = getattr(model, "optimizer", None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what does not fit
        try:
            skipped = [optimizer] if optimizer is not None else []
            model.load_weights(path, skip_mismatch=True, objects_to_skip=skipped)
        except Exception as error:  # as in `read_model`
            raise UserError(
                f"pretrained={name!r}: Keras cannot read it as weights: {last_line(error, 300)}",
                f"expected what `model.save_weights('…{WEIGHTS}')` writes",
            ) from error
    changed = [
        layer
        for layer, old in zip(layers, before, strict=True)
        if not all(map(numpy.array_equal, old, layer.get_weights()))
    ]
    return changed, "weights of other layers or other shapes"


def _weighted(layer: Any) -> Weighted:
    return Weighted(layer.name, type(layer).__name__, tuple(tuple(w.shape) for w in layer.weights))


def _told(layers: Sequence[Weighted]) -> str:
    """As in "3 layers with weights: conv (3×3×1×8, 8), …"."""
    shown = [f"{one.name} ({', '.join('×'.join(map(str, s)) for s in one.shapes)})" for one in layers[:3]]
    return f"{len(layers)} layers with weights: {', '.join(shown)}" + (", …" if len(layers) > 3 else "")
