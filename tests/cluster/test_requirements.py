"""Which tests a machine can run, by what is there: decided before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster import requirements, settings
from tests.cluster.requirements import (
    EVERY_PROGRAM,
    missing_for_control_plane,
    missing_for_images,
    missing_for_pods,
)

NO_ROOT = "running pods needs root"
NO_GO = "Go is not installed: building Kubernetes needs Go 1.25 or newer"


@pytest.mark.parametrize(
    ("what", "root", "lacks", "control_plane", "pods", "images"),
    [
        ("all is there", True, [], None, None, None),
        ("no root", False, [], None, NO_ROOT, "building images needs root"),
        ("no Go", True, ["go"], NO_GO, NO_GO, None),
        ("neither", False, ["go"], NO_GO, NO_ROOT, "building images needs root"),
        ("no root, nor what a bridge needs", False, ["ip"], None, NO_ROOT, "building images needs root"),
        (
            "no openssl",
            True,
            ["openssl"],
            "not installed: openssl (Debian: openssl)",
            "not installed: openssl (Debian: openssl)",
            None,
        ),
        ("no containerd", True, ["ctr"], None, "not installed: ctr (Debian: containerd)", None),
        (
            "no CNI",
            True,
            ["bridge"],
            None,
            "the CNI plugins are not installed (Debian: containernetworking-plugins)",
            None,
        ),
        ("no buildah", True, ["buildah"], None, None, "not installed: buildah (Debian: buildah)"),
    ],
)
def test_what_a_machine_lacks_is_named_for_what_needs_it(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    what: str,
    root: bool,
    lacks: list[str],
    control_plane: str | None,
    pods: str | None,
    images: str | None,
) -> None:
    for program in {*EVERY_PROGRAM, "go", "bridge"} - {*lacks}:
        (tmp_path / program).write_text("#!/bin/sh\necho go1.25.0\n")
        (tmp_path / program).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("TUNING_CACHE", str(tmp_path / "cache"))  # nothing was built here before
    monkeypatch.setattr(requirements, "CNI_DIRECTORIES", (tmp_path,))
    monkeypatch.setattr(settings, "is_root", lambda: root)
    found = missing_for_control_plane(), missing_for_pods(), missing_for_images()
    assert found == (control_plane, pods, images), what
