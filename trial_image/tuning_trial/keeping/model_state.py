"""A training's state as bytes: the model's variables, its optimizer's, and the weights kept so far."""

import io
from typing import Any

import numpy


def dump(model: Any, best: list[Any] | None) -> bytes:
    """Return the state as an .npz file; random seeds inside of the model (Dropout's) are among its variables.

    Args:
        model: a compiled Keras model.
        best: weights as `model.get_weights()` gives them.
    """
    arrays = {f"model{i}": _array(v) for i, v in enumerate(model.variables)}
    arrays |= {f"optimizer{i}": _array(v) for i, v in enumerate(_optimizer_variables(model))}
    arrays |= {f"best{i}": _plain(weights) for i, weights in enumerate(best or [])}
    file = io.BytesIO()
    numpy.savez(file, **arrays)
    return file.getvalue()


def load(model: Any, data: bytes) -> list[Any] | None:
    """Give the model and its optimizer their state back, and return the kept weights.

    Raises:
        ValueError: the state is that of another model.
    """
    with numpy.load(io.BytesIO(data)) as arrays:
        for prefix, variables in (("model", model.variables), ("optimizer", _optimizer_variables(model))):
            saved = _numbered(arrays, prefix)
            shapes = [tuple(v.shape) for v in variables]
            if shapes != [a.shape for a in saved]:
                raise ValueError(f"its {prefix} has {len(saved)} arrays of other shapes than this one's")
            for variable, value in zip(variables, saved, strict=True):
                variable.assign(value)
        return _numbered(arrays, "best") or None


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
