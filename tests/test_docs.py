"""The documents are true to the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tuning_operator.cluster.main import operator

from tests.commands import commands
from tests.monitoring.queries import exported_metrics

# the sections with commands of each page, and the tests that run them
RUN = {
    "docs/install.md": {
        "tests/e2e/test_chart.py": {
            "By kubectl",
            "By Helm",
            "Upgrading and going back",
            "Some namespaces only",
            "Removing it",
        }
    },
    "docs/gitops.md": {
        "tests/gitops/test_documents.py": {"What a tool sees", "Argo CD", "Before the merge"},
    },
    "docs/monitoring.md": {
        "tests/e2e/test_chart.py": {"With the Prometheus operator and Grafana's sidecar"},
        "tests/e2e/test_dashboards.py": {"With a plain Prometheus"},
    },
    "README.md": {
        "tests/test_documented_commands.py": {"tuning-operator"},
        "tests/local/test_readme.py": {"On a laptop"},
        "tests/e2e/test_digits.py": {"On a cluster"},
    },
    "CONTRIBUTING.md": {"tests/test_documented_commands.py": {"Taking part"}},
    "SECURITY.md": {},
}
ROOT = Path(__file__).resolve().parents[1]
TOP = ("README.md", "CONTRIBUTING.md", "SECURITY.md")
PAGES = [*(ROOT / page for page in TOP), *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", RUN)
def test_no_section_has_commands_that_no_test_runs(page: str) -> None:
    """Such a test takes a section's commands apart by their number, so that it misses none."""
    assert set(commands(ROOT / page)) == {title for titles in RUN[page].values() for title in titles}
    for test, titles in RUN[page].items():
        source = (ROOT / test).read_text()
        assert [title for title in titles if f'"{title}"' not in source] == [], test


@pytest.mark.parametrize("page", RUN)
def test_no_command_stands_where_the_tests_do_not_find_it(page: str) -> None:
    """Only in a block of the kind `console`, behind a prompt."""
    text = (ROOT / page).read_text()
    assert set(re.findall(r"^```(\w*)$", text, re.MULTILINE)) <= {"", "console", "yaml", "python"}
    found = sum(map(len, commands(ROOT / page).values()))
    assert len(re.findall(r"^\s*\$ ", text, re.MULTILINE)) == found


@pytest.mark.parametrize(("language", "example"), [("yaml", "digits.yaml"), ("python", "digits.py")])
def test_the_readme_quotes_the_example(language: str, example: str) -> None:
    readme = (ROOT / "README.md").read_text()
    [quoted] = [b for b in re.findall(rf"```{language}\n(.*?)```", readme, re.DOTALL) if "units" in b]
    lines = iter((ROOT / "manifests" / "examples" / example).read_text().splitlines())
    wanted = [line for line in quoted.splitlines() if line.strip() not in ("", "…")]
    strangers = [line for line in wanted if line not in lines]  # each is looked for after the one before
    assert strangers == []


def test_the_flags_of_the_operator_and_their_defaults_are_documented() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    table = dict(re.findall(r"^\| `(--[a-z-]+)`.*? \| (.*?) \|", page, re.MULTILINE))
    for option in operator.params:
        default = table.pop(option.opts[0])
        if isinstance(option.default, int | float) and not isinstance(option.default, bool):
            assert float(default) == option.default, option.name
    assert table == {}


def test_every_metric_of_the_operator_is_documented() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    families = {re.sub(r"_(bucket|count|sum|created)$", "", name) for name in exported_metrics()}
    ours = {name for name in families if name.startswith("tuning_operator_")}
    assert ours == set(re.findall(r"`(tuning_operator_[a-z_]+)", page))


def test_the_tests_that_security_names_exist() -> None:
    named = re.findall(r"`(tests/[a-z_/]+\.py)`", (ROOT / "SECURITY.md").read_text())
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []
