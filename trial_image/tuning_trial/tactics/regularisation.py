"""Label smoothing, and an early stop that gives the best weights back."""

from typing import Any

import keras

from tuning_trial.tactics.chosen import Tactics


def classification_loss(chosen: Tactics, classes: int) -> Any:
    """Return the loss of a classifier that gives logits, for labels as `training_data` makes them.

    Args:
        chosen: label_smoothing takes that share from the right class and spreads it over all.
        classes: 2 for one logit and labels 0 or 1; more for as many logits and one-hot labels.
    """
    if classes == 2:
        return keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=chosen.label_smoothing)
    return keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=chosen.label_smoothing)


def early_stopping(chosen: Tactics, metric: str = "val_loss", goal: str = "Minimize") -> list[Any]:
    """Return the callback that ends a training which no longer gets better, if there is any patience.

    Args:
        chosen: patience in epochs; 0 is for ever.
        metric, goal: of the objective.
    """
    if not chosen.patience:
        return []
    mode = "max" if goal == "Maximize" else "min"
    return [
        keras.callbacks.EarlyStopping(metric, patience=chosen.patience, mode=mode, restore_best_weights=True)
    ]
