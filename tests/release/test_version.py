"""A version is decided in pyproject.toml; `make generate` writes it wherever else it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.generate_version import PLACES, stale, with_version
from scripts.release import ROOT, copied, git
from tests.cluster.images import version

EPOCH = 1_767_225_600
# written at a release by hand; a user's own image; rendered from the chart
OWN = ("CHANGELOG.md", "pyproject.toml", "operator/tuning_operator/init/command.py", "manifests/operator/")
OF_OTHERS = re.compile(r"tests/|.*constraints.*\.txt$|.*\.(lock|png|svg)$")


def test_it_is_the_same_everywhere() -> None:
    assert stale() == {}


@pytest.fixture
def next_release(tmp_path: Path) -> Path:
    """The files as they are, and the next version in pyproject.toml alone."""
    copied(ROOT, tmp_path, EPOCH)
    path = tmp_path / "pyproject.toml"
    path.write_text(path.read_text().replace(f'version = "{version()}"', 'version = "9.8.7"', 1))
    return tmp_path


def test_the_next_one_leaves_no_trace_of_the_last(next_release: Path) -> None:
    for path, text in stale(next_release).items():
        path.write_text(text)
    assert stale(next_release) == {}
    last = re.compile(rf"(?<![\d.]){re.escape(version())}(?![\d.])")
    names = [name for name in git("ls-files").splitlines() if not OF_OTHERS.match(name)]
    left = [name for name in names if last.search((next_release / name).read_text())]
    assert [name for name in left if not name.startswith(OWN)] == []


def test_no_place_is_named_in_vain(next_release: Path) -> None:
    changed = {str(path.relative_to(next_release)) for path in stale(next_release)}
    assert [place for place in PLACES if "*" not in place and place not in changed] == []


@pytest.mark.parametrize(
    "text",
    [
        "python:3.11-slim",
        "Kubernetes version 1.35",
        "name: registry.example.com/tuning-operator:latest",
        "apiVersion: tuning.dev/v1alpha1",
    ],
)
def test_other_versions_stay(text: str) -> None:
    assert with_version(text, "9.8.7") == text


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("ghcr.io/tuning-operator/tuning-trial:0.1.0-gpu", "ghcr.io/tuning-operator/tuning-trial:9.8.7-gpu"),
        ('version = "0.1.0rc1"', 'version = "9.8.7"'),
        ("version: 0.1.0-rc.1  # why", "version: 9.8.7  # why"),
    ],
)
def test_a_release_candidate_is_a_version_and_a_variant_is_none(text: str, becomes: str) -> None:
    assert with_version(text, "9.8.7") == becomes
