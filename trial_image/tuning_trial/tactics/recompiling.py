"""A compiled model's optimizer, loss and metrics, changed by tactics; what is not given stays the file's."""

from dataclasses import replace
from typing import Any

import keras

from tuning_trial.errors import UserError
from tuning_trial.tactics.chosen import Tactics, Updates
from tuning_trial.tactics.given import Given
from tuning_trial.tactics.optimizer import NOT_DECAYED, kind_of
from tuning_trial.tactics.schedule import Later, PerUpdate, WarmUp, make_schedule
from tuning_trial.unwrapped import unwrapped

RATE = (
    "learning_rate",
    "schedule",
    "warm_up",
    "rate_scaling",
    "decay_rate",
    "decays",
    "staircase",
    "final_rate",
)
ARGUMENTS = {  # Keras' names
    "weight_decay": "weight_decay",
    "clip_value": "clipvalue",
    "clip_norm": "clipnorm",
    "clip_global_norm": "global_clipnorm",
    "accumulate": "gradient_accumulation_steps",
}
CLIPS = ("clip_value", "clip_norm", "clip_global_norm")
OWN = ("momentum", "beta_1", "beta_2")  # of some optimizers only, under the same names there
OPTIMIZER = ("optimizer", *RATE, *ARGUMENTS, *OWN)
SHARED = ("use_ema", "ema_momentum", "ema_overwrite_frequency", "loss_scale_factor", *ARGUMENTS.values())


def compile_arguments(model: Any) -> dict[str, Any]:
    """Return what a model was compiled with, as objects: the public way gives their descriptions only."""
    return dict(model._compile_config.config)


def recompile(model: Any, arguments: dict[str, Any]) -> None:
    """Compile a model with such arguments, in its strategy."""
    with model.distribute_strategy.scope():
        model.compile(**arguments)


def fresh_optimizer(model: Any, own: Any, batches: int) -> Any:
    """Return an optimizer of the same kind and arguments without a state; its schedule goes on.

    Args:
        model: which it is for; its strategy is the optimizer's.
        own: the optimizer so far.
        batches: how many that one has been through, as Keras counts its steps.
    """
    with model.distribute_strategy.scope():
        made = changed_optimizer(own, Given.of({}), None)
        if isinstance(made._learning_rate, keras.optimizers.schedules.LearningRateSchedule):
            made.learning_rate = Later(made._learning_rate, batches)
        return made


def changed_optimizer(own: Any, given: Given, updates: Updates | None) -> Any:
    """Return the optimizer with the tactics that are given; all else is as in the file's.

    Args:
        own: the file's optimizer.
        given: the tactics.
        updates: how long the training is; None where that is not known.

    Raises:
        UserError: a tactic cannot be applied to this optimizer, or wants the length.
    """
    own = unwrapped(own)  # compiling wraps it anew
    config = own.get_config()
    kind = type(own)
    if given.has("optimizer"):
        kind, arguments = kind_of(given.chosen)
        config = {name: config[name] for name in SHARED if name in config} | arguments
    config |= _changes(kind, config, given) | {"learning_rate": _rate(own, given, updates)}
    if kind is keras.optimizers.AdamW and config["weight_decay"] is None:
        config["weight_decay"] = 0.0  # None is refused
    made = kind(**{k: v for k, v in config.items() if k != "name"})
    if given.on("weight_decay"):
        made.exclude_from_weight_decay(var_names=NOT_DECAYED)
    elif hasattr(own, "_exclude_from_weight_decay_pattern"):  # of which a configuration knows nothing
        made._exclude_from_weight_decay_pattern = own._exclude_from_weight_decay_pattern
        made._exclude_from_weight_decay = own._exclude_from_weight_decay
    return made


def _changes(kind: Any, config: dict[str, Any], given: Given) -> dict[str, Any]:
    missing = [name for name in OWN if given.has(name) and name not in config]
    if missing:
        raise UserError(
            f"the tactic {missing[0]!r} is none of {kind.__name__}, the file's optimizer",
            "give `optimizer` too, or leave it out",
        )
    changes: dict[str, Any] = dict.fromkeys(ARGUMENTS[c] for c in CLIPS) if given.on(*CLIPS) else {}
    for name, argument in ARGUMENTS.items():
        if given.has(name):
            value = given.values[name]
            changes[argument] = value if given.on(name) else None
    return changes | {name: given.values[name] for name in OWN if given.has(name)}


def _rate(own: Any, given: Given, updates: Updates | None) -> Any:
    accumulate = given.chosen.accumulate
    if not given.has("accumulate"):
        accumulate = own.gradient_accumulation_steps or 1
    chosen = replace(given.chosen, accumulate=accumulate)
    rate = own._learning_rate  # what `learning_rate` makes a number of may be a schedule
    if not isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
        if not given.has("learning_rate"):
            chosen = replace(chosen, learning_rate=float(rate.numpy()))  # a mirrored one is no number
        return make_schedule(chosen, _known(updates, given))
    if given.has("learning_rate") and given.has("schedule"):
        return make_schedule(chosen, _known(updates, given))
    return _around(rate, chosen, given, updates)


def _around(schedule: Any, chosen: Tactics, given: Given, updates: Updates | None) -> Any:
    """The file's own schedule, after a warm-up if that is given."""
    fixed = [name for name in RATE if name != "warm_up" and given.has(name)]
    if fixed:
        raise UserError(
            f"{given.said(*fixed)} and the file's own schedule {type(schedule).__name__} exclude each other",
            "give both learning_rate and schedule, or leave the rate to the file",
        )
    warm = round(chosen.warm_up * _known(updates, given).total)
    schedule = WarmUp(schedule, warm) if warm else schedule
    return PerUpdate(schedule, chosen.accumulate) if given.on("accumulate") else schedule


def _known(updates: Updates | None, given: Given) -> Updates:
    """Return the length, or one that does not matter."""
    wanted = given.on("warm_up", "schedule", "rate_scaling")
    if updates is None and wanted:
        raise UserError(
            f"{given.said(*wanted)} needs the length of the training, and the data does not tell its own",
            "give steps_per_epoch to fit, or data with a length",
        )
    return updates or Updates(1)


def soft_loss(loss: Any, smoothing: float, names: list[str]) -> tuple[Any, str]:
    """Return the loss for labels that may lie between classes, and which labels the file's loss takes.

    Args:
        loss: as compiled: a name, a function or an object.
        smoothing: see label_smoothing; 0 leaves the file's own.
        names: the tactics that want it.

    Returns:
        The loss, and "numbers" (of classes), "one-hot" or "binary".

    Raises:
        UserError: the loss is none of Keras' three crossentropies.
    """
    losses = keras.losses
    found = losses.get(loss) if isinstance(loss, str) else loss
    name = getattr(found, "__name__", type(found).__name__).replace("_", "").lower()
    kinds = {
        "sparsecategoricalcrossentropy": (losses.CategoricalCrossentropy, "numbers"),
        "categoricalcrossentropy": (losses.CategoricalCrossentropy, "one-hot"),
        "binarycrossentropy": (losses.BinaryCrossentropy, "binary"),
    }
    config = found.get_config() if isinstance(found, losses.Loss) else {}
    if name not in kinds or config.pop("ignore_class", None) is not None:
        raise UserError(
            f"{' and '.join(names)} cannot be applied to the loss {loss!r}",
            "compile with a (sparse) categorical or binary crossentropy without ignore_class",
        )
    kind, labels = kinds[name]
    config.pop("fn", None)
    smoothed = {"label_smoothing": smoothing} if smoothing else {}
    return kind(**config | smoothed), labels


def soft_metrics(metrics: Any, names: list[str]) -> Any:
    """Return metrics that take one-hot labels, in the place of those that take numbers of classes.

    Raises:
        UserError: there is one of which that is not known.
    """
    return [_soft_metric(metric, names) for metric in _listed(metrics)] if metrics else metrics


def _listed(metrics: Any) -> list[Any]:
    if isinstance(metrics, (list, tuple)) and not any(isinstance(m, (list, tuple, dict)) for m in metrics):
        return list(metrics)
    return [metrics]


def _soft_metric(metric: Any, names: list[str]) -> Any:
    kinds = keras.metrics
    if metric in ("accuracy", "acc", "crossentropy", "ce"):
        return metric  # Keras sees by the labels which one is meant
    found = kinds.get(metric) if isinstance(metric, str) and "sparse" in metric else metric
    name = getattr(found, "__name__", type(found).__name__).replace("_", "").lower()
    own = metric if isinstance(metric, str) else getattr(metric, "name", None)
    if name == "sparsecategoricalaccuracy":
        return kinds.CategoricalAccuracy(name=own)
    if name == "sparsetopkcategoricalaccuracy":
        return kinds.TopKCategoricalAccuracy(getattr(metric, "_fn_kwargs", {}).get("k", 5), name=own)
    if name == "sparsecategoricalcrossentropy" and isinstance(metric, kinds.Metric):
        return kinds.CategoricalCrossentropy(name=own, from_logits=metric.from_logits)
    raise UserError(
        f"{' and '.join(names)} makes labels one-hot, and the metric {metric!r} takes numbers of classes",
        "compile with 'accuracy', or with one-hot labels and a categorical crossentropy",
    )
