"""The trial's Prometheus page: latest values, and those at each rung so that no scrape interval loses one."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from tuning_trial.gradients.families import HealthCollector, gauges
from tuning_trial.gradients.health import Health
from tuning_trial.record import Observation, Record


class RecordCollector(Collector):
    """Shows a record as Prometheus families; the record is asked for at each scrape, and seen as a whole."""

    def __init__(self, read: Callable[[], Record]) -> None:
        self._read = read

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the contract's three families; a family without values yet has no samples."""
        record = self._read()
        words = "The latest value of each metric reported."
        yield gauges("tuning_trial_metric", words, "metric", record.latest)
        yield GaugeMetricFamily(
            "tuning_trial_step",
            "The latest step reported; 0 before the first report.",
            value=record.last.step if record.last else 0,
        )
        rung = GaugeMetricFamily(
            "tuning_trial_rung_metric",
            "The value of each objective and constraint at each rung.",
            labels=["metric", "step"],
        )
        for (name, step), value in record.rungs.items():
            rung.add_metric([name, str(step)], value)
        yield rung


class BatchCollector(Collector):
    """Shows the running epoch's metrics, where they are asked for each so many batches."""

    def __init__(self, read: Callable[[], Observation | None]) -> None:
        self._read = read

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield nothing before the first of these batches."""
        batch = self._read()
        if batch is None:
            return
        yield GaugeMetricFamily(
            "tuning_trial_batch", "Batches of the running epoch that are through.", value=batch.step
        )
        words = "Metrics of the running epoch so far."
        yield gauges("tuning_trial_batch_metric", words, "metric", batch.metrics)


def registry_of(
    read: Callable[[], Record],
    health: Callable[[], Health] = Health,
    batch: Callable[[], Observation | None] = lambda: None,
) -> CollectorRegistry:
    """Return a registry that holds this trial's families and no others (no Python or process metrics)."""
    registry = CollectorRegistry()
    registry.register(RecordCollector(read))
    registry.register(HealthCollector(health))
    registry.register(BatchCollector(batch))
    return registry


def serve(
    port: int,
    read: Callable[[], Record],
    health: Callable[[], Health] = Health,
    batch: Callable[[], Observation | None] = lambda: None,
) -> None:
    """Serve the page from a daemon thread, to IPv4 and, where the host has it, IPv6.

    Raises:
        OSError: the port is taken, or not allowed.
    """
    registry = registry_of(read, health, batch)
    try:
        start_http_server(port, addr="::", registry=registry)
    except OSError:  # no IPv6 here, or the port is taken: then the second try says so
        start_http_server(port, addr="0.0.0.0", registry=registry)
