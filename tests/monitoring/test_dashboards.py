"""The dashboards are such as Grafana imports, and ask for metrics that exist."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import needs
from tests.e2e.prometheus import GPUS
from tests.monitoring.queries import DASHBOARDS, METRIC, every_query, exported_metrics, panels, queries
from tests.tools import Tools


def judged(tools: Tools, *dashboards: Any) -> list[dict[str, str]]:
    """By the types of Grafana's own Foundation SDK: unknown fields and wrong types are refused."""
    done = subprocess.run(
        [str(tools.judge), "grafana"], input=json.dumps(dashboards), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, str]] = json.loads(done.stdout)
    return found


def test_there_are_three() -> None:
    assert sorted(DASHBOARDS) == ["tuning-job", "tuning-overview", "tuning-trial"]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_grafana_imports_it(name: str, tools: Tools) -> None:
    assert judged(tools, DASHBOARDS[name]) == [{"status": "Valid", "message": ""}]


def test_a_field_that_grafana_does_not_know_is_found(tools: Tools) -> None:
    spoilt = json.loads(json.dumps(DASHBOARDS["tuning-job"]))
    spoilt["panels"][1]["options"]["textMood"] = "name"
    [said] = judged(tools, spoilt)
    assert "textMood" in said["message"]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_its_panels_have_numbers_titles_and_places_of_their_own(name: str) -> None:
    found = DASHBOARDS[name]["panels"]
    assert len({panel["id"] for panel in found}) == len(found)
    titles = [panel["title"] for panel in found]
    assert len(set(titles)) == len(titles)
    taken = [cell for panel in found for cell in cells(panel["gridPos"])]
    assert len(set(taken)) == len(taken), "panels overlap"
    assert all(x < 24 for x, _ in taken)


def cells(place: dict[str, int]) -> list[tuple[int, int]]:
    return [(place["x"] + i, place["y"] + j) for i in range(place["w"]) for j in range(place["h"])]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_no_number_is_red_or_turned_into_days_by_grafanas_own_defaults(name: str) -> None:
    """Without thresholds, a stat and a bar gauge are red above 80; the unit `h` shows 48 as two days."""
    for panel in panels(DASHBOARDS[name]):
        defaults = panel["fieldConfig"]["defaults"]
        assert defaults["unit"] != "h", panel["title"]
        if panel["type"] in ("stat", "bargauge"):
            assert [step["value"] for step in defaults["thresholds"]["steps"]] == [None], panel["title"]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_panel_asks_the_chosen_prometheus(name: str) -> None:
    variables = {v["name"] for v in DASHBOARDS[name]["templating"]["list"]}
    assert "datasource" in variables
    for panel in panels(DASHBOARDS[name]):
        assert panel["targets"]
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {"${datasource}"}


def test_every_metric_that_a_dashboard_asks_for_is_exported() -> None:
    asked = {name for query in every_query() for name in METRIC.findall(query)}
    assert asked - exported_metrics() == set()


# two operators, each for its own namespaces; the first has a standby, which tells of the same
TOLD = {
    'tuning_operator_jobs{namespace="tuning-system",instance="a",phase="Running"}': 2,
    'tuning_operator_jobs{namespace="tuning-system",instance="b",phase="Running"}': 2,
    'tuning_operator_jobs{namespace="team-tuning",instance="c",phase="Running"}': 1,
    'tuning_operator_trials{namespace="a",tuning_job="x",instance="a",state="running"}': 4,
    'tuning_operator_trials{namespace="a",tuning_job="x",instance="b",state="running"}': 4,
    'tuning_operator_trials{namespace="b",tuning_job="x",instance="c",state="running"}': 3,
    'tuning_operator_leader{namespace="tuning-system",instance="a"}': 1,
    'tuning_operator_leader{namespace="tuning-system",instance="b"}': 0,
    'tuning_operator_leader{namespace="team-tuning",instance="c"}': 1,
}
SHOWN = {
    "TuningJobs": {'{phase="Running"}': 3},
    "Trials": {'{state="running"}': 7},
    "Replicas that lead": {'{namespace="tuning-system"}': 1, '{namespace="team-tuning"}': 1},
}


@needs("promtool")
def test_the_overview_adds_up_operators_and_counts_replicas_once(tmp_path: Path) -> None:
    asked = dict(queries(DASHBOARDS["tuning-overview"]))
    case = {
        "interval": "1m",
        "input_series": [{"series": series, "values": f"{value}x5"} for series, value in TOLD.items()],
        "promql_expr_test": [
            {
                "expr": asked[panel],
                "eval_time": "5m",
                "exp_samples": [{"labels": labels, "value": value} for labels, value in shown.items()],
            }
            for panel, shown in SHOWN.items()
        ],
    }
    (tmp_path / "test.yaml").write_text(json.dumps({"tests": [case]}))
    command = ["promtool", "test", "rules", "test.yaml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_gpu_panels_ask_for_what_dcgm_exporter_writes() -> None:
    asked = {name for query in every_query() for name in re.findall(r"\bDCGM_\w+", query)}
    families = text_string_to_metric_families(GPUS.read_text())
    assert asked == {sample.name for family in families for sample in family.samples}


@pytest.mark.parametrize(
    ("pod", "is_shown"),
    [
        ("digits-2-r1-x7k2p", True),
        ("digits-17-r12-abcde", True),
        ("digits-2-17-r1-x7k2p", False),
        ("digits-2-r1-5-r1-x7k2p", False),
    ],
)
def test_the_gpu_panels_show_no_pod_of_a_job_whose_name_begins_alike(pod: str, is_shown: bool) -> None:
    """The third is of the job `digits-2`, the last one of `digits-2-r1`."""
    board = DASHBOARDS["tuning-trial"]
    [trials] = [v for v in board["templating"]["list"] if v["name"] == "tuning_trial"]
    asked = {pattern for _, query in queries(board) for pattern in re.findall(r'pod=~"(.+?)"', query)}
    [pattern] = [
        p.replace("$tuning_job", "digits").replace("$tuning_trial", trials["allValue"]) for p in asked
    ]
    assert bool(re.fullmatch(pattern, pod)) == is_shown
