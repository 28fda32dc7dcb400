"""The arguments of `model.fit`, their data led through augmentation and their labels made to be mixed."""

import math
from collections.abc import Mapping
from typing import Any

import keras
import numpy
import tensorflow

from tuning_trial.data import is_dataset
from tuning_trial.errors import UserError
from tuning_trial.tactics.augmentation import augmented, refuse_other_than_images
from tuning_trial.tactics.chosen import Updates
from tuning_trial.tactics.feeding import kept
from tuning_trial.tactics.given import Given

BATCH = 32  # Keras' own
MEND = "train on arrays x and y, or on a tf.data.Dataset of batches (x, y)"


def count_updates(arguments: Mapping[str, Any], accumulate: int, is_scaled: bool = False) -> Updates | None:
    """Count the updates of a training by the arguments of its `fit`; None where its data has no length.

    Args:
        arguments: by name.
        accumulate: batches of an update.
        is_scaled: find out how many examples a batch has: of a dataset one is drawn, and one that gives its
            data only once has lost it.

    Raises:
        UserError: the training ends before its first update.
    """
    x: Any = arguments.get("x")
    epochs = arguments.get("epochs") or 1
    batches = arguments.get("steps_per_epoch")
    if is_dataset(x):
        batches = batches or max(0, int(x.cardinality()))
    elif isinstance(x, keras.utils.PyDataset):
        batches = batches or x.num_batches
    elif not hasattr(x, "__next__"):
        size = arguments.get("batch_size") or BATCH
        batches = batches or math.ceil(_kept(x, arguments) / size)
    if not batches:
        return None
    total = batches * epochs // accumulate
    if not total:
        raise UserError(
            f"accumulate={accumulate} is more than the {batches * epochs} batches of the training: "
            "nothing would be learnt",
            "accumulate fewer, make the batches smaller, or train more epochs",
        )
    return Updates(total, _batch_size(x, arguments)) if is_scaled else Updates(total)


def batch_of(arguments: Mapping[str, Any]) -> int:
    """Return how many examples the first batch of a training has."""
    x: Any = arguments.get("x")
    if is_dataset(x) or isinstance(x, keras.utils.PyDataset):
        return _batch_size(x, arguments)
    return min(arguments.get("batch_size") or BATCH, _kept(x, arguments))


def changed_data(
    arguments: Mapping[str, Any], given: Given, names: list[str], labels: str, classes: int, seed: int
) -> dict[str, Any]:
    """Return fit's arguments with their data as the tactics want it; validation data is never augmented.

    Args:
        arguments: of `fit`, by name.
        given: the tactics.
        names: those of them that want the data changed.
        labels: "numbers" of classes, which become one-hot; "one-hot", "binary", or "" to leave them alone.
        classes: how many.
        seed: of the draws.

    Raises:
        UserError: the data is in a form, or of a shape, that cannot be changed so.
    """
    arguments = dict(arguments)
    if arguments.get("sample_weight") is not None:
        raise UserError(f"{given.said(*names)} cannot be applied to data with sample_weight", MEND)
    train, validation = _parts(arguments, given.said(*names))
    refuse_other_than_images(given.chosen, tuple(train.element_spec[0].shape))
    highest = _highest(train)  # before it is kept: of what is kept all must be read, and not one batch
    if given.on("cache"):
        train, validation = _parts(kept(arguments, given), given.said(*names))

    def relabelled(data: Any) -> Any:
        return data.map(lambda x, y: (x, _soft(y, labels, classes)), tensorflow.data.AUTOTUNE)

    train = augmented(relabelled(train.map(_as_floats)), given.chosen, seed, highest)
    train = train if given.on("prefetch") else train.prefetch(tensorflow.data.AUTOTUNE)
    changed = {"x": train, "y": None, "batch_size": None, "shuffle": False}
    if validation is not None and is_dataset(validation):
        changed["validation_data"] = relabelled(validation)
    elif validation is not None:
        x, y = validation
        soft = numpy.asarray(_soft(tensorflow.convert_to_tensor(y), labels, classes))
        changed["validation_data"] = (x, soft)
        changed["validation_batch_size"] = arguments.get("validation_batch_size") or arguments["batch_size"]
    return arguments | changed | {"validation_split": 0.0}


def _parts(arguments: Mapping[str, Any], said: str) -> tuple[Any, Any]:
    """Training data as a dataset of batches, and validation data as it is given."""
    x: Any = arguments.get("x")
    y, validation = arguments.get("y"), arguments.get("validation_data")
    if not (validation is None or is_dataset(validation) or len(validation) == 2):
        raise UserError(f"{said} cannot be applied to validation data with sample_weight", MEND)
    if is_dataset(x):
        spec = x.element_spec
        if isinstance(spec, tuple) and len(spec) == 2 and all(hasattr(s, "shape") for s in spec):
            return x, validation
        raise UserError(f"{said} cannot be applied to a dataset of {spec}", MEND)
    if not (hasattr(x, "__array__") and hasattr(y, "__array__")):
        raise UserError(f"{said} cannot be applied to data of type {type(x).__name__}", MEND)
    x, y = numpy.asarray(x), numpy.asarray(y)
    kept = _kept(x, arguments)
    if kept < len(x):
        validation = (x[kept:], y[kept:])
    data = tensorflow.data.Dataset.from_tensor_slices((x[:kept], y[:kept]))
    if arguments.get("shuffle", True):
        data = data.shuffle(kept)
    return data.batch(arguments.get("batch_size") or BATCH), validation


def _kept(x: Any, arguments: Mapping[str, Any]) -> int:
    """How many examples validation_split leaves for training: as Keras counts them."""
    length = len(keras.tree.flatten(x)[0])
    split = arguments.get("validation_split") or 0.0
    return math.floor(length * (1.0 - split)) if arguments.get("validation_data") is None else length


def _batch_size(x: Any, arguments: Mapping[str, Any]) -> int:
    if is_dataset(x):
        return len(keras.tree.flatten(next(iter(x)))[0])
    if isinstance(x, keras.utils.PyDataset):
        return len(keras.tree.flatten(x[0])[0])
    return arguments.get("batch_size") or BATCH


def _highest(data: Any) -> float:
    """The value of a white pixel: 1, or 255 where there are greater values than 1."""
    return 255.0 if float(numpy.max(next(iter(data))[0])) > 1.5 else 1.0


def _as_floats(x: Any, y: Any) -> tuple[Any, Any]:
    return tensorflow.cast(x, "float32"), y


def _soft(y: Any, labels: str, classes: int) -> Any:
    """Labels of one batch in the form that MixUp and CutMix can mix: floats, a row for each example."""
    if labels == "numbers":
        return tensorflow.one_hot(tensorflow.cast(tensorflow.reshape(y, [-1]), "int32"), classes)
    if labels == "binary" and y.shape.rank == 1:
        y = tensorflow.reshape(y, [-1, 1])
    return tensorflow.cast(y, "float32") if labels else y
