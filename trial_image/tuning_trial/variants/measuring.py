"""Makes the variants of a trained model, measures each, and reports the figures."""

import contextlib
import math
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import keras
import numpy

from tuning_trial import artifact, sdk
from tuning_trial.errors import Interrupted, UserError, is_out_of_memory, last_line
from tuning_trial.keras_callback import scalars, without_meaningless
from tuning_trial.measures.timing import timed
from tuning_trial.session import Session, say
from tuning_trial.tensorflow_setup import thread_count
from tuning_trial.variants import BASE, PREFIX, check, prefix
from tuning_trial.variants.examples import batches, samples, structures
from tuning_trial.variants.interpreted import Interpreted, kernels
from tuning_trial.variants.masks import sizes
from tuning_trial.variants.tflite import convert

WARM_UP = 5  # calls before the clock counts
CALLS = 200  # to measure a latency, at most
SECONDS = 1.0  # in which no further call begins
SILENCE = 10.0  # seconds between two lines on how far a judgement has come


def export(
    model: Any, kinds: Sequence[str], training: Any, validation: Any = None, chosen: str = ""
) -> dict[str, float]:
    """Convert a trained model to TFLite, keep each file, and report what each variant does.

    A variant that the model cannot have is said and left out, unless it is chosen or has an objective.
    After a SIGTERM the variants that are complete are reported.

    Args:
        model: trained and compiled.
        kinds: of "dynamic", "float16" and "int8"; float32 comes beside them, to compare with.
        training: (x, y) or a dataset; "int8" takes its ranges from it, and latency is measured on it.
        validation: what the compiled loss and metrics are measured on; None: they are not.
        chosen: one more kind, or "float32", whose figures are reported as `tflite_…` too: by these names
            trials that choose differently are compared.

    Returns:
        What was reported, for each kind `tflite_<kind>_…`: the file's `bytes`, `compressed_bytes` and
        `sparse_bytes` (see `masks.sizes`), `latency_ms` (the median of calls with one example), and `loss`,
        `accuracy` and so on. The files are `model-<kind>.tflite` in the artifact directory.

    Raises:
        UserError: there is no such kind, or a variant cannot be had that is chosen, or an objective.
    """
    check(tuple(kinds))
    session, wanted = sdk.current(), dict.fromkeys([BASE, *kinds, *filter(None, [chosen])])
    say(f"making variants of the model: {', '.join(wanted)}")
    found: dict[str, float] = {}
    with contextlib.suppress(Interrupted):
        known, files = _made(session, model, tuple(wanted), training)
        for kind in wanted:
            figures = _variant(session, model, kind, files[kind], known, validation, kind == chosen)
            for beginning in [prefix(kind), *([PREFIX] if kind == chosen else [])]:
                found |= {beginning + name: value for name, value in figures.items()}
    if found:
        session.report(session.record.last.step if session.record.last else 1, found)
    return found


def _made(
    session: Session, model: Any, kinds: Sequence[str], training: Any
) -> tuple[list[list[Any]], dict[str, bytes | UserError]]:
    """Return some examples, and each kind's file or why there is none."""
    _leave_if(session)
    try:
        if not getattr(model, "inputs", None):
            what = f"{type(model).__name__} does not say what its inputs are"
            raise UserError(what, "build it by Keras' functional API")
        known = samples(model, training)
    except Exception as error:
        return [], dict.fromkeys(kinds, _refusal(error))
    return known, convert(model, kinds, known, lambda: _leave_if(session))


def _variant(
    session: Session,
    model: Any,
    kind: str,
    content: bytes | UserError,
    known: Sequence[Sequence[Any]],
    validation: Any,
    is_chosen: bool,
) -> dict[str, float]:
    try:
        if isinstance(content, UserError):
            raise content
        figures = _measured(session, model, kind, content, known, validation)
    except Exception as error:
        refusal, objectives = _refusal(error), session.contract.objectives
        if is_chosen or any(objective.metric.startswith(prefix(kind)) for objective in objectives):
            raise refusal from None
        say(f"no variant {kind}: {refusal}")
        return {}
    if session.contract.artifact_dir is not None:
        artifact.write(session.contract.artifact_dir, f"model-{kind}.tflite", content)
    told = (
        f"{name} {value:.0f}" if "bytes" in name else f"{name} {value:.4g}" for name, value in figures.items()
    )
    say(f"variant {kind}: {'  '.join(told)}")
    return figures


def _refusal(error: Exception) -> UserError:
    """Return why there is no variant: data, losses and metrics are anybody's code.

    Raises:
        Exception: the error itself where it is not of the variant.
    """
    if isinstance(error, UserError):
        return error
    if isinstance(error, Interrupted) or is_out_of_memory(error):
        raise error
    what = f"TFLite variants cannot be measured on this data: {last_line(error, 400)}"
    return UserError(what, "leave them out, or mend the data, the loss or the metric that this is about")


def _measured(
    session: Session, model: Any, kind: str, content: bytes, known: Sequence[Sequence[Any]], validation: Any
) -> dict[str, float]:
    _leave_if(session)
    variant = Interpreted(content, thread_count())
    stored = [variant.stored(sample) for sample in known]
    median_time = latency(lambda i: variant.run(stored[i % len(stored)]))
    size = sizes([numpy.frombuffer(content, "uint8")], kernels(content))
    figures = size | {"latency_ms": median_time * 1000}
    if validation is not None:
        figures |= judged(model, variant, validation, Judging(session, kind))
    return figures


class Judging:
    """Called before each example of a long judgement: leaves after a SIGTERM, and says how far it has come.

    Args:
        session: of the trial.
        kind: of the variant.
        clock: seconds, from any beginning.
    """

    def __init__(self, session: Session, kind: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._session = session
        self._kind = kind
        self._clock = clock
        self._said = clock()
        self._count = 0

    def __call__(self) -> None:
        """Look at signal and clock."""
        _leave_if(self._session)
        if self._clock() - self._said >= SILENCE:
            say(f"variant {self._kind}: {self._count:,} examples judged so far")
            self._said = self._clock()
        self._count += 1


def latency(call: Callable[[int], Any], clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the median time of a call in seconds, of at most CALLS calls and about SECONDS in all.

    Args:
        call: what is measured; it is told its number.
        clock: seconds, from any beginning.
    """
    return median(timed(call, most=CALLS, seconds=SECONDS, warm_up=WARM_UP, clock=clock))


def judged(
    model: Any, variant: Callable[[Sequence[Any]], list[Any]], data: Any, before: Callable[[], None]
) -> dict[str, float]:
    """Return the loss and the metrics that the model is compiled with, of the variant's outputs.

    All of them are NaN where the loss is no number, or a weight of the model is none.

    Args:
        model: whose loss and metrics they are.
        variant: gives the outputs for the inputs of one example.
        data: as for `batches`, with targets.
        before: called before each example.

    Raises:
        UserError: the data is empty or does not fit the model's inputs.
    """
    model.reset_metrics()
    losses, counts = [], []
    for inputs, y, weights in batches(model, data):
        outputs = []
        for i in range(len(inputs[0])):
            before()
            outputs.append(variant([one[i : i + 1] for one in inputs]))
        joined = [keras.ops.convert_to_tensor(numpy.concatenate(one)) for one in zip(*outputs, strict=True)]
        predicted = keras.tree.pack_sequence_as(structures(model)[1], joined)
        y, weights = _tensors(y), _tensors(weights)
        losses.append(float(model.compute_loss(y=y, y_pred=predicted, sample_weight=weights)))
        counts.append(len(outputs))
        metrics = scalars(model.compute_metrics(None, y, predicted, weights))
    model.reset_metrics()  # a metric may give its own variable
    if not losses:
        raise UserError("the validation data is empty", "give some examples, or leave it out")
    mean = float(numpy.average(losses, weights=counts)) if _is_finite(model) else math.nan
    return without_meaningless({**metrics, "loss": mean})


def _is_finite(model: Any) -> bool:
    """Say whether all weights are numbers: made into small integers those that are not look like some."""
    return all(bool(keras.ops.all(keras.ops.isfinite(weight))) for weight in model.weights)


def _tensors(arrays: Any) -> Any:
    return None if arrays is None else keras.tree.map_structure(keras.ops.convert_to_tensor, arrays)


def _leave_if(session: Session) -> None:
    if session.interrupted:
        raise Interrupted("SIGTERM")
