"""Single examples out of whatever `model.fit` takes as data."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import keras
import numpy

from tuning_trial.data import describe, is_dataset
from tuning_trial.errors import UserError

CALIBRATION = 100  # examples, the least of the 100 to 500 that TensorFlow's guide on quantisation asks for


def batches(model: Any, data: Any) -> Iterator[tuple[list[Any], Any, Any]]:
    """Go through the data once.

    Args:
        model: of one or several inputs.
        data: (x, y), (x, y, weights), a tf.data.Dataset or a PyDataset of these; x is an array, a sequence of
            arrays, or arrays by the names of the inputs.

    Yields:
        The inputs as arrays of n examples in the model's order, the targets, and the weights or None.

    Raises:
        UserError: the data is of another kind, or lacks one of the inputs.
    """
    for batch in _batches(data):
        parts = batch if isinstance(batch, tuple) else (batch,)
        x, y, weights = (*parts, None, None)[:3]
        yield _inputs(model, x), y, weights


def samples(model: Any, data: Any) -> list[list[Any]]:
    """Return up to CALIBRATION examples, each as its inputs of batch size 1.

    Of arrays they are taken evenly from end to end, for data may be sorted by class.

    Raises:
        UserError: as for `batches`, or there are none.
    """
    if isinstance(data, (tuple, list)):
        ((inputs, _, _),) = batches(model, data)
        count = len(inputs[0])
        chosen = sorted({int(i) for i in numpy.linspace(0, count - 1, min(count, CALIBRATION))})
        found = [[one[i : i + 1] for one in inputs] for i in chosen]
    else:
        found = list(islice(singles(batches(model, data)), CALIBRATION))
    if not found:
        raise UserError("the training data is empty", "export variants with the data that the model learnt")
    return found


def singles(data: Iterator[tuple[list[Any], Any, Any]]) -> Iterator[list[Any]]:
    """Yield each example's inputs, of batch size 1."""
    for inputs, _, _ in data:
        for i in range(len(inputs[0])):
            yield [one[i : i + 1] for one in inputs]


def structures(model: Any) -> tuple[Any, Any]:
    """Return how the model nests its inputs and its outputs; a Sequential does not say until it is called."""
    if isinstance(model, keras.Sequential):
        return model.inputs[0], model.outputs[0]
    return model.input, model.output


def _batches(data: Any) -> Iterator[Any]:
    if isinstance(data, (tuple, list)):
        return iter([tuple(data)])
    if is_dataset(data):
        return iter(data.as_numpy_iterator())
    if isinstance(data, keras.utils.PyDataset):
        return (data[i] for i in range(len(data)))
    raise UserError(
        f"variants cannot be measured on {describe(data)}", "give (x, y) or a tf.data.Dataset of batches"
    )


def _inputs(model: Any, x: Any) -> list[Any]:
    wanted = model.inputs
    words = [one.name for one in wanted if one.dtype == "string"]
    if words:
        raise UserError(f"the model's input {words[0]!r} is of words", "export a model that takes numbers")
    if isinstance(x, dict):
        lacking = [one.name for one in wanted if one.name not in x]
        if lacking:
            what = f"the data has {', '.join(x)}, and the model the input {lacking[0]!r}"
            raise UserError(what, "give both the same names")
        x = [x[one.name] for one in wanted]
    arrays = list(x) if isinstance(x, (tuple, list)) else [x]
    if len(arrays) != len(wanted):
        what = f"the data has {len(arrays)} inputs, and the model {len(wanted)}"
        raise UserError(what, "give an array for each input")
    return [
        numpy.asarray(a, keras.backend.standardize_dtype(one.dtype))
        for a, one in zip(arrays, wanted, strict=True)
    ]
