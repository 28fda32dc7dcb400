"""A large batch without a warm-up, told in words."""

from collections.abc import Sequence
from typing import Any

import keras

from tuning_trial.tactics.schedule import Later
from tuning_trial.unwrapped import unwrapped

LARGE = 512  # examples of an update, above which a rate that is high from the start often does harm


def batch_words(examples: float, rates: Sequence[float], warms_up: bool) -> list[str]:
    """Say that a large batch wants a warm-up (Goyal et al. 2017, arXiv:1706.02677), at most one sentence.

    Args:
        examples: of an update, in the mean.
        rates: the learning rate at the end of each epoch: where it rises, something warms it up.
        warms_up: the schedule does.
    """
    if examples <= LARGE or warms_up or (rates and max(rates) > rates[0]):
        return []
    mend = "let the learning rate rise over the first updates (the tactic warm_up, such as 0.05)"
    return [f"updates by {examples:.0f} examples each begin without a warm-up; {mend}"]


def warms_up(optimizer: Any) -> bool:
    """Say whether the learning rate is higher at the second update than at the first, by its schedule."""
    optimizer = unwrapped(optimizer)
    rate = optimizer._learning_rate
    while isinstance(rate, Later):
        rate = rate.then
    if not isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
        return False
    return float(rate(optimizer.gradient_accumulation_steps or 1)) > float(rate(0))


def examples_of_an_update(optimizer: Any, batch: float) -> float:
    """Return the examples of a batch, times the batches that are gathered for one update."""
    optimizer = unwrapped(optimizer)
    return batch * (optimizer.gradient_accumulation_steps or 1)
