"""A training's state as bytes: models' variables, their optimizers', and the weights kept so far."""

import io
from collections.abc import Sequence
from typing import Any
from zipfile import BadZipFile

import numpy


def dump(models: Sequence[Any], epoch: int, best: Sequence[Any] | None) -> bytes:
    """Return the state as an .npz file; random seeds inside of a model (Dropout's) are among its variables.

    Args:
        models: compiled Keras models.
        epoch: the one that is next, from 0.
        best: weights of the first model as `model.get_weights()` gives them.
    """
    arrays: dict[str, Any] = {"epoch": numpy.array(epoch)}
    for prefix, variables in _named(models):
        arrays |= {f"{prefix}{i}": _array(v) for i, v in enumerate(variables)}
    arrays |= {f"best{i}": _plain(weights) for i, weights in enumerate(best or [])}
    file = io.BytesIO()
    numpy.savez(file, **arrays)
    return file.getvalue()


def epoch(data: bytes) -> int | None:
    """Return the epoch to go on with, from 0; None where the bytes are those of a program of the user's."""
    try:
        with numpy.load(io.BytesIO(data)) as arrays:
            return int(arrays["epoch"])
    except (ValueError, KeyError, TypeError, OSError, EOFError, BadZipFile):
        return None


def load(models: Sequence[Any], data: bytes) -> list[Any] | None:
    """Give the models and their optimizers their state back, and return the kept weights.

    Raises:
        ValueError: the state is that of other models.
    """
    with numpy.load(io.BytesIO(data)) as arrays:
        for prefix, variables in _named(models):
            saved = _numbered(arrays, prefix)
            shapes = [tuple(v.shape) for v in variables]
            if shapes != [a.shape for a in saved]:
                raise ValueError(f"its {prefix} has {len(saved)} arrays of other shapes than this one's")
            for variable, value in zip(variables, saved, strict=True):
                variable.assign(value)
        return _numbered(arrays, "best") or None


def _named(models: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    """The variables to keep, with what their names begin with: model1., optimizer1., model2., …"""
    return [
        pair
        for number, model in enumerate(models, start=1)
        for pair in (
            (f"model{number}.", list(model.variables)),
            (f"optimizer{number}.", _optimizer_variables(model)),
        )
    ]


def _numbered(arrays: Any, prefix: str) -> list[Any]:
    count = sum(name.startswith(prefix) for name in arrays.files)
    return [arrays[f"{prefix}{i}"] for i in range(count)]


def _optimizer_variables(model: Any) -> list[Any]:
    """An optimizer has all of its variables only when it has seen the model's."""
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        return []
    if not optimizer.built:
        optimizer.build(model.trainable_variables)
    return list(optimizer.variables)


def _array(variable: Any) -> Any:
    return _plain(numpy.asarray(variable.numpy()))


def _plain(array: Any) -> Any:
    """NumPy cannot keep bfloat16, which float32 holds without loss."""
    return array.astype("float32") if array.dtype.kind == "V" else array
