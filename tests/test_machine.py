"""What the two commands say of a machine that lacks something: early, clearly, and to CI as a failure."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NEEDS_A_CLUSTER = "tests/cluster/test_cluster.py::test_the_api_server_has_the_version_that_was_asked_for"
NEEDS_NONE = "tests/engine/test_version.py"


def written(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("command", ["demo", "test"])
def test_a_python_that_tensorflow_has_no_wheels_for_is_told_before_anything_is_made(
    tmp_path: Path, command: str
) -> None:
    python = written(tmp_path / "python3.9", "exit 1")
    asked = ["make", command, f"PYTHON={python}", f"VENV={tmp_path}/venv"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0
    assert "This needs Python 3.10, 3.11, 3.12 or 3.13" in done.stderr
    assert f"Found: {python}." in done.stderr
    assert not (tmp_path / "venv").exists()


def without_go(place: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`make test`'s own way to run tests, of one that needs a cluster and some that do not."""
    (at_once,) = re.findall(r"^AT_ONCE := (.*)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    command = [sys.executable, "-m", "pytest", *at_once.split(), "-p", "no:cacheprovider"]
    lacking = {"PATH": str(place), "TUNING_CACHE": str(place), "TUNING_CLUSTER_INSTANCE": "7", **environment}
    given = ("KUBECONFIG", "REQUIRE_CLUSTER", "PYTEST_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(given)}
    return subprocess.run(
        [*command, NEEDS_A_CLUSTER, NEEDS_NONE],
        cwd=ROOT,
        env=inherited | lacking,
        capture_output=True,
        text=True,
    )


def test_without_go_the_rest_runs_and_the_end_names_what_was_skipped(tmp_path: Path) -> None:
    done = without_go(tmp_path)
    assert done.returncode == 0, done.stdout
    named, counts = done.stdout.splitlines()[-2:]
    assert named.startswith("SKIPPED: no cluster: Go is not installed")
    assert named.endswith(": 1 tests in tests/cluster/test_cluster.py")
    assert "1 passed, 1 skipped" in counts


def test_without_go_ci_fails(tmp_path: Path) -> None:
    assert "REQUIRE_CLUSTER=1 make test" in (ROOT / ".ci" / "run").read_text()
    done = without_go(tmp_path, REQUIRE_CLUSTER="1")
    assert done.returncode == 1
    assert "Go is not installed" in done.stdout
    assert "REQUIRE_CLUSTER=1 forbids to go without" in done.stdout


PINNED = [path for at in (".", "*", "tests/*") for path in ROOT.glob(f"{at}/constraints*.txt")]


@pytest.mark.parametrize("path", PINNED, ids=lambda path: str(path.relative_to(ROOT)))
def test_dependencies_are_pinned_by_hashes_and_name_no_index(path: Path) -> None:
    text = path.read_text()
    pinned = re.findall(r"^[a-z0-9].*", text, re.MULTILINE)
    assert pinned
    assert [line for line in pinned if not re.match(r"[^;]+==\S+ .*\\$", line)] == []
    assert text.count("--hash=sha256:") >= len(pinned)
    assert "://" not in text
    assert "index" not in re.findall(r"^\s*--(\w+)", text, re.MULTILINE)
