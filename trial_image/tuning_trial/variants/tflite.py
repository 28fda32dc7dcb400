"""TFLite files of a Keras model, for one example at a time: devices call them so, recurrent ones need it."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy
import tensorflow

from tuning_trial.copying import give_state
from tuning_trial.errors import UserError, last_line
from tuning_trial.variants import BASE
from tuning_trial.variants.converting import SAMPLES, graph_of
from tuning_trial.variants.examples import structures

LOOK = 0.2  # seconds between two looks at whether the trial is to leave
MEND = "leave this variant out, or build the model of other layers"


def convert(
    model: Any,
    kinds: Sequence[str],
    samples: Sequence[Sequence[Any]],
    leave: Callable[[], None] = lambda: None,
) -> dict[str, bytes | UserError]:
    """Return the model as TFLite files of batch size 1, by kind; in the place of one that cannot be, why.

    The model is traced here, and converted by a process of its own, which may die of it.

    Args:
        model: trained; of mixed precision, too: then a float32 clone of it is converted.
        kinds: "float32"; "dynamic" (weights of 8 bits, activations of 32); "float16" (weights of 16 bits);
            "int8" (weights, activations, and inputs and outputs where they were floats).
        samples: training examples, each its inputs of batch size 1; the ranges of "int8" are theirs, and so
            are lengths that the model leaves open.
        leave: called now and then; what it raises ends the conversion.
    """
    made: dict[str, bytes | UserError] = {}
    with tempfile.TemporaryDirectory(prefix="variants-") as name:
        directory = Path(name)
        for kind in kinds:
            try:
                trace(model, kind, samples, directory)
            except UserError as error:
                made[kind] = error
        while waiting := [kind for kind in kinds if kind not in made]:
            death = _converted(directory, waiting, leave)
            found = {kind: _result(directory, kind) for kind in waiting}
            made |= {kind: result for kind, result in found.items() if result is not None}
            lacking = [kind for kind in waiting if kind not in made]
            if lacking:
                made[lacking[0]] = UserError(f"TensorFlow's converter died of it ({death})", MEND)
    return {kind: made[kind] for kind in kinds}


def trace(model: Any, kind: str, samples: Sequence[Sequence[Any]], directory: Path) -> None:
    """Write what the conversion to a kind needs: see `converting`.

    Raises:
        UserError: TFLite cannot express the model.
    """
    place = graph_of(directory, kind)
    if place.exists():
        return
    try:
        model = plain(model, unroll=kind == "int8")
        called = _function(model, samples[0])
        if kind == "int8" and _loops(called):
            raise UserError(
                "TFLite cannot calibrate a model with a loop in it",
                "leave int8 out, or build the model of Keras' own recurrent layers",
            )
        holder = tensorflow.Module()  # variables are saved from here, and from a Keras model they are not
        holder.variables_held = [variable.value for variable in model.variables]
        tensorflow.saved_model.save(holder, str(place), signatures=called)
    except UserError:
        raise
    except Exception as error:  # a layer's call is anybody's code
        raise _inexpressible(kind, last_line(error, 400)) from error
    if kind == "int8":
        arrays = {f"{i}/{j}": one for i, sample in enumerate(samples) for j, one in enumerate(sample)}
        numpy.savez(directory / SAMPLES, **arrays)


def plain(model: Any, unroll: bool = False) -> Any:
    """Return a clone in float32 of a model in mixed precision, and any other model itself.

    Args:
        model: the model.
        unroll: have loops of recurrent layers unrolled in the clone: TensorFlow 2.21 dies of a segmentation
            fault when it calibrates one.

    Raises:
        UserError: it would have to be cloned, and is no chain or graph of layers.
    """
    config = keras.saving.serialize_keras_object(model)
    config.pop("compile_config", None)  # a clone that only predicts need not be compiled
    wanted = _rewritten(config, unroll)
    if wanted == config:
        return model
    try:
        clone = keras.saving.deserialize_keras_object(wanted)
    except Exception as error:  # a layer's from_config is anybody's code
        what = f"{type(model).__name__} cannot be cloned in float32: {last_line(error, 200)}"
        raise UserError(what, "build it by Keras' functional API, of layers that have get_config") from error
    give_state(model, clone, model.get_weights())
    return clone


def _converted(directory: Path, kinds: Sequence[str], leave: Callable[[], None]) -> str:
    """Have the kinds converted as far as the other process gets; say how it ended."""
    command = [sys.executable, "-m", "tuning_trial.variants.converting", str(directory), *kinds]
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "-1"}  # the trial has the device's memory
    with (
        (directory / "log").open("wb") as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process,
    ):
        try:
            while process.poll() is None:
                leave()
                _wait(process)
        finally:
            process.kill()
    code = process.returncode
    how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    said = (directory / "log").read_text(errors="replace").split("\n")
    return ": ".join([how, *[line.strip() for line in said if line.strip()][-1:]])[:400]


def _wait(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(LOOK)
    except subprocess.TimeoutExpired:
        return


def _result(directory: Path, kind: str) -> bytes | UserError | None:
    file, error = directory / f"{kind}.tflite", directory / f"{kind}.error"
    if error.exists():
        return _inexpressible(kind, error.read_text())
    return file.read_bytes() if file.exists() else None


def _inexpressible(kind: str, why: str) -> UserError:
    return UserError(f"TFLite cannot express this model as {kind}: {why}", MEND)


def _rewritten(config: Any, unroll: bool) -> Any:
    if isinstance(config, (list, tuple)):
        return type(config)(_rewritten(one, unroll) for one in config)
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == "DTypePolicy" and config["config"]["name"].startswith("mixed_"):
        return {**config, "config": {**config["config"], "name": BASE}}
    changed = {name: _rewritten(value, unroll) for name, value in config.items()}
    if unroll and changed.get("unroll") is False:
        changed["unroll"] = True
    return changed


def _function(model: Any, sample: Sequence[Any]) -> Any:
    """The model as a function of single examples; its arguments are named input_0, input_1, …"""
    specs = [
        tensorflow.TensorSpec(
            [1, *(size or given for size, given in zip(one.shape[1:], array.shape[1:], strict=True))],
            one.dtype,
            name=f"input_{i}",
        )
        for i, (one, array) in enumerate(zip(model.inputs, sample, strict=True))
    ]

    nesting, _ = structures(model)

    def call(*inputs: Any) -> list[Any]:
        outputs = model(keras.tree.pack_sequence_as(nesting, list(inputs)), training=False)
        return list(keras.tree.flatten(outputs))

    return tensorflow.function(call).get_concrete_function(*specs)


def _loops(called: Any) -> bool:
    graph = called.graph.as_graph_def()
    bodies = [graph.node, *(function.node_def for function in graph.library.function)]
    return any(node.op in ("While", "StatelessWhile") for body in bodies for node in body)
