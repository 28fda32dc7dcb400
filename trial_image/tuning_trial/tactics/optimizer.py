"""The optimizer with its learning rate, its decay and its clipping."""

from typing import Any

import keras

from tuning_trial.tactics.chosen import Tactics, Updates
from tuning_trial.tactics.schedule import make_schedule

# Decay pulls weights towards 0; a bias, and a normalisation's scale and shift, have no reason to be small.
NOT_DECAYED = ["bias", "gamma", "beta"]


def make_optimizer(chosen: Tactics, updates: Updates) -> Any:
    """Return Keras' optimizer. Weight decay is decoupled (Loshchilov and Hutter 2019), in any of them."""
    keyword = {
        "learning_rate": make_schedule(chosen, updates),
        "weight_decay": chosen.weight_decay or None,
        "clipvalue": chosen.clip_value or None,
        "clipnorm": chosen.clip_norm or None,
        "global_clipnorm": chosen.clip_global_norm or None,
        "gradient_accumulation_steps": chosen.accumulate if chosen.accumulate > 1 else None,
    }
    if chosen.optimizer == "adamw":
        keyword["weight_decay"] = chosen.weight_decay  # None is refused, and left out it would be 0.004
    kind, own = kind_of(chosen)
    optimizer = kind(**keyword, **own)
    if chosen.weight_decay:
        optimizer.exclude_from_weight_decay(var_names=NOT_DECAYED)
    return optimizer


def kind_of(chosen: Tactics) -> tuple[Any, dict[str, Any]]:
    """Return Keras' class of the chosen optimizer, and the arguments that no other has."""
    betas = {"beta_1": chosen.beta_1, "beta_2": chosen.beta_2}
    optimizers = keras.optimizers
    kinds: dict[str, tuple[Any, dict[str, Any]]] = {
        "sgd": (optimizers.SGD, {}),
        "momentum": (optimizers.SGD, {"momentum": chosen.momentum}),
        "nesterov": (optimizers.SGD, {"momentum": chosen.momentum, "nesterov": True}),
        "adam": (optimizers.Adam, betas),
        "adamw": (optimizers.AdamW, betas),
        "rmsprop": (optimizers.RMSprop, {"rho": 0.9}),
        "adagrad": (optimizers.Adagrad, {}),
        "lion": (optimizers.Lion, betas),
    }
    return kinds[chosen.optimizer]
