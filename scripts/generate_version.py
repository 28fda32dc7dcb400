"""Writes the version of pyproject.toml wherever else it stands: packages, chart, tags of images, pages."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tests.cluster.images import ROOT, version

BEFORE = "|".join(
    (
        '^version = "',
        '^__version__ = "',
        "^(?:version|appVersion): ",
        r"(?:ghcr\.io/tuning-operator|registry\.example\.com)/[a-z-]+:",
        "tuning-operator==",
        "(?:targetRevision|tag): v",
        "[Vv]ersion ",
    )
)
OLD = re.compile(rf"({BEFORE})\d+\.\d+\.\d+(?:-?(?:a|b|rc|alpha|beta|dev)\.?\d+)?", re.MULTILINE)
PLACES = (
    "operator/Dockerfile",
    "operator/tuning_operator/__init__.py",
    "operator/tuning_operator/init/manifest.py",
    "trial_image/Dockerfile",
    "trial_image/pyproject.toml",
    "helm/tuning-operator/Chart.yaml",
    "manifests/examples/**/*.yaml",
    "README.md",
    "docs/install.md",
    "docs/operations.md",
)


def with_version(text: str, version: str) -> str:
    """The text with this version wherever it names the project's."""
    return OLD.sub(lambda found: found[1] + version, text)


def stale(root: Path = ROOT) -> dict[Path, str]:
    """The files that name another version, and what they should say."""
    files = {path: path.read_text() for place in PLACES for path in sorted(root.glob(place))}
    wanted = {path: with_version(text, version(root)) for path, text in files.items()}
    return {path: text for path, text in wanted.items() if text != files[path]}


def main(arguments: list[str]) -> int:
    """Write the files; with --check, only say which ones differ."""
    found = stale()
    for path, text in found.items():
        if "--check" not in arguments:
            path.write_text(text)
    if found:
        names = ", ".join(str(path.relative_to(ROOT)) for path in found)
        print(f"{'another version than pyproject.toml' if '--check' in arguments else 'written'}: {names}")
    return int(bool(found) and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
