"""What on this machine belongs to the cluster: nothing, once it has stopped."""

from collections.abc import Iterator
from pathlib import Path

from tests.cluster import settings
from tests.cluster.processes import started_at


def traces(root: Path) -> list[str]:
    """Every process, mount, network interface, cgroup and directory of the cluster below `root`."""
    found = [*_processes(root), *_mounts(root), *_interfaces(), *_cgroups()]
    return found + [f"directory {place}" for place in [root] if place.exists()]


def _processes(root: Path) -> Iterator[str]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if any(f"{root}/" in each for each in arguments) and started_at(int(process.name)):
            yield f"process {process.name} ({' '.join(arguments)[:70]})"


def _mounts(root: Path) -> Iterator[str]:
    for line in Path("/proc/self/mounts").read_text().splitlines():
        if line.split()[1].startswith(f"{root}/"):
            yield f"mount {line.split()[1]}"


def _interfaces() -> Iterator[str]:
    for interface in Path("/sys/class/net").glob(f"{settings.DEVICE}*"):
        yield f"interface {interface.name}"


def _cgroups() -> Iterator[str]:
    for place in [*settings.CGROUPS.glob(settings.NAME), *settings.CGROUPS.glob(f"*/{settings.NAME}")]:
        yield f"cgroup {place}"
