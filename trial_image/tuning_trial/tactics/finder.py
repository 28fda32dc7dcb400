"""The learning-rate finder (Smith 2017, arXiv:1506.01186): a sweep on a copy of the model.

The rate grows from batch to batch by a constant factor. Where the smoothed loss begins to fall, learning
begins; where it blows up, it ends. The range proposed lies between, and is cut to the usual 1e-5 to 1e-1.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import keras
import numpy

from tuning_trial.copying import give_state
from tuning_trial.errors import UserError
from tuning_trial.tactics.given import Given
from tuning_trial.tactics.recompiling import changed_optimizer, compile_arguments, recompile

SMOOTHING = 0.9  # of the exponential mean of the losses
BLOWN_UP = 4.0  # times the best loss: nothing is to be learnt beyond
USUAL = (1e-5, 1e-1)
WIDTH, HEIGHT = 640, 320  # of the plot, in pixels


@dataclass(frozen=True)
class Sweep:
    """Rates in ascending order, the smoothed loss at each, and the range that they propose."""

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    low: float
    high: float

    @property
    def svg(self) -> str:
        """The losses over the logarithm of the rate, the proposed range shaded."""
        return _svg(self)

    def plot(self, path: Path | str) -> None:
        """Write the picture as a file."""
        Path(path).write_text(self.svg, encoding="utf-8")


def find_learning_rate(
    model: Any,
    x: Any,
    y: Any = None,
    *,
    batch_size: int = 32,
    batches: int = 100,
    low: float = 1e-7,
    high: float = 1.0,
) -> Sweep:
    """Sweep the learning rate on a copy of a compiled model; the model itself stays as it is.

    Args:
        model: compiled; its copy begins with the same weights and an optimizer of the same kind.
        x, y, batch_size: as for `batches_of`.
        batches, low, high: as for `sweep_rates`.
    """
    return sweep_rates(_copy(model), batches_of(x, y, batch_size), batches=batches, low=low, high=high)


def sweep_rates(
    model: Any, data: Iterator[Any], *, batches: int = 100, low: float = 1e-7, high: float = 1.0
) -> Sweep:
    """Sweep the learning rate on a compiled model, which learns by it.

    Args:
        model: gets an optimizer of the same kind, and no metrics.
        data: batches (x, y), or with weights besides; the sweep ends with them.
        batches: how many rates are tried, unless the loss blows up before.
        low, high: the first and the last rate.

    Raises:
        UserError: there is no batch, or the loss of the first one is no finite number.
    """
    _prepare(model, low)
    losses: list[float] = []
    rates: list[float] = []
    mean, loss = 0.0, None
    for i, batch in enumerate(itertools.islice(data, batches)):
        rate = low * (high / low) ** (i / max(1, batches - 1))
        model.optimizer.learning_rate = rate
        loss = model.train_on_batch(*batch, return_dict=True)["loss"]
        mean = SMOOTHING * mean + (1 - SMOOTHING) * float(loss)
        smoothed = mean / (1 - SMOOTHING ** (i + 1))
        if not math.isfinite(smoothed) or (losses and smoothed > BLOWN_UP * min(losses)):
            break
        rates.append(rate)
        losses.append(smoothed)
    if not losses:
        found = "the data has no batch" if loss is None else f"the loss of its first batch is {float(loss):g}"
        raise UserError(
            f"no learning rate can be tried: {found}",
            "give examples, and see that neither they nor the loss are NaN or infinite",
        )
    return Sweep(tuple(rates), tuple(losses), *proposed_range(rates, losses))


def batches_of(x: Any, y: Any = None, batch_size: int = 32, seed: int = 0) -> Iterator[Any]:
    """Yield batches of training data, gone through as often as needed.

    Args:
        x, y: arrays, shuffled once; without y, what yields batches (x, y): a dataset, or a generator, which
            comes to its end.
        batch_size: examples in a batch of arrays.
        seed: of the shuffling.
    """
    if y is None:
        batches = (x[i] for i in range(x.num_batches)) if isinstance(x, keras.utils.PyDataset) else iter(x)
        yield from batches
        while not hasattr(x, "__next__"):
            yield from batches_of(x)
        return
    order = numpy.random.default_rng(seed).permutation(len(keras.tree.flatten(x)[0]))
    for i in itertools.count():
        begin = i * batch_size % max(1, len(order) - batch_size + 1)
        places = order[begin : begin + batch_size]
        yield keras.tree.map_structure(lambda array, at=places: numpy.asarray(array)[at], (x, y))


def proposed_range(rates: Sequence[float], losses: Sequence[float]) -> tuple[float, float]:
    """Return the range of rates worth tuning, cut to the usual one.

    It begins where a tenth of the whole fall of the loss is done for good (at tiny rates one batch is easier
    than another), and ends at the lowest loss. Without a fall it is the usual range.
    """
    if len(losses) < 2:
        return USUAL
    lowest = min(range(len(losses)), key=losses.__getitem__)
    start = fmean(losses[: max(1, len(losses) // 10)])  # where rates are too low to learn anything
    before = [i for i in range(lowest) if start - losses[i] < 0.1 * (start - losses[lowest])]
    if lowest == 0 or not before:
        return USUAL
    low, high = max(rates[before[-1] + 1], USUAL[0]), min(rates[lowest], USUAL[1])
    return (low, high) if low < high else USUAL


def _copy(model: Any) -> Any:
    """Keras would compile its clone by names, and finds no function of the user's own by one."""
    model.compiled = False
    try:
        copy = keras.models.clone_model(model)
    finally:
        model.compiled = True
    give_state(model, copy, model.get_weights())
    copy.compile(**compile_arguments(model))
    return copy


def _prepare(model: Any, rate: float) -> None:
    """Compile for one batch at a time, at rates that may be set."""
    given = Given.of({"learning_rate": rate, "schedule": "constant"})
    with model.distribute_strategy.scope():
        optimizer = changed_optimizer(model.optimizer, given, None)
    alone = {"optimizer": optimizer, "metrics": None, "weighted_metrics": None, "steps_per_execution": 1}
    recompile(model, compile_arguments(model) | alone)


def _svg(sweep: Sweep) -> str:
    finite = [loss for loss in sweep.losses if math.isfinite(loss)] or [0.0]
    bottom, top = min(finite), max(finite)

    def place(rate: float) -> float:
        first, last = math.log10(sweep.rates[0]), math.log10(sweep.rates[-1])
        return (math.log10(rate) - first) / ((last - first) or 1) * WIDTH

    points = " ".join(
        f"{place(r):.1f},{HEIGHT - (loss - bottom) / ((top - bottom) or 1) * HEIGHT:.1f}"
        for r, loss in zip(sweep.rates, sweep.losses, strict=True)
    )
    left = max(0.0, place(sweep.low))
    width = min(WIDTH, place(sweep.high)) - left
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 -30 {WIDTH + 20} {HEIGHT + 60}">\n'
        f'<rect x="{left:.1f}" y="0" width="{max(0.0, width):.1f}" height="{HEIGHT}" fill="#cde"/>\n'
        f'<polyline points="{points}" fill="none" stroke="#136"/>\n'
        f'<text y="-10">loss {top:.3g} to {bottom:.3g}</text>\n'
        f'<text y="{HEIGHT + 20}">learning rate {sweep.rates[0]:.0e} to {sweep.rates[-1]:.0e}; '
        f"proposed: {sweep.low:.1e} to {sweep.high:.1e}</text>\n</svg>\n"
    )
