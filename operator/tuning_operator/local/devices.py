"""Which GPUs this machine has, and which of them a trial gets."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping

from tuning_operator.errors import MachineError
from tuning_operator.local.template import CONTAINER, GPU

SECONDS = 20  # the driver wakes sleeping devices first


def find_devices(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Name the GPUs trials may use: CUDA_VISIBLE_DEVICES where it is set, else what `nvidia-smi` lists."""
    visible = environment.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return _visible(visible)
    return _listed(environment.get("PATH"))


def _visible(value: str) -> tuple[str, ...]:
    """CUDA's own reading: the list ends at the first invalid entry, such as -1."""
    devices: list[str] = []
    for device in (part.strip() for part in value.split(",")):
        if not device or device.startswith("-"):
            break
        devices.append(device)
    return tuple(devices)


def _listed(path: str | None) -> tuple[str, ...]:
    program = shutil.which("nvidia-smi", path=path)
    if program is None:
        return ()
    try:
        listed = subprocess.run([program, "-L"], capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    lines = [line for line in listed.stdout.splitlines() if line.startswith("GPU ")]
    return tuple(str(index) for index in range(len(lines))) if listed.returncode == 0 else ()


def most_at_once(per_trial: int, parallel: int, devices: tuple[str, ...]) -> int:
    """How many trials may run at once without sharing a device.

    Raises MachineError where not even one can.
    """
    if per_trial == 0:
        return parallel
    if per_trial > len(devices):
        found = {0: "no GPU", 1: "1 GPU"}.get(len(devices), f"{len(devices)} GPUs")
        raise MachineError(
            f"{CONTAINER}.resources.limits[{GPU}]: {per_trial} asked for, and {found} found on this "
            "machine (CUDA_VISIBLE_DEVICES, else nvidia-smi -L); lower or remove the limit, or run "
            "where there are more"
        )
    return min(parallel, len(devices) // per_trial)


def take(per_trial: int, devices: Iterable[str], in_use: Iterable[str]) -> tuple[str, ...]:
    """The devices of one more trial: the first free ones."""
    taken = set(in_use)
    return tuple([device for device in devices if device not in taken][:per_trial])
