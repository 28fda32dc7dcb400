"""Labels that are numbers of classes, looked at before the training: on a GPU a wrong one is no error."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy

from tuning_trial.errors import UserError


def refuse_impossible(model: Any, arguments: Mapping[str, Any]) -> None:
    """See that the labels of a sparse categorical crossentropy are classes that the model tells apart.

    Only arrays are looked at, of a model with one output and its classes on the last axis.

    Args:
        model: compiled.
        arguments: of `fit`, by name.

    Raises:
        UserError: labels are words, fractions or out of range; it says which, and what the model has.
    """
    classes = _classes(model)
    if classes is None:
        return
    parts = {"y": arguments.get("y")}
    validation = arguments.get("validation_data")
    if isinstance(validation, (tuple, list)) and len(validation) in (2, 3):
        parts["the validation data's y"] = validation[1]
    for name, y in parts.items():
        if hasattr(y, "__array__"):
            _refuse(name, numpy.asarray(y), *classes)


def _classes(model: Any) -> tuple[int, int | None] | None:
    """How many classes the model tells apart, and the label that its loss passes over; None: not known."""
    loss, shape = getattr(model, "loss", None), getattr(model, "output_shape", None)
    loss = keras.losses.get(loss) if isinstance(loss, str) else loss
    if isinstance(loss, keras.losses.SparseCategoricalCrossentropy):
        known = loss.get_config()
        on_the_last = known.get("axis", -1) == -1
    else:
        known, on_the_last = {}, loss is keras.losses.sparse_categorical_crossentropy
    if not on_the_last or not isinstance(shape, tuple) or not shape or not isinstance(shape[-1], int):
        return None
    return shape[-1], known.get("ignore_class")


def _refuse(name: str, y: Any, classes: int, ignored: int | None) -> None:
    expected = f"the model tells {classes} classes apart, 0 to {classes - 1}"
    mend = "give each example the number of its class, from 0"
    if y.size and y.dtype.kind in "OSU":
        raise UserError(f"{name} has labels such as {str(y.flat[0])!r}, and {expected}", mend)
    fractions = y[y != numpy.floor(y)] if y.dtype.kind == "f" else y[:0]
    if fractions.size:
        raise UserError(f"{name} has labels such as {fractions.flat[0]:g}, and {expected}", mend)
    counted = y if ignored is None else y[y != ignored]
    if counted.size and not (counted.min() >= 0 and counted.max() < classes):
        found = f"{name} has labels from {counted.min():g} to {counted.max():g}"
        raise UserError(f"{found}, and {expected}", f"{mend}, or the model's last layer more units")
