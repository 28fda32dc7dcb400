"""The field's craft as parameters: learning rate, optimizer, regularisation, augmentation, speed.

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
    from tuning_trial.tactics.augmentation import training_data as training_data
    from tuning_trial.tactics.augmentation import validation_data as validation_data
    from tuning_trial.tactics.finder import find_learning_rate as find_learning_rate
    from tuning_trial.tactics.optimizer import make_optimizer as make_optimizer
    from tuning_trial.tactics.regularisation import classification_loss as classification_loss
    from tuning_trial.tactics.regularisation import early_stopping as early_stopping
    from tuning_trial.tactics.schedule import make_schedule as make_schedule
    from tuning_trial.tactics.speed import compile_options as compile_options
    from tuning_trial.tactics.speed import prepare as prepare

__all__ = ["Tactics", "Updates", "read"]

_HOMES = {
    "training_data": "augmentation",
    "validation_data": "augmentation",
    "find_learning_rate": "finder",
    "make_optimizer": "optimizer",
    "classification_loss": "regularisation",
    "early_stopping": "regularisation",
    "make_schedule": "schedule",
    "compile_options": "speed",
    "prepare": "speed",
}


def __getattr__(name: str) -> Any:
    """Import what needs Keras when it is asked for."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
