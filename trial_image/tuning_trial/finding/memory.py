"""The memory that a process may take before the kernel would end it, and perhaps its neighbours."""

import contextlib
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

CGROUP = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
MACHINE = Path("/proc/meminfo")
SHARE = 0.95  # of what there is: memory grows between two looks
PAUSE = 0.02  # seconds between them


@dataclass(frozen=True)
class Limit:
    """most: bytes that a process may hold; None where nothing is known.

    The kernel's own end comes too late: a container's cgroup is killed as a whole on today's Kubernetes
    (memory.oom.group), and a laptop's kernel may choose another program.
    """

    most: float | None

    @classmethod
    def of_this_machine(cls) -> "Limit":
        """Read what the container may have, and what the machine has left."""
        texts = [_read(path) for path in CGROUP]
        return cls(limit_of(texts, _read(MACHINE)))

    def watch(self, process: "subprocess.Popen[bytes]") -> bool:
        """Wait for the process to end; say whether it had to be ended because it held too much."""
        while self.most is not None and process.poll() is None:
            if _held(process.pid) > self.most:
                process.kill()
                process.wait()
                return True
            time.sleep(PAUSE)
        process.wait()
        return False


def limit_of(cgroup: list[str], machine: str) -> float | None:
    """Return SHARE of the smallest of the limits. Pure.

    Args:
        cgroup: the contents of cgroup files: bytes, or "max".
        machine: that of /proc/meminfo, whose MemAvailable counts, in KiB.
    """
    limits = [float(text) for text in cgroup if text.strip().isdigit()]
    for line in machine.splitlines():
        if line.startswith("MemAvailable:"):
            limits.append(1024 * float(line.split()[1]))
    return SHARE * min(limits) if limits else None


def _held(pid: int) -> int:
    """Bytes in memory; 0 of a process that has ended, and where there is no /proc."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _read(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text()
    return ""
