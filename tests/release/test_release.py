"""`make release`: what it demands, and that a commit gives the same bytes wherever it is checked out."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from scripts.release import ROOT, NotReady, copied, demand_entry, git
from tests.cluster.images import version
from tests.cluster.requirements import missing_for_images
from tests.conftest import without_cluster
from tests.release.test_sbom import MUST_HOLD, packages
from tests.tools import Tools

EPOCH = 1_767_225_600  # the commit's time: 2026-01-01
SOMEBODY = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com")
NAMED = (f"tuning-operator-{version()}.tgz", "tuning_operator-*.whl", "tuning_trial-*.whl")
HEADING = re.compile(rf"^## {re.escape(version())} \(.+?\)$", re.MULTILINE)


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


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of this project as they are now, in one commit that may be released."""
    place = tmp_path_factory.mktemp("repository")
    copied(ROOT, place, EPOCH)
    changelog = place / "CHANGELOG.md"
    changelog.write_text(HEADING.sub(f"## {version()} (2026-01-01)", changelog.read_text()))
    when = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"{EPOCH} +0000")
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "all"]):
        subprocess.run(["git", *SOMEBODY, *command], cwd=place, env={**os.environ, **when}, check=True)
    return place


def release(repository: Path, place: Path, *options: str) -> Path:
    """What `make release` leaves in dist/ of a fresh checkout, in the order of names."""
    subprocess.run(["git", "clone", "--quiet", str(repository), str(place)], check=True)
    done = run_release(place, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    sums = (place / "dist" / "SHA256SUMS").read_text()
    assert done.stdout.endswith(sums)
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=place / "dist", check=True)
    return place / "dist"


def run_release(place: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts.release", *options]
    environment = {**os.environ, **variables}
    return subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def released(repository: Path, tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return release(repository, tmp_path_factory.mktemp("first") / "checkout", "--without-images")


def test_wheels_and_chart_of_a_commit_are_the_same_bytes_in_every_checkout(
    released: Path, repository: Path, tmp_path: Path
) -> None:
    again = release(repository, tmp_path / "second", "--without-images")
    assert (again / "SHA256SUMS").read_text() == (released / "SHA256SUMS").read_text()
    assert [len(list(released.glob(name))) for name in (*NAMED, "*")] == [1, 1, 1, 4]


@pytest.mark.parametrize(
    ("wheel", "source", "package"),
    [
        ("tuning_operator-*.whl", "operator", "tuning_operator"),
        ("tuning_trial-*.whl", "trial_image", "tuning_trial"),
    ],
)
def test_a_wheel_holds_every_file_of_its_package_and_no_other(
    wheel: str, source: str, package: str, released: Path
) -> None:
    [path] = released.glob(wheel)
    inside = {name for name in zipfile.ZipFile(path).namelist() if ".dist-info/" not in name}
    tracked = git("ls-files", f"{source}/{package}").splitlines()
    assert inside == {name.removeprefix(f"{source}/") for name in tracked}


def test_nothing_is_built_before_the_changelog_has_its_entry(repository: Path, tmp_path: Path) -> None:
    subprocess.run(["git", "clone", "--quiet", str(repository), str(tmp_path)], check=True)
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text(HEADING.sub("## 0.0.1 (2025-01-01)", changelog.read_text()))
    done = run_release(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"release: CHANGELOG.md has no entry `## {version()} (YYYY-MM-DD)`\n"
    assert not (tmp_path / "dist").exists()


def test_nothing_is_built_of_files_that_are_in_no_commit(repository: Path, tmp_path: Path) -> None:
    subprocess.run(["git", "clone", "--quiet", str(repository), str(tmp_path)], check=True)
    (tmp_path / "operator" / "tuning_operator" / "new.py").write_text("")
    done = run_release(tmp_path)
    assert done.returncode == 1
    assert "the tree differs from the commit" in done.stderr
    assert "new.py" in done.stderr
    assert not (tmp_path / "dist").exists()


def test_nothing_is_built_where_two_versions_stand(repository: Path, tmp_path: Path) -> None:
    subprocess.run(["git", "clone", "--quiet", str(repository), str(tmp_path)], check=True)
    chart = tmp_path / "helm" / "tuning-operator" / "Chart.yaml"
    chart.write_text(chart.read_text().replace(f"\nversion: {version()}", "\nversion: 9.8.7"))
    done = run_release(tmp_path)
    assert done.returncode == 1
    assert "helm/tuning-operator/Chart.yaml; run `make generate`" in done.stderr


def test_a_machine_that_cannot_build_says_what_it_lacks(repository: Path, tmp_path: Path) -> None:
    place = tmp_path / "checkout"
    subprocess.run(["git", "clone", "--quiet", str(repository), str(place)], check=True)
    only_git = tmp_path / "programs"
    only_git.mkdir()
    (only_git / "git").symlink_to(shutil.which("git") or "")
    done = run_release(place, PATH=str(only_git), TUNING_CACHE=str(tmp_path / "cache"))
    assert done.returncode == 1
    assert done.stderr.startswith("release: ")
    assert "Go" in done.stderr


@pytest.mark.long
def test_a_whole_release_is_the_same_bytes_in_every_checkout(repository: Path, tmp_path: Path) -> None:
    """Twice both images from nothing; an image's archive of 2 GB goes before the next one is built."""
    if why := missing_for_images():
        without_cluster(why)
    sums = []
    for name in ("first", "second"):
        dist = release(repository, tmp_path / name)
        sums.append((dist / "SHA256SUMS").read_text())
        for image, wanted in MUST_HOLD.items():
            document = (dist / f"{image.name}-image-{version()}.cdx.json").read_text()
            assert wanted <= packages(document)
            assert json.loads(document)["metadata"]["component"]["version"] == version()
        shutil.rmtree(dist)
    assert sums[0] == sums[1]
    assert len(sums[0].splitlines()) == 7, "two wheels, the chart, and two images with their SBOMs"
