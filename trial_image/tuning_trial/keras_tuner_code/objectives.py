"""Which metric a model is likely to be judged by, and whether more of it is better.

Keras' own metrics say so of themselves. Keras Tuner's list of those to be maximised has no F1Score, R2Score
or MeanIoU, nor a name that the user has given.
"""

from typing import Any, Literal

import keras

LOSS = {"metric": "val_loss", "goal": "Minimize"}
GOALS = {"max": "Maximize", "min": "Minimize"}
WAYS: dict[Any, Literal["max", "min"]] = {"up": "max", "down": "min"}
MINIMIZED = ("loss", "crossentropy", "ce", "train_time")  # no names of Keras' metrics; the last is ours


def direction(metric: Any) -> Literal["max", "min"] | None:
    """Say whether more of a metric is better; None where Keras does not know.

    Args:
        metric: its name, or how Keras describes it.
    """
    if isinstance(metric, str):
        metric = metric.removeprefix("val_").removeprefix("weighted_")
        if metric in MINIMIZED:
            return "min"
        metric = "accuracy" if metric == "acc" else metric
    try:
        known = keras.metrics.get(metric)
    except (TypeError, ValueError):  # one of the user's, or one that must be told more than its name
        return None
    return WAYS.get(getattr(known, "_direction", None))


def likely_objective(model: Any) -> tuple[dict[str, str], list[str]]:
    """Return the first metric that the model is compiled with, on the validation data; and notes.

    Without such a metric, or where nobody knows which way is better, it is the loss.
    """
    first = _first_metric(model)
    name = _name(first)
    if name is None:
        return LOSS, []
    way = direction(first) or direction(name)
    if way is None:
        return LOSS, [
            f"the objective is val_loss, for whether more of val_{name} is better cannot be told; "
            f"if it is, have {{metric: val_{name}, goal: Maximize}} there"
        ]
    return {"metric": f"val_{name}", "goal": GOALS[way]}, []


def _first_metric(model: Any) -> Any:
    try:
        config = (model.get_compile_config() if getattr(model, "compiled", False) else None) or {}
    except TypeError:  # one of the metrics is nothing that Keras can describe
        return None
    metrics = config.get("metrics")
    return metrics[0] if isinstance(metrics, (list, tuple)) and metrics else None


def _name(metric: Any) -> str | None:
    """What Keras calls it in its logs. A function is described by its name, with its package's before it."""
    told = metric.get("config") if isinstance(metric, dict) else metric
    named = told.get("name") if isinstance(told, dict) else told
    return named.rpartition(">")[2] if isinstance(named, str) else None
