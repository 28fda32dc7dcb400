"""Gradient health as Prometheus families; labels are at most eight groups of layers and three kinds."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from tuning_trial.gradients.health import Health

KINDS = ("exploding", "vanishing", "nan")


class HealthCollector(Collector):
    """Shows the health of the training; what has not been seen yet has no family."""

    def __init__(self, read: Callable[[], Health]) -> None:
        self._read = read

    def collect(self) -> Iterator[Any]:
        """Yield the families."""
        health = self._read()
        if health.groups:
            yield _norms(health)
            yield _unsound(health)
            yield CounterMetricFamily(
                "tuning_trial_gradient_measurements",
                "How often the gradients were looked at.",
                value=health.measurements,
            )
        if health.losses:
            yield CounterMetricFamily(
                "tuning_trial_losses", "Batches whose loss was seen.", value=health.losses
            )
            yield CounterMetricFamily(
                "tuning_trial_loss_turns",
                "Batches at which the loss changed its direction.",
                value=health.turns,
            )
        if health.dead:
            yield _dead(health)


def gauges(name: str, words: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    """Return a family of gauges, one for each value of its only label."""
    family = GaugeMetricFamily(name, words, labels=[label])
    for one, value in values.items():
        family.add_metric([one], value)
    return family


def _norms(health: Health) -> GaugeMetricFamily:
    norms = {name: group.norm for name, group in health.groups.items()}
    return gauges("tuning_trial_gradient_norm", "The latest norm of each group's gradients.", "group", norms)


def _unsound(health: Health) -> CounterMetricFamily:
    family = CounterMetricFamily(
        "tuning_trial_unsound_gradients",
        "Measurements at which a group's gradients were exploding, vanishing or not finite.",
        labels=["group", "kind"],
    )
    for name, group in health.groups.items():
        for kind in KINDS:
            family.add_metric([name, kind], getattr(group, kind))
    return family


def _dead(health: Health) -> GaugeMetricFamily:
    words = "The part of each group's relus that is 0 for every example of a small batch."
    return gauges("tuning_trial_dead_relu_ratio", words, "group", health.dead)
