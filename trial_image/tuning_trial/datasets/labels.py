"""Targets: which classes there are, the number of each example's class, and numbers to be foretold."""

from typing import Any

import numpy

from tuning_trial.datasets.examples import Found, bad, counted, in_float32, refuse_missing
from tuning_trial.datasets.request import Request
from tuning_trial.datasets.tables import column


def words(where: str, name: str, column: Any) -> Any:
    """Return a column of strings as such; bytes are UTF-8.

    Raises:
        UserError: a value is missing, no string, or no UTF-8.
    """
    refuse_missing(where, name, column)
    try:
        texts = [value.decode() if isinstance(value, bytes) else value for value in column.tolist()]
    except UnicodeDecodeError as error:
        raise bad(where, f"{name} is no UTF-8 ({error.reason})", "write it as UTF-8") from None
    if not all(isinstance(text, str) for text in texts):
        raise bad(where, f"{name} holds {column.dtype}, and words are expected", "name a column of words")
    return numpy.array(texts, dtype=object)


def target_name(found: Found, request: Request) -> str:
    """Return the column of the target; all but tables call it y."""
    return request.target if found.form == "table" else "y"


def target(found: Found, request: Request) -> Any:
    """Return the target in one dimension, without anything missing."""
    values = column(found, target_name(found, request), "--target")
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise bad(
            found.where, f"y has the shape {values.shape}", "give one class number or number an example"
        )
    if values.dtype.kind in "OUS":
        return words(found.where, "the target", values)
    refuse_missing(found.where, "the target", values)
    return values


def name_classes(found: Found, y: Any, count: int | None) -> tuple[Any, ...]:
    """Return the classes in the order of their numbers.

    In arrays, whole numbers are the classes' numbers, 0 to classes − 1. Elsewhere any values that repeat are
    classes, in their order.

    Raises:
        UserError: there are fewer than two, they are no classes, or a number is out of range.
    """
    values = _distinct(y)
    fractions = values[values != numpy.floor(values)] if y.dtype.kind == "f" else values[:0]
    if len(fractions):
        raise bad(found.where, f"the target holds numbers such as {fractions[0]:g}, which are no classes",
                  "give class numbers or names, or take the recipe tabular-regression")  # fmt: skip
    if found.form == "arrays" and y.dtype.kind in "iufb":
        expected = count or len(values)
        _refuse_out_of_range(found.where, y, expected)
        values = numpy.arange(expected)
    if len(values) < 2 or (count and len(values) != count):
        shown = ", ".join(map(str, values[:10]))
        raise bad(
            found.where, f"the target has {counted(len(values), 'class')} ({shown})", _mend(found, count)
        )
    return tuple(v.item() if hasattr(v, "item") else v for v in values)


def class_numbers(found: Found, y: Any, classes: tuple[Any, ...]) -> Any:
    """Return each example's class as its number, from 0.

    Raises:
        UserError: a class is none of those of the training data.
    """
    if found.form == "arrays" and y.dtype.kind in "iufb":
        _refuse_out_of_range(found.where, y, len(classes))
        return y.astype("int64")
    numbers = {name: i for i, name in enumerate(classes)}
    unknown = [value for value in _distinct(y).tolist() if value not in numbers]
    if unknown:
        raise bad(found.where, f"has the class {unknown[0]!r}, and the training data has {_few(classes)}",
                  "give both the same classes")  # fmt: skip
    return numpy.array([numbers[value] for value in y.tolist()], dtype="int64")


def numbers(found: Found, y: Any) -> Any:
    """Return the numbers to be foretold.

    Raises:
        UserError: they are words, or too large for 32 bits.
    """
    if y.dtype.kind not in "iufb":
        raise bad(found.where, f"the target holds words such as {y[0]!r}, and numbers are expected",
                  "name a column of numbers by --target, or take tabular-classification")  # fmt: skip
    return in_float32(found.where, "the target", y)


def _distinct(y: Any) -> Any:
    return numpy.unique(y.astype(str) if y.dtype == object else y)


def _refuse_out_of_range(where: str, y: Any, classes: int) -> None:
    low, high = y.min(), y.max()
    if low < 0 or high >= classes or (y != numpy.floor(y)).any():
        found = (
            f"y has labels from {low} to {high}, and {classes} classes are numbered from 0 to {classes - 1}"
        )
        raise bad(where, found, "number the classes from 0, or say how many there are by --classes")


def _mend(found: Found, count: int | None) -> str:
    if count and count > 1:
        return f"give examples of all {count}, or leave --classes out"
    other = ", or name another column by --target" if found.form == "table" else ""
    return f"give it examples of at least two{other}"


def _few(classes: tuple[Any, ...]) -> str:
    shown = ", ".join(map(str, classes[:10]))
    return shown if len(classes) <= 10 else f"{shown} and {len(classes) - 10} more"
