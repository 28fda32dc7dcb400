"""Labels of a crossentropy, looked at before the training: a wrong one is no error on a GPU, or nowhere."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import keras
import numpy

from tuning_trial.errors import Misfit


def refuse_impossible(model: Any, arguments: Mapping[str, Any]) -> None:
    """See that the labels of a crossentropy are such as the model can have.

    Those of a sparse categorical one are classes that the model tells apart, those of a binary one numbers
    from 0 to 1. Only arrays are looked at, no dataset, of a model with one output and its classes on the last
    axis.

    Args:
        model: compiled.
        arguments: of `fit`, by name.

    Raises:
        Misfit: labels are words, fractions or out of range; it says which, and what the model takes.
    """
    look = _look(model)
    if look is None:
        return
    parts = {"y": arguments.get("y")}
    validation = arguments.get("validation_data")
    if isinstance(validation, (tuple, list)) and len(validation) in (2, 3):
        parts["the validation data's y"] = validation[1]
    for name, y in parts.items():
        if hasattr(y, "__array__"):
            look(name, numpy.asarray(y))


def _look(model: Any) -> Callable[[str, Any], None] | None:
    """What the labels must stand, given their name; None: any may be right."""
    loss = getattr(model, "loss", None)
    loss = keras.losses.get(loss) if isinstance(loss, str) else loss
    if isinstance(loss, keras.losses.BinaryCrossentropy) or loss is keras.losses.binary_crossentropy:
        return _refuse_beyond_0_and_1
    classes = _classes(loss, getattr(model, "output_shape", None))
    return None if classes is None else partial(_refuse_other_classes, classes=classes[0], ignored=classes[1])


def _classes(loss: Any, shape: Any) -> tuple[int, int | None] | None:
    """How many classes the model tells apart, and the label that its loss passes over; None: not known."""
    if isinstance(loss, keras.losses.SparseCategoricalCrossentropy):
        known = loss.get_config()
        on_the_last = known.get("axis", -1) == -1
    else:
        known, on_the_last = {}, loss is keras.losses.sparse_categorical_crossentropy
    if not on_the_last or not isinstance(shape, tuple) or not shape or not isinstance(shape[-1], int):
        return None
    return shape[-1], known.get("ignore_class")


def _refuse_beyond_0_and_1(name: str, y: Any) -> None:
    """Soft labels lie between the two; without an error others train to losses below 0."""
    expected, mend = "a binary crossentropy takes 0 to 1", "give each example 0 or 1"
    _refuse_words(name, y, expected, mend)
    if y.size and not (y.min() >= 0 and y.max() <= 1):
        raise Misfit(f"{_range(name, y)}, and {expected}", mend)


def _refuse_other_classes(name: str, y: Any, classes: int, ignored: int | None) -> None:
    expected = f"the model tells {classes} classes apart, 0 to {classes - 1}"
    mend = "give each example the number of its class, from 0"
    _refuse_words(name, y, expected, mend)
    fractions = y[y != numpy.floor(y)] if y.dtype.kind == "f" else y[:0]
    if fractions.size:
        raise Misfit(f"{name} has labels such as {fractions.flat[0]:g}, and {expected}", mend)
    counted = y if ignored is None else y[y != ignored]
    if counted.size and not (counted.min() >= 0 and counted.max() < classes):
        more = "or the model's last layer more units"
        raise Misfit(f"{_range(name, counted)}, and {expected}", f"{mend}, {more}")


def _refuse_words(name: str, y: Any, expected: str, mend: str) -> None:
    if y.size and y.dtype.kind in "OSU":
        raise Misfit(f"{name} has labels such as {str(y.flat[0])!r}, and {expected}", mend)


def _range(name: str, y: Any) -> str:
    return f"{name} has labels from {y.min():g} to {y.max():g}"
