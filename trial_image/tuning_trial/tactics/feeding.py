"""How a tf.data.Dataset hands over its batches: kept in memory, mapped by so many threads, prepared ahead."""

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow

from tuning_trial.data import describe, is_dataset
from tuning_trial.errors import UserError
from tuning_trial.tactics.chosen import Tactics
from tuning_trial.tactics.given import Given


def kept(arguments: Mapping[str, Any], given: Given) -> dict[str, Any]:
    """Return fit's arguments with their datasets kept in memory after the first epoch, under `cache`.

    To be called before random changes of ours, which shall differ from epoch to epoch.

    Args:
        arguments: of `fit`, by name.
        given: the tactics.

    Raises:
        UserError: the training data is no tf.data.Dataset.
    """
    return _changed(arguments, given, ["cache"], lambda data: data.cache())


def fed(arguments: Mapping[str, Any], given: Given) -> dict[str, Any]:
    """Return fit's arguments with their datasets under `parallel_maps` and `prefetch`, when all else is done.

    Raises:
        UserError: the training data is no tf.data.Dataset.
    """
    return _changed(arguments, given, ["parallel_maps", "prefetch"], lambda data: ahead(data, given.chosen))


def ahead(data: Any, chosen: Tactics) -> Any:
    """Return a tf.data.Dataset whose maps share so many threads, and which prepares so many batches ahead.

    Where the tactics are 0 it is as it was: TensorFlow then does as it sees fit.
    """
    if chosen.parallel_maps:
        options = tensorflow.data.Options()
        options.threading.private_threadpool_size = chosen.parallel_maps
        data = data.with_options(options)
    return data.prefetch(chosen.prefetch) if chosen.prefetch else data


def _changed(
    arguments: Mapping[str, Any], given: Given, names: list[str], change: Callable[[Any], Any]
) -> dict[str, Any]:
    names = given.on(*names)
    if not names:
        return dict(arguments)
    if not is_dataset(arguments.get("x")):
        raise UserError(
            f"{given.said(*names)} acts on a tf.data.Dataset, and the training data is "
            f"{describe(arguments.get('x'))}",
            "train on a tf.data.Dataset of batches (x, y), or take it out of spec.parameters",
        )
    datasets = {name: arguments.get(name) for name in ("x", "validation_data")}
    return {**arguments, **{name: change(data) for name, data in datasets.items() if is_dataset(data)}}
