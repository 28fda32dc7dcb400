"""TFLite files of a Keras model, for one example at a time: devices call them so, recurrent ones need it."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow

from tuning_trial.errors import UserError, last_line
from tuning_trial.variants import BASE
from tuning_trial.variants.examples import structures


def convert(model: Any, kind: str, samples: Sequence[Sequence[Any]]) -> bytes:
    """Return the model as a TFLite file of batch size 1.

    Args:
        model: trained; of mixed precision, too: then a float32 clone of it is converted.
        kind: "float32"; "dynamic" (weights of 8 bits, activations of 32); "float16" (weights of 16 bits);
            "int8" (weights, activations, and inputs and outputs where they were floats).
        samples: training examples, each its inputs of batch size 1; the ranges of "int8" are theirs, and so
            are lengths that the model leaves open.

    Raises:
        UserError: TFLite cannot express the model.
    """
    model = plain(model, unroll=kind == "int8")
    try:
        called = _function(model, samples[0])
        if kind == "int8" and _loops(called):
            raise UserError(
                "TFLite cannot calibrate a model with a loop in it",
                "leave int8 out, or build the model of Keras' own recurrent layers",
            )
        return bytes(_converter(model, called, kind, samples).convert())
    except UserError:
        raise
    except Exception as error:  # the converter raises whatever its parts do
        what = f"TFLite cannot express this model as {kind}: {last_line(error, 400)}"
        raise UserError(what, "leave this variant out, or build the model of other layers") from error


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
    clone.set_weights(model.get_weights())
    return clone


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


def _converter(model: Any, called: Any, kind: str, samples: Sequence[Sequence[Any]]) -> Any:
    holder = tensorflow.Module()  # the converter finds variables here, and in a Keras model it does not
    holder.variables_held = [variable.value for variable in model.variables]
    converter = tensorflow.lite.TFLiteConverter.from_concrete_functions([called], holder)
    if kind != BASE:
        converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
    if kind == "float16":
        converter.target_spec.supported_types = [tensorflow.float16]
    if kind == "int8":
        converter.representative_dataset = lambda: (list(sample) for sample in samples)
        converter.target_spec.supported_ops = [tensorflow.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_output_type = tensorflow.int8
        if all(one.dtype.is_floating for one in called.inputs[: len(model.inputs)]):
            converter.inference_input_type = tensorflow.int8
    return converter


def _loops(called: Any) -> bool:
    graph = called.graph.as_graph_def()
    bodies = [graph.node, *(function.node_def for function in graph.library.function)]
    return any(node.op in ("While", "StatelessWhile") for body in bodies for node in body)
