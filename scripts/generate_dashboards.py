"""Writes the chart's Grafana dashboards from dashboards.py: JSON as Grafana imports it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dashboards import ALL_TRIALS, DASHBOARDS, Dashboard, Panel

DIRECTORY = Path(__file__).resolve().parents[1] / "helm" / "tuning-operator" / "files" / "dashboards"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS = 24
LABELS = {
    "namespace": "Namespace",
    "tuning_job": "TuningJob",
    "tuning_trial": "Trial",
    "metric": "Objective",
    "parameter": "Parameter",
}
ALPHABETICAL, NUMERICAL = 1, 3  # how Grafana sorts what a variable offers
SPANS = {"percentunit": 1, "percent": 100}  # units that have an end


def grafana(dashboard: Dashboard) -> dict[str, Any]:
    """The dashboard as Grafana imports it."""
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "description": dashboard.description,
        "tags": ["tuning"],
        "schemaVersion": 41,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "links": [
            {
                "title": "Tuning", "type": "dashboards", "tags": ["tuning"], "asDropdown": True, "icon": "",
                "includeVars": True, "keepTime": True, "targetBlank": False, "tooltip": "", "url": "",
            }
        ],
        "annotations": {"list": []},
        "templating": {"list": [source_variable(), *(variable(*each) for each in dashboard.variables)]},
        "panels": list(placed(dashboard)),
    }  # fmt: skip


def source_variable() -> dict[str, Any]:
    return {
        "name": "datasource",
        "type": "datasource",
        "query": "prometheus",
        "label": "Prometheus",
        "refresh": 1,
    }


def variable(name: str, query: str) -> dict[str, Any]:
    """Several trials may be chosen at a time, but one job."""
    is_plural = name == "tuning_trial"
    made = {
        "name": name,
        "label": LABELS[name],
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": query, "refId": name},
        "refresh": 2,
        "sort": NUMERICAL if is_plural else ALPHABETICAL,
    }
    several = {"multi": True, "includeAll": True, "allValue": ALL_TRIALS}
    return made | (several if is_plural else {"multi": False})


def placed(dashboard: Dashboard) -> Iterator[dict[str, Any]]:
    """Rows and panels with their places, from left to right."""
    y = number = 0
    for title, panels in dashboard.rows:
        number += 1
        yield {
            "id": number, "type": "row", "title": title, "collapsed": False, "panels": [],
            "gridPos": {"x": 0, "y": y, "w": COLUMNS, "h": 1},
        }  # fmt: skip
        x, y, tallest = 0, y + 1, 0
        for each in panels:
            if x + each.width > COLUMNS:
                x, y, tallest = 0, y + tallest, 0
            number += 1
            yield panel(each, number) | {"gridPos": {"x": x, "y": y, "w": each.width, "h": each.height}}
            x, tallest = x + each.width, max(tallest, each.height)
        y += tallest


def panel(of: Panel, number: int) -> dict[str, Any]:
    how = {"range": True} if of.matrix is None else {"instant": True, "range": False, "format": "table"}
    targets = [
        {"refId": chr(ord("A") + i), "datasource": SOURCE, "expr": expr, "legendFormat": legend, **how}
        for i, (expr, legend) in enumerate(of.queries)
    ]
    made: dict[str, Any] = {
        "id": number,
        "type": of.kind,
        "title": of.title,
        "description": of.description,
        "datasource": SOURCE,
        "targets": targets,
        "fieldConfig": {"defaults": defaults(of), "overrides": overrides(of)},
        "options": OPTIONS[of.kind] | ({"textMode": of.text} if of.kind == "stat" else {}),
    }
    if of.kind == "xychart":
        made["transformations"] = [joined(of)]
    return made


def defaults(of: Panel) -> dict[str, Any]:
    """Without thresholds of ours, Grafana shows whatever is above 80 in red."""
    made: dict[str, Any] = {"unit": of.unit}
    if of.kind in ("stat", "bargauge"):
        made["thresholds"] = {"mode": "absolute", "steps": [{"color": "green", "value": None}]}
    if of.kind == "timeseries" and of.unit in SPANS:
        made |= {"min": 0, "max": SPANS[of.unit]}
    return made


def overrides(of: Panel) -> list[dict[str, Any]]:
    if of.points is None:
        return []
    drawn = {"id": "custom.drawStyle", "value": "points"}
    return [{"matcher": {"id": "byName", "options": of.points}, "properties": [drawn]}]


def joined(of: Panel) -> dict[str, Any]:
    """What makes one table of the answers, a column for each axis."""
    if of.matrix is None:
        return {"id": "joinByField", "options": {"byField": "Time", "mode": "outer"}}
    row, column = of.matrix
    return {
        "id": "groupingToMatrix",
        "options": {"rowField": row, "columnField": column, "valueField": "Value"},
    }


LAST = {"calcs": ["lastNotNull"], "fields": "", "values": False}
OPTIONS: dict[str, dict[str, Any]] = {
    "timeseries": {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    "stat": {
        "reduceOptions": LAST, "colorMode": "value", "graphMode": "none",
        "justifyMode": "auto", "orientation": "auto", "wideLayout": True, "showPercentChange": False,
        "percentChangeColorMode": "standard",
    },
    "bargauge": {
        "reduceOptions": LAST, "displayMode": "basic", "valueMode": "color", "namePlacement": "auto",
        "showUnfilled": True, "sizing": "auto", "minVizWidth": 8, "minVizHeight": 16, "maxVizHeight": 300,
        "orientation": "horizontal",
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False, "calcs": []},
    },
    "xychart": {
        "mapping": "auto", "series": [],
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False, "calcs": []},
        "tooltip": {"mode": "single", "sort": "none"},
    },
}  # fmt: skip


def main(arguments: list[str]) -> int:
    """Write the dashboards; with --check, only say which ones differ."""
    wanted = {DIRECTORY / f"{d.uid}.json": json.dumps(grafana(d), indent=1) + "\n" for d in DASHBOARDS}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    for path in stale if "--check" not in arguments else ():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path])
    if stale:
        names = ", ".join(path.name for path in stale)
        print(f"{'not what the script says' if '--check' in arguments else 'written'}: {names}")
    return int(bool(stale) and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
