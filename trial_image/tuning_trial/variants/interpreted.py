"""Runs a TFLite file, by LiteRT: TensorFlow's own interpreter is going away."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import numpy
from ai_edge_litert.interpreter import Interpreter

from tuning_trial.errors import UserError, last_line


class Interpreted:
    """A TFLite file that can be called; floats go in and come out as floats, whatever it holds inside.

    Args:
        content: the file, with one signature, its inputs and outputs numbered by name.
        threads: how many may compute.

    Raises:
        UserError: LiteRT cannot run it.
    """

    def __init__(self, content: bytes, threads: int = 1) -> None:
        with _refusals_explained():
            self._interpreter = Interpreter(model_content=content, num_threads=threads)
            self._interpreter.allocate_tensors()
        signature = self._interpreter.get_signature_runner()
        self._inputs = _in_order(signature.get_input_details())
        self._outputs = _in_order(signature.get_output_details())

    def __call__(self, inputs: Sequence[Any]) -> list[Any]:
        """Return the outputs for the inputs of one example, each with a batch dimension of 1.

        Raises:
            UserError: see `run`.
        """
        self.run(self.stored(inputs))
        return [_floats(self._interpreter.get_tensor(one["index"]), one) for one in self._outputs]

    def stored(self, inputs: Sequence[Any]) -> list[Any]:
        """Return the inputs in the numbers that the file takes, which are small integers in some."""
        return [_stored(value, detail) for value, detail in zip(inputs, self._inputs, strict=True)]

    def run(self, stored: Sequence[Any]) -> None:
        """Compute, and leave the outputs where they are: this is what a latency is of.

        Raises:
            UserError: LiteRT refuses the inputs: each example must have the shape of those it was converted
                with.
        """
        with _refusals_explained():
            for detail, value in zip(self._inputs, stored, strict=True):
                self._interpreter.set_tensor(detail["index"], value)
            self._interpreter.invoke()


def kernels(content: bytes) -> list[Any]:
    """Return the weights in a TFLite file that are of two dimensions and more.

    Before its tensors are allocated an interpreter has values of those alone that the file holds.

    Raises:
        UserError: LiteRT cannot read it.
    """
    found = []
    with _refusals_explained():
        interpreter = Interpreter(model_content=content)
    for detail in interpreter.get_tensor_details():
        with suppress(ValueError):  # an activation has none
            found.append(interpreter.get_tensor(detail["index"]))
    return [one for one in found if one.ndim > 1]


@contextmanager
def _refusals_explained() -> Iterator[None]:
    try:
        yield
    except (RuntimeError, ValueError) as error:  # what LiteRT raises
        mend = "leave this variant out, or build the model of other layers, for examples of one shape"
        raise UserError(f"LiteRT cannot run this model: {last_line(error, 400)}", mend) from error


def _in_order(details: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [details[name] for name in sorted(details, key=lambda name: int(name.rpartition("_")[2]))]


def _stored(values: Any, detail: dict[str, Any]) -> Any:
    scale, zero = detail["quantization"]
    if not scale:
        return values
    limits = numpy.iinfo(detail["dtype"])
    return numpy.clip(numpy.round(values / scale) + zero, limits.min, limits.max).astype(detail["dtype"])


def _floats(values: Any, detail: dict[str, Any]) -> Any:
    scale, zero = detail["quantization"]
    return (values.astype("float32") - zero) * numpy.float32(scale) if scale else values
