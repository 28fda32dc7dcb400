"""The alerts: few, each with a runbook, and each fires when it should, by promtool."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import yaml

from tests.conftest import needs
from tests.monitoring.queries import ALERTS, FILES
from tests.tools.helm import ROOT

CASES = Path(__file__).with_name("alerts_test.yaml")
RUNBOOKS = ROOT / "docs" / "runbooks"


def promtool(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(FILES / "alerts.yaml", directory)
    shutil.copy(CASES, directory)
    return subprocess.run(["promtool", *arguments], cwd=directory, capture_output=True, text=True)


@needs("promtool")
def test_the_rules_are_rules(tmp_path: Path) -> None:
    done = promtool(tmp_path, "check", "rules", "alerts.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


@needs("promtool")
def test_each_alert_fires_when_it_should_and_not_before(tmp_path: Path) -> None:
    done = promtool(tmp_path, "test", "rules", CASES.name)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_alert_is_without_a_case() -> None:
    cases = yaml.safe_load(CASES.read_text())["tests"]
    tested = {rule["alertname"] for case in cases for rule in case["alert_rule_test"] if rule["exp_alerts"]}
    assert tested == set(ALERTS)


def test_there_are_at_most_eight_and_each_has_a_runbook_that_names_it() -> None:
    assert len(ALERTS) <= 8
    assert {path.stem for path in RUNBOOKS.glob("*.md")} == set(ALERTS)
    for name, rule in ALERTS.items():
        assert rule["annotations"]["runbook_url"].endswith(f"/docs/runbooks/{name}.md")
        assert (RUNBOOKS / f"{name}.md").read_text().startswith(f"# {name}\n")
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
