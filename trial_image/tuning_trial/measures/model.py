"""What a model is by itself: its parameters and bytes, the work of a forward pass, and how long one takes."""

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Any

import numpy
import tensorflow

from tuning_trial.measures.timing import timed

PATIENCE = 0.5  # seconds: enough for a p95 of small models, and little beside an epoch of a large one
PASSES = 100  # enough for a p95
# Work inside of these is not seen by TensorFlow's profiler: a sum without it would be too small.
NESTED = {
    "While",
    "StatelessWhile",
    "If",
    "StatelessIf",
    "Case",
    "PartitionedCall",
    "StatefulPartitionedCall",
}


def size(model: Any) -> dict[str, float]:
    """Return the number of weights, trainable or not, and the bytes that they take in memory."""
    weights = model.weights
    count = sum(int(numpy.prod(w.shape)) for w in weights)
    held = sum(int(numpy.prod(w.shape)) * tensorflow.as_dtype(w.dtype).size for w in weights)
    return {"model_parameters": float(count), "model_bytes": float(held)}


def work(model: Any) -> dict[str, float]:
    """Return floating-point operations and latency (seconds, p50 and p95) of a forward pass of one example.

    The first pass, which sets things up, is not counted; the passes end after PATIENCE seconds.
    """
    inputs = example(model)
    if inputs is None:
        return {}
    forward = tensorflow.function(lambda one: model(one, training=False)).get_concrete_function(inputs)
    return _operations(forward) | latency(lambda: forward(inputs))


def example(model: Any) -> Any:
    """Return an input of one example, all zeros, in the model's own structure; None where no shape is known.

    A dimension that is open (a sequence's length) has no one cost, so such a model has none here.
    """
    inputs = getattr(model, "_inputs_struct", None) or getattr(
        getattr(model, "_functional", None), "_inputs_struct", None
    )
    if inputs is None:
        return None
    if any(None in one.shape[1:] for one in tensorflow.nest.flatten(inputs)):
        return None
    return tensorflow.nest.map_structure(lambda one: tensorflow.zeros((1, *one.shape[1:]), one.dtype), inputs)


def latency(once: Callable[[], Any], patience: float = PATIENCE) -> dict[str, float]:
    """Return the median and the 95th percentile of the seconds that a call takes."""
    taken = timed(lambda _: _wait_for(once()), most=PASSES, seconds=patience, warm_up=1)
    p50, p95 = numpy.percentile(taken, (50, 95))
    return {"latency_p50": float(p50), "latency_p95": float(p95)}


def _wait_for(result: Any) -> None:
    """Fetch the result: a GPU answers before it is through."""
    tensorflow.nest.map_structure(numpy.asarray, result)


def _operations(forward: Any) -> dict[str, float]:
    if any(op.type in NESTED for op in forward.graph.get_operations()):
        return {}
    profiler = tensorflow.compat.v1.profiler
    options = profiler.ProfileOptionBuilder(profiler.ProfileOptionBuilder.float_operation())
    with _quiet():
        counted = profiler.profile(forward.graph, options=options.with_empty_output().build())
    return {"flops": float(counted.total_float_ops)} if counted is not None else {}


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep a warning out of the user's log that TensorFlow's profiler has for TensorFlow itself."""
    logger = tensorflow.get_logger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
