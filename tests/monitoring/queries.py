"""What dashboards and alerts ask Prometheus."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml
from prometheus_client.parser import text_string_to_metric_families
from tuning_operator.metrics.exporter import Exporter, JobFigures, Sources
from tuning_trial.gradients.health import GroupHealth, Health
from tuning_trial.page import registry_of
from tuning_trial.record import Observation, Record

from tests.tools.helm import CHART

FILES = CHART / "files"
DASHBOARDS: dict[str, Any] = {
    path.stem: json.loads(path.read_text()) for path in sorted((FILES / "dashboards").glob("*.json"))
}
ALERTS: dict[str, Any] = {
    rule["alert"]: rule
    for group in yaml.safe_load((FILES / "alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
}
METRIC = re.compile(r"\btuning_(?:operator|trial)_[a-z_]+\b(?![a-z_]*\")")


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """Those that show something; a row does not."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def queries(dashboard: dict[str, Any]) -> list[tuple[str, str]]:
    """Panel and PromQL."""
    return [(p["title"], target["expr"]) for p in panels(dashboard) for target in p["targets"]]


def every_query() -> list[str]:
    """Of dashboards, their variables, and alerts."""
    shown = [expr for dashboard in DASHBOARDS.values() for _, expr in queries(dashboard)]
    offered = [
        variable["query"]["query"]
        for dashboard in DASHBOARDS.values()
        for variable in dashboard["templating"]["list"]
        if variable["type"] == "query"
    ]
    return [*shown, *offered, *(rule["expr"] for rule in ALERTS.values())]


def exported_metrics() -> set[str]:
    """The names of all samples that the operator exports of a job that has everything, and a trial's."""
    one = {"x": 1.0}
    counts = {"x": 1}
    job = JobFigures("ns", "job", "Running", counts, 1, one, one, one, {"1": one}, 1.0, counts, counts, one)
    exporter = Exporter()
    exporter.read_from(Sources(lambda: [job], lambda: {("GET", "200"): 1}, lambda: 1, lambda: True))
    with exporter.reconcile(), exporter.proposal("Random"):
        pass
    families = text_string_to_metric_families(exporter.page().decode())
    return {sample.name for family in families for sample in family.samples} | of_a_trial()


def of_a_trial() -> set[str]:
    """The names of all samples on the page of a trial that has everything."""
    record = Record(last=Observation(1, {"loss": 0.5}), latest={"loss": 0.5})
    health = Health(10, {"1 dense": GroupHealth(0.5)}, losses=9, turns=3, dead={"1 dense": 0.5})
    page = registry_of(lambda: record, lambda: health)
    return {sample.name for family in page.collect() for sample in family.samples}
