"""What this machine needs to run the cluster, and what of it is missing."""

import shutil
from pathlib import Path

from tests.cluster import settings
from tests.cluster.binary import lacks_go

CNI_DIRECTORIES = (Path("/usr/lib/cni"), Path("/opt/cni/bin"))
CONTROL_PLANE_PROGRAMS = {"openssl": "openssl"}  # program: its Debian package
NODE_PROGRAMS = {
    "containerd": "containerd",
    "ctr": "containerd",
    "runc": "runc",
    "iptables": "iptables",
    "conntrack": "conntrack",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "busybox": "busybox-static",
}
IMAGE_PROGRAMS = {"buildah": "buildah", "debootstrap": "debootstrap"}
TEST_PROGRAMS = {"prometheus": "prometheus", "promtool": "prometheus", "node": "nodejs"}
EVERY_PROGRAM = CONTROL_PLANE_PROGRAMS | NODE_PROGRAMS | IMAGE_PROGRAMS | TEST_PROGRAMS


def missing_for_control_plane(version: str | None = None) -> str | None:
    """Why no API server can run here, None when one can."""
    programs = CONTROL_PLANE_PROGRAMS | ({"ip": "iproute2"} if settings.is_root() else {})
    return lacks_go(version or settings.default_version()) or _lacking(programs)


def missing_for_pods(version: str | None = None) -> str | None:
    """Why no pods can run here, None when they can."""
    if not settings.is_root():
        return "running pods needs root"
    if why := missing_for_control_plane(version) or _lacking(NODE_PROGRAMS):
        return why
    if not cni_directory():
        return "the CNI plugins are not installed (Debian: containernetworking-plugins)"
    return None


def missing_for_images() -> str | None:
    if not settings.is_root():
        return "building images needs root"
    return _lacking(IMAGE_PROGRAMS)


def missing_packages() -> list[str]:
    """The Debian packages that would bring what is missing."""
    packages = {package for program, package in EVERY_PROGRAM.items() if not shutil.which(program)}
    if not cni_directory():
        packages.add("containernetworking-plugins")
    return sorted(packages)


def cni_directory() -> Path | None:
    return next((each for each in CNI_DIRECTORIES if (each / "bridge").exists()), None)


def _lacking(programs: dict[str, str]) -> str | None:
    absent = [
        f"{program} (Debian: {package})" for program, package in programs.items() if not shutil.which(program)
    ]
    return f"not installed: {', '.join(absent)}" if absent else None
