"""Learning rates over the updates of a training."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from tuning_trial.tactics.chosen import Tactics, Updates
from tuning_trial.unwrapped import unwrapped

REFERENCE_BATCH = 256  # the batch at which scaling changes nothing (Goyal et al. 2017, arXiv:1706.02677)
registered = keras.saving.register_keras_serializable(package="tuning_trial")


def make_schedule(chosen: Tactics, updates: Updates) -> Any:
    """Return the learning rate as Keras takes it: a number, or a schedule that is asked at each batch.

    Keras asks at each batch, under gradient accumulation too: then a schedule is made to count updates.
    """
    peak = scaled_rate(chosen, updates.batch_size)
    warm = round(chosen.warm_up * updates.total)
    rest = max(1, updates.total - warm)
    rate: Any = _after_warm_up(chosen, peak, rest)
    if warm:
        rate = WarmUp(rate, warm)
    if chosen.accumulate > 1 and not isinstance(rate, float):
        rate = PerUpdate(rate, chosen.accumulate)
    return rate


def scaled_rate(chosen: Tactics, batch_size: int) -> float:
    """Return the learning rate scaled with the batch: linearly, or by its square root (as for Adam)."""
    ratio = batch_size / REFERENCE_BATCH
    factor = {"none": 1.0, "sqrt": math.sqrt(ratio), "linear": ratio}[chosen.rate_scaling]
    return chosen.learning_rate * factor


def _after_warm_up(chosen: Tactics, peak: float, total: int) -> Any:
    schedules = keras.optimizers.schedules
    each = max(1, total // (chosen.decays + 1))
    if chosen.schedule == "exponential":
        return schedules.ExponentialDecay(peak, each, chosen.decay_rate, staircase=chosen.staircase)
    if chosen.schedule == "step":
        borders = [each * (i + 1) for i in range(chosen.decays)]
        values = [peak * chosen.decay_rate**i for i in range(chosen.decays + 1)]
        return schedules.PiecewiseConstantDecay(borders, values)
    if chosen.schedule == "cosine":
        return schedules.CosineDecay(peak, total, alpha=chosen.final_rate)
    if chosen.schedule == "cosine_restarts":
        return schedules.CosineDecayRestarts(peak, each, t_mul=1.0, alpha=chosen.final_rate)
    if chosen.schedule == "cyclical":
        return Triangular(peak * max(chosen.final_rate, 0.1), peak, max(1, each // 2))
    if chosen.schedule == "one_cycle":
        return OneCycle(peak, total)
    return peak


class Schedule(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # Keras ships no types
    """A schedule that can be saved with its model, its arguments being numbers and schedules."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__()
        self._arguments = arguments

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, a schedule among them as Keras writes it."""
        return {name: _written(value) for name, value in self._arguments.items()}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Schedule":
        """Make the schedule again."""
        return cls(**{name: _read(value) for name, value in config.items()})


@registered
class WarmUp(Schedule):
    """Rises linearly from 0 to what follows (Goyal et al. 2017), in `updates` updates; then that begins."""

    def __init__(self, then: Any, updates: int) -> None:
        super().__init__(then=then, updates=updates)

    def __call__(self, step: Any) -> Any:
        """Return the rate at an update, from 0."""
        step = keras.ops.cast(step, "float32")
        then, updates = self._arguments["then"], float(self._arguments["updates"])
        first = _at(then, 0.0)
        rising = first * (step + 1.0) / updates
        return keras.ops.where(step < updates, rising, _at(then, keras.ops.maximum(step - updates, 0.0)))


@registered
class PerUpdate(Schedule):
    """Counts updates where Keras counts batches: under gradient accumulation."""

    def __init__(self, then: Any, accumulate: int) -> None:
        super().__init__(then=then, accumulate=accumulate)

    def __call__(self, step: Any) -> Any:
        """Return the rate at a batch, from 0."""
        batch = keras.ops.cast(step, "float32")
        return _at(self._arguments["then"], keras.ops.floor(batch / float(self._arguments["accumulate"])))


@registered
class Later(Schedule):
    """Begins where a schedule is after some batches: for an optimizer that takes the place of another."""

    @property
    def then(self) -> Any:
        """The schedule as a whole."""
        return self._arguments["then"]

    def __init__(self, then: Any, batches: int) -> None:
        super().__init__(then=then, batches=batches)

    def __call__(self, step: Any) -> Any:
        """Return the rate at a batch, from 0."""
        step = keras.ops.cast(step, "float32")
        return _at(self._arguments["then"], step + float(self._arguments["batches"]))


@registered
class Triangular(Schedule):
    """Goes up and down between two rates, each way in `half` updates (Smith 2017, arXiv:1506.01186)."""

    def __init__(self, low: float, high: float, half: int) -> None:
        super().__init__(low=low, high=high, half=half)

    def __call__(self, step: Any) -> Any:
        """Return the rate at an update, from 0."""
        low, high, half = (self._arguments[name] for name in ("low", "high", "half"))
        place = keras.ops.cast(step, "float32") / float(half)  # whole and even at the low points
        distance = keras.ops.abs(place - 2.0 * keras.ops.floor((place + 1.0) / 2.0))
        return low + (high - low) * distance


@registered
class OneCycle(Schedule):
    """Up in three tenths of the updates, then down to nearly nothing, both by a cosine.

    Smith and Topin 2019 (arXiv:1708.07120); the proportions are fastai's: from 1/25 of the peak, to 1/10⁴.
    """

    RISE, START, END = 0.3, 1 / 25, 1e-4

    def __init__(self, peak: float, total: int) -> None:
        super().__init__(peak=peak, total=total)

    def __call__(self, step: Any) -> Any:
        """Return the rate at an update, from 0."""
        peak, total = self._arguments["peak"], float(self._arguments["total"])
        place = keras.ops.minimum(keras.ops.cast(step, "float32") / total, 1.0)
        up = _cosine(peak * self.START, peak, place / self.RISE)
        down = _cosine(peak, peak * self.END, (place - self.RISE) / (1.0 - self.RISE))
        return keras.ops.where(place < self.RISE, up, down)


@contextmanager
def plain_schedule(model: Any) -> Iterator[None]:
    """Have a model saved so that Keras alone can load it: a schedule of ours as the rate where it stands.

    Args:
        model: any of Keras'; of one without such a schedule nothing is changed.
    """
    optimizer = unwrapped(getattr(model, "optimizer", None))
    own = getattr(optimizer, "_learning_rate", None)
    if not isinstance(own, Schedule):
        yield
        return
    rate = float(own(int(optimizer._iterations.numpy())))  # batches; `iterations` are updates
    # a number would be one more of the optimizer's variables
    optimizer._learning_rate = keras.optimizers.schedules.PolynomialDecay(rate, 1, rate)
    try:
        yield
    finally:
        optimizer._learning_rate = own


def _cosine(begin: float, end: float, part: Any) -> Any:
    """From begin to end as `part` goes from 0 to 1, slowly at both ends."""
    return end + (begin - end) * (1.0 + keras.ops.cos(math.pi * part)) / 2.0


def _at(rate: Any, step: Any) -> Any:
    return rate(step) if callable(rate) else rate


def _written(value: Any) -> Any:
    is_schedule = isinstance(value, keras.optimizers.schedules.LearningRateSchedule)
    return keras.saving.serialize_keras_object(value) if is_schedule else value


def _read(value: Any) -> Any:
    return keras.saving.deserialize_keras_object(value) if isinstance(value, dict) else value
