"""Tells a process from another that has its number: by the moment it was born."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

PROC = Path("/proc")
DEAD = {"Z", "X"}  # a zombie that nobody reaps is no more running


def process_uid(pid: int) -> str | None:
    """A name no other process ever has: number, time of birth and, on Linux, the boot. None: not alive."""
    birth = _birth_on_linux(pid) if (PROC / "self/stat").exists() else _birth_elsewhere(pid)
    return None if birth is None else f"{pid}-{birth}"


def pid_of(uid: str) -> int:
    """The number in a process's uid."""
    return int(uid.partition("-")[0])


def is_alive(uid: str) -> bool:
    """Whether the process of this uid still runs."""
    return process_uid(pid_of(uid)) == uid


def signal_group(uid: str, number: int) -> None:
    """Signal the process group that this process leads; nothing happens when it is no more."""
    try:
        os.killpg(pid_of(uid), number)
    except (ProcessLookupError, PermissionError):  # gone; its number may be somebody else's by now
        return


def _birth_on_linux(pid: int) -> str | None:
    try:
        stat = (PROC / str(pid) / "stat").read_text()
        boot = (PROC / "sys/kernel/random/boot_id").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()  # the name before may hold spaces and parentheses
    state, ticks = fields[0], fields[19]  # fields 3 and 22 of proc(5)
    return None if state in DEAD else f"{ticks}-{boot[:8]}"


def _birth_elsewhere(pid: int) -> str | None:
    # Each column by itself: to a BSD's ps all that follows a `=` is the title of that one column.
    command = ["ps", "-o", "state=", "-o", "lstart=", "-p", str(pid)]
    here = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}  # another terminal's settings are the same moment
    shown = subprocess.run(command, capture_output=True, text=True, check=False, env=here).stdout.split()
    return "-".join(shown[1:]).replace(":", "") if shown and shown[0][0] not in DEAD else None
