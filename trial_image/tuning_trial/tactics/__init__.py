"""The field's craft as parameters: learning rate, optimizer, regularisation, augmentation, transfer, speed.

    from tuning_trial import tactics

    def build_model(hp):
        chosen = tactics.read({"optimizer": hp.Choice("optimizer", ["adam", "lion"]), "warm_up": 0.05})
        ...
        model.compile(tactics.make_optimizer(chosen, updates), ...)

Everything is Keras' own where Keras has it. Importing this package imports nothing heavy.
"""

from typing import TYPE_CHECKING, Any

from tuning_trial.tactics.chosen import Tactics, Updates, read

if TYPE_CHECKING:
    from tuning_trial.tactics.applying import training as training
    from tuning_trial.tactics.augmentation import training_data as training_data
    from tuning_trial.tactics.augmentation import validation_data as validation_data
    from tuning_trial.tactics.finder import find_learning_rate as find_learning_rate
    from tuning_trial.tactics.given import Given as Given
    from tuning_trial.tactics.optimizer import make_optimizer as make_optimizer
    from tuning_trial.tactics.regularisation import classification_loss as classification_loss
    from tuning_trial.tactics.regularisation import early_stopping as early_stopping
    from tuning_trial.tactics.schedule import make_schedule as make_schedule
    from tuning_trial.tactics.speed import compile_options as compile_options
    from tuning_trial.tactics.speed import prepare as prepare
    from tuning_trial.transfer.start import start as start
    from tuning_trial.transfer.teaching import find_teacher as find_teacher
    from tuning_trial.transfer.teaching import taught as taught
    from tuning_trial.transfer.thawing import Thaw as Thaw

__all__ = ["Tactics", "Updates", "read"]

_HOMES = {
    "training": "tactics.applying",
    "Given": "tactics.given",
    "training_data": "tactics.augmentation",
    "validation_data": "tactics.augmentation",
    "find_learning_rate": "tactics.finder",
    "make_optimizer": "tactics.optimizer",
    "classification_loss": "tactics.regularisation",
    "early_stopping": "tactics.regularisation",
    "make_schedule": "tactics.schedule",
    "compile_options": "tactics.speed",
    "prepare": "tactics.speed",
    "start": "transfer.start",
    "find_teacher": "transfer.teaching",
    "taught": "transfer.teaching",
    "Thaw": "transfer.thawing",
}


def __getattr__(name: str) -> Any:
    """Import what needs Keras when it is asked for."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"tuning_trial.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
