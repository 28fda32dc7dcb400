"""`make release`: what it demands, and that the same commit gives the same bytes."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

from scripts.release import NotReady, build_chart, build_wheels, demand_entry, digest, version, write_sums
from tests.cluster import Unavailable
from tests.cluster.images import OPERATOR, TRIAL, Image, build_archive
from tests.conftest import without_cluster
from tests.tools.helm import Helm

EPOCH = 1_767_225_600  # a commit's time: 2026-01-01


@pytest.mark.parametrize(
    ("changelog", "says"),
    [
        ("# Changelog\n\n## 0.9.0 (2026-01-01)\n\n- All.\n", "no entry `## 1.0.0"),
        ("## 1.0.0 (unreleased)\n\n- All.\n", "put the date"),
        ("## 1.0.0 (2026-13-01)\n\n- All.\n", "put the date"),
        ("## 1.0.0 (2026-01-01)\n\n## 0.9.0 (2025-01-01)\n\n- All.\n", "says nothing of 1.0.0"),
    ],
)
def test_a_changelog_without_a_dated_entry_is_refused(changelog: str, says: str) -> None:
    with pytest.raises(NotReady, match=says):
        demand_entry(changelog, "1.0.0")


def test_a_dated_entry_is_taken() -> None:
    demand_entry("# Changelog\n\n## 1.0.0 (2026-01-01)\n\n- All.\n", "1.0.0")


def test_one_version_for_all(tmp_path: Path) -> None:
    for path, text in (
        ("pyproject.toml", 'version = "1.0.0"\n'),
        ("trial_image/pyproject.toml", 'version = "1.0.1"\n'),
        ("helm/tuning-operator/Chart.yaml", "version: 1.0.0  # as in pyproject.toml\n"),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    with pytest.raises(NotReady, match="differ"):
        version(tmp_path)
    (tmp_path / "trial_image/pyproject.toml").write_text('version = "1.0.0"\n')
    assert version(tmp_path) == "1.0.0"


def test_the_projects_own_versions_are_one() -> None:
    assert version()


def test_wheels_and_chart_of_a_commit_are_the_same_bytes_each_time(helm: Helm, tmp_path: Path) -> None:
    sums = []
    for name in ("first", "second"):
        target = tmp_path / name
        target.mkdir()
        build_wheels(target, EPOCH)
        build_chart(target, EPOCH, helm)
        sums.append(write_sums(target).read_text())
    assert sums[0] == sums[1]
    assert len(sums[0].splitlines()) == 3
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=tmp_path / "first", check=True)


def test_a_wheel_holds_what_its_package_needs_and_no_tests(tmp_path: Path) -> None:
    operator, trial = build_wheels(tmp_path, EPOCH)
    names = zipfile.ZipFile(operator).namelist()
    assert {"tuning_operator/cli.py", "tuning_operator/py.typed", "tuning_operator/api/podtemplate.json"} <= {
        *names
    }
    assert not [name for name in names if name.startswith("tests")]
    assert "tuning_trial/sdk.py" in zipfile.ZipFile(trial).namelist()


@pytest.mark.long
@pytest.mark.parametrize("image", [OPERATOR, TRIAL], ids=lambda image: image.name)
def test_an_image_of_a_commit_is_the_same_bytes_each_time(image: Image, tmp_path: Path) -> None:
    sums = []
    for name in ("first", "second"):
        archive = tmp_path / f"{name}.tar"
        try:
            build_archive(image, archive, EPOCH)
        except Unavailable as why:
            without_cluster(str(why))
        sums.append(digest(archive))
        archive.unlink()
    assert sums[0] == sums[1]
