"""The seam between the tactics of a training and what they have from trained models."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import keras

from tuning_trial import sdk
from tuning_trial.errors import UserError
from tuning_trial.session import say
from tuning_trial.tactics.given import Given
from tuning_trial.tactics.pipeline import count_updates
from tuning_trial.tactics.recompiling import compile_arguments, fresh_optimizer, soft_loss
from tuning_trial.transfer.start import start
from tuning_trial.transfer.teaching import find_teacher, taught
from tuning_trial.transfer.thawing import Thaw, thaw
from tuning_trial.unwrapped import unwrapped
from tuning_trial.variants.structured import remove_units


def without_units(model: Any, given: Given, directory: Path | str = ".") -> Any:
    """Return a built model without what `removed` takes from it, once it has the weights of `pretrained`.

    Args:
        model: which stays as it is where nothing is to be removed.
        given: the tactics.
        directory: what paths are relative to.

    Raises:
        UserError: as `transfer.start` or `remove_units`.
    """
    if not given.on("removed"):
        return model
    if given.on("pretrained"):
        start(model, given.chosen.pretrained, directory=directory)
    try:
        smaller = remove_units(model, given.chosen.removed)
    except UserError as error:
        raise UserError(f"{given.said('removed')}: {error.what}", error.mend) from None
    counts = f"{smaller.count_params()} of the model's {model.count_params()} parameters are left"
    say(f"{given.said('removed')}: {counts}")
    return smaller


def begin(
    model: Any,
    arguments: Mapping[str, Any],
    compiled: dict[str, Any],
    given: Given,
    directory: Path | str = ".",
) -> tuple[dict[str, Any], list[Any]]:
    """Give the model the weights of `pretrained`, before it is compiled for a training.

    A model of which units are `removed` has them by now, for `without_units` needs them.

    Args:
        model: built.
        arguments: of `fit`; one that goes on behind `frozen_epochs` (initial_epoch) begins thawed.
        compiled: what it is going to be compiled with.
        given: the tactics.
        directory: what paths are relative to.

    Returns:
        What to compile with, and callbacks to come before all others.

    Raises:
        UserError: as `transfer.start`, or the length of the training is not known and its schedule wants it.
    """
    if not given.on("pretrained") or given.on("removed"):
        return compiled, []
    chosen = given.chosen
    frozen = start(model, chosen.pretrained, chosen.frozen, directory).frozen
    if not given.on("frozen_epochs") or not frozen:
        return compiled, []
    epochs = arguments.get("epochs") or 1
    if chosen.frozen_epochs >= epochs:
        never = f"{given.said('frozen_epochs')} and epochs={epochs}: the frozen layers are never trained"
        sdk.current().warn(f"{never}; give it less than epochs, or leave it out")
    batches = _batches(arguments, compiled["optimizer"], given)
    if (arguments.get("initial_epoch") or 0) <= chosen.frozen_epochs:
        return compiled, [Thaw(frozen, chosen.frozen_epochs, batches)]
    thaw(frozen)
    return compiled | {"optimizer": fresh_optimizer(model, compiled["optimizer"], batches)}, []


def teach(model: Any, given: Given, directory: Path | str, until: ExitStack) -> list[Any]:
    """Have a compiled model taught by `teacher` until the stack is left; return the callbacks that it takes.

    Raises:
        UserError: as `teaching.find_teacher`, or the model's loss or data are not those of a classifier.
    """
    chosen = given.chosen
    if not given.on("teacher") or not chosen.distillation_weight:
        return []
    compiled = compile_arguments(model)
    _, labels = soft_loss(compiled["loss"], 0.0, ["teacher"])
    loss = keras.losses.get(compiled["loss"])
    teacher = find_teacher(model, chosen.teacher, directory, labels, loss)
    taught_model = taught(model, teacher, chosen.distillation_temperature, chosen.distillation_weight)
    return [until.enter_context(taught_model)]


def _batches(arguments: Mapping[str, Any], optimizer: Any, given: Given) -> int:
    """Count the batches before the thaw by what `fit` is given: a training that goes on must agree."""
    length = count_updates({**arguments, "epochs": given.chosen.frozen_epochs}, 1)
    rate = unwrapped(optimizer)._learning_rate
    if length is None and isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
        raise UserError(
            f"{given.said('frozen_epochs')} under a schedule of the learning rate needs the length "
            "of an epoch, and the data does not tell its own",
            "give steps_per_epoch to fit, or data with a length",
        )
    return length.total if length else 0
