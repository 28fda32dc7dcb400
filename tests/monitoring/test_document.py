"""docs/monitoring.md says what the chart does."""

from __future__ import annotations

import re

import yaml

from tests.e2e.prometheus import PAGE, documented
from tests.monitoring.queries import ALERTS, DASHBOARDS
from tests.tools.helm import Helm


def test_a_plain_prometheus_labels_and_limits_trials_as_the_podmonitor_does(helm: Helm) -> None:
    objects = helm.objects({"monitoring": {"podMonitor": {"enabled": True}}})
    [monitor] = [body for body in objects if body["kind"] == "PodMonitor"]
    [endpoint] = monitor["spec"]["podMetricsEndpoints"]
    wanted = {(r["sourceLabels"][0], r["targetLabel"]) for r in endpoint["relabelings"]}
    [trials] = [each for each in documented() if each["job_name"] == "tuning-trials"]
    said = {
        (r["source_labels"][0], r["target_label"]) for r in trials["relabel_configs"] if "target_label" in r
    }
    assert wanted <= said
    limits = {re.sub("[A-Z]", lambda c: f"_{c[0].lower()}", n): v for n, v in monitor["spec"].items()}
    assert {n: v for n, v in trials.items() if n.endswith("limit")} == {
        n: v for n, v in limits.items() if n.endswith("limit")
    }
    [dropped], [said_dropped] = endpoint["metricRelabelings"], trials["metric_relabel_configs"]
    assert (said_dropped["regex"], said_dropped["action"]) == (dropped["regex"], dropped["action"])


def test_every_alert_and_every_dashboard_is_in_its_table() -> None:
    text = PAGE.read_text()
    assert set(re.findall(r"^\| `(Tuning\w+)` \|", text, re.MULTILINE)) == set(ALERTS)
    titles = {f"*{dashboard['title']}*" for dashboard in DASHBOARDS.values()}
    assert set(re.findall(r"^\| (\*.+?\*) \|", text, re.MULTILINE)) == titles


def test_the_documents_values_are_values_of_the_chart(helm: Helm) -> None:
    flags = re.findall(r"--set (monitoring\S+)", PAGE.read_text())
    rendered = helm.render({}, *(part for flag in flags for part in ("--set", flag)))
    kinds = {body["kind"] for body in yaml.safe_load_all(rendered) if body}
    assert {"ServiceMonitor", "PodMonitor", "PrometheusRule", "ConfigMap"} <= kinds
