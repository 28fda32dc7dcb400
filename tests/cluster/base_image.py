"""A stand-in for python:*-slim where no registry can be reached: Debian's Python from Debian's packages.

Two images of one system: one with pip and venv, for build stages, and one from which both were
purged before it became a layer, for final stages.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.cluster import settings
from tests.cluster.builder import buildah, has_image
from tests.cluster.errors import ClusterError

SUITE = "bookworm"
PACKAGES = ("python3", "ca-certificates")
BUILD_PACKAGES = ("python3-venv", "python3-pip")
NEEDLESS = ("usr/share/doc", "usr/share/man", "usr/share/locale", "var/cache/apt", "var/lib/apt/lists")


def base_images() -> tuple[str, str]:
    """The names of the final stages' base and the build stages', made if they are not there (1 minute)."""
    final, build = f"localhost/python-base:{recipe()}", f"localhost/python-build:{recipe()}"
    if not (has_image(final) and has_image(build)):
        settings.cache_directory().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=settings.cache_directory()) as place:
            _make(Path(place), final, build)
    return final, build


def recipe() -> str:
    """Stands for what this file makes, and so for all images built on it."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]


def _make(place: Path, final: str, build: str) -> None:
    print("making the base image with debootstrap (a minute, once)", flush=True)
    tree = place / "tree"
    include = ",".join(PACKAGES + BUILD_PACKAGES)
    command = ["debootstrap", "--variant=minbase", f"--include={include}", SUITE, str(tree), mirror()]
    _run(command, {**os.environ, **_proxy()})
    _trim(tree)
    _commit(place, tree, build)
    _run(
        ["chroot", str(tree), "apt-get", "purge", "--yes", "--autoremove", *BUILD_PACKAGES], dict(os.environ)
    )
    for leftover in tree.glob("usr/lib/python3*/ensurepip"):
        shutil.rmtree(leftover)  # pip's installer, which Debian keeps with the standard library
    _trim(tree)
    _commit(place, tree, final)


def mirror() -> str:
    """Where this machine's own apt finds the suite; Debian's own address elsewhere."""
    wanted = "$(CODENAME) $(COMPONENT) $(REPO_URI)"
    command = ["apt-get", "indextargets", "--format", wanted, "Created-By: Packages"]
    for line in subprocess.run(command, capture_output=True, text=True).stdout.splitlines():
        if line.startswith(f"{SUITE} main "):
            return line.split()[2]
    return "http://deb.debian.org/debian"


def _proxy() -> dict[str, str]:
    """debootstrap fetches with wget, which does not know apt's proxy."""
    said = subprocess.run(
        ["apt-config", "shell", "proxy", "Acquire::http::Proxy"], capture_output=True, text=True
    )
    value = said.stdout.strip().removeprefix("proxy=").strip("'")
    return {"http_proxy": value} if value else {}


def _trim(tree: Path) -> None:
    for place in NEEDLESS:
        shutil.rmtree(tree / place, ignore_errors=True)
        (tree / place).mkdir(parents=True)
    for log in (tree / "var/log").glob("*.log"):
        log.unlink()


def _commit(place: Path, tree: Path, name: str) -> None:
    dockerfile = place / "Dockerfile"
    dockerfile.write_text('FROM scratch\nCOPY . /\nENV PATH=/usr/local/bin:/usr/bin:/bin\nCMD ["python3"]\n')
    buildah("build", "--file", str(dockerfile), "--tag", name, str(tree))


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise ClusterError(f"{command[0]} failed:\n{(done.stdout + done.stderr)[-3000:]}")
