"""Two images made of Debian's static busybox, without any image builder: `pause`, and a shell for tests."""

import hashlib
import io
import json
import platform
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

from tests.cluster import settings

PAUSE = "tuning.dev/pause:test"  # holds a pod's namespaces
SHELL = "tuning.dev/shell:test"  # sh, sleep, httpd, nc, wget …, as an unprivileged user
USER = "65532:65532"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def pause_archive() -> Path:
    return _archive(PAUSE, {"Entrypoint": ["/bin/sleep", "2147483647"], "User": "65535:65535"})


def shell_archive() -> Path:
    return _archive(SHELL, {"Cmd": ["/bin/sh"], "User": USER, "Env": ["PATH=/bin"]})


def names_in(archive: Path) -> list[str]:
    """The image names in an archive in Docker's or OCI's format."""
    with tarfile.open(archive) as opened:
        for member in opened:
            if member.name in ("manifest.json", "index.json"):
                found = json.load(opened.extractfile(member) or io.StringIO("{}"))
                return _docker_names(found) if member.name == "manifest.json" else _oci_names(found)
    return []


def _docker_names(manifests: list[dict[str, Any]]) -> list[str]:
    return [name for each in manifests for name in each["RepoTags"]]


def _oci_names(index: dict[str, Any]) -> list[str]:
    key = "org.opencontainers.image.ref.name"
    return [each["annotations"][key] for each in index["manifests"] if key in each.get("annotations", {})]


def _archive(name: str, config: dict[str, Any]) -> Path:
    """The archive in the cache, made anew only when busybox or this recipe changed."""
    busybox = Path(shutil.which("busybox") or "/bin/busybox").read_bytes()
    recipe = Path(__file__).read_bytes() + json.dumps([name, config]).encode()
    key = hashlib.sha256(busybox + recipe).hexdigest()[:16]
    archive = settings.cache_directory() / "images" / f"{name.split('/')[1].replace(':', '-')}-{key}.tar"
    if not archive.exists():
        archive.parent.mkdir(parents=True, exist_ok=True)
        partial = archive.with_suffix(".partial")
        _write_image(partial, name, config, _busybox_layer(busybox))
        partial.rename(archive)
    return archive


def _busybox_layer(busybox: bytes) -> bytes:
    applets = subprocess.run(["busybox", "--list"], check=True, capture_output=True, text=True).stdout.split()
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        for directory, mode in (("bin", 0o755), ("etc", 0o755), ("tmp", 0o1777)):
            tar.addfile(_member(directory, tarfile.DIRTYPE, mode))
        _add(tar, "bin/busybox", busybox, 0o755)
        _add(tar, "etc/passwd", b"root:x:0:0::/:/bin/sh\nnonroot:x:65532:65532::/tmp:/bin/sh\n", 0o644)
        for applet in applets:
            if applet != "busybox":
                link = _member(f"bin/{applet}", tarfile.SYMTYPE, 0o777)
                link.linkname = "busybox"
                tar.addfile(link)
    return layer.getvalue()


def _write_image(archive: Path, name: str, config: dict[str, Any], layer: bytes) -> None:
    """Docker's archive format: a configuration, one layer, and a manifest that names both."""
    description = {
        "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": config,
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
    }
    manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    with tarfile.open(archive, "w") as tar:
        _add(tar, "layer.tar", layer, 0o644)
        _add(tar, "config.json", json.dumps(description).encode(), 0o644)
        _add(tar, "manifest.json", json.dumps(manifest).encode(), 0o644)


def _add(tar: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    member = _member(name, tarfile.REGTYPE, mode)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


def _member(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.mode = kind, mode
    return member
