"""`make release`: both wheels, the chart and both images, in dist/, with their sums and SBOMs.

Versions come from pyproject.toml; CHANGELOG.md must have the version with its date. What is built depends
on nothing but the commit: times are the commit's, names are in order. Nothing is published.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from scripts.generate_version import stale
from scripts.sbom import sbom_of
from tests.cluster.errors import ClusterError
from tests.cluster.images import OPERATOR, TRIAL, build_archive, version
from tests.tools import find_or_build
from tests.tools.helm import Helm

ROOT = Path(__file__).resolve().parents[1]
DISTRIBUTIONS = (ROOT, ROOT / "trial_image")


class NotReady(Exception):
    """Why this commit cannot be released; the message says what to mend."""


def demand_one_version() -> None:
    """Raises NotReady where another one than pyproject.toml's stands anywhere."""
    if found := stale():
        names = ", ".join(str(path.relative_to(ROOT)) for path in found)
        raise NotReady(f"not the version of pyproject.toml: {names}; run `make generate`")


def demand_entry(changelog: str, version: str) -> None:
    """Raises NotReady unless the changelog has this version, dated, with something said of it."""
    entry = re.search(
        rf"^## {re.escape(version)} \((.+?)\)\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL
    )
    if entry is None:
        raise NotReady(f"CHANGELOG.md has no entry `## {version} (YYYY-MM-DD)`")
    try:
        datetime.strptime(entry[1], "%Y-%m-%d")
    except ValueError:
        raise NotReady(f"CHANGELOG.md says {version} ({entry[1]}): put the date, YYYY-MM-DD") from None
    if "- " not in entry[2]:
        raise NotReady(f"CHANGELOG.md says nothing of {version}")


def commit_time() -> int:
    """Seconds of the commit that is released. Raises NotReady where files differ from it."""
    if changed := git("status", "--porcelain"):
        raise NotReady(f"the tree differs from the commit:\n{changed}")
    return int(git("log", "-1", "--format=%ct"))


def git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


def build_wheels(target: Path, epoch: int) -> list[Path]:
    """Both wheels; from copies, so that no earlier build's files are in them."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
    for source in DISTRIBUTIONS:
        with tempfile.TemporaryDirectory(prefix="release-") as place:
            copied(source, Path(place) / "src", epoch)
            command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
            options = ["--disable-pip-version-check", "--wheel-dir", str(target)]
            subprocess.run([*command, *options, f"{place}/src"], env=environment, check=True)
    return sorted(target.glob("*.whl"))


def build_chart(target: Path, epoch: int, helm: Helm) -> Path:
    """The chart's archive; Helm puts the files' own times into it."""
    with tempfile.TemporaryDirectory(prefix="release-") as place:
        chart = Path(place) / "tuning-operator"
        copied(ROOT / "helm" / "tuning-operator", chart, epoch)
        helm.run("package", str(chart), "--destination", str(target))
    [archive] = target.glob("tuning-operator-*.tgz")
    return archive


def copied(source: Path, target: Path, epoch: int) -> None:
    """The files that git knows, with the commit's time and plain modes."""
    for name in git("ls-files", "-z", str(source)).split("\0"):
        if not name:
            continue
        path = ROOT / name
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        copy.chmod(0o644)
        os.utime(copy, (epoch, epoch))


def build_images(target: Path, epoch: int) -> list[Path]:
    archives = []
    for image in (OPERATOR, TRIAL):
        archive = target / f"{image.name}-image-{version()}.tar"
        build_archive(image, archive, epoch)
        document = sbom_of(image.name, version(), archive)
        (target / f"{image.name}-image-{version()}.cdx.json").write_text(document)
        archives.append(archive)
    return archives


def write_sums(target: Path) -> Path:
    """SHA256SUMS, as `sha256sum --check` reads it."""
    files = sorted(path for path in target.iterdir() if path.name != "SHA256SUMS")
    sums = target / "SHA256SUMS"
    sums.write_text("".join(f"{digest(path)}  {path.name}\n" for path in files))
    return sums


def digest(path: Path) -> str:
    made = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            made.update(block)
    return made.hexdigest()


def release(target: Path, with_images: bool) -> Path:
    """Build everything into `target`, whose former content goes; the file of sums.

    Raises NotReady for a commit that cannot be released, ClusterError where this machine cannot build it.
    """
    demand_one_version()
    demand_entry((ROOT / "CHANGELOG.md").read_text(), version())
    epoch, helm = commit_time(), Helm(find_or_build().helm4)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    build_wheels(target, epoch)
    build_chart(target, epoch, helm)
    if with_images:
        build_images(target, epoch)
    return write_sums(target)


def main(arguments: list[str]) -> int:
    """Build everything into dist/; with --without-images, wheels and chart only."""
    try:
        sums = release(ROOT / "dist", "--without-images" not in arguments)
    except (NotReady, ClusterError) as why:
        print(f"release: {why}", file=sys.stderr)
        return 1
    print(sums.read_text(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
