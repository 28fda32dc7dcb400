"""Start processes that may outlive us, remember them on disk, and end exactly those again."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from tests.cluster.errors import ClusterError


class Processes:
    """The processes of one cluster.

    `record` holds one JSON object per line with name, pid and start time: a pid alone may
    since belong to someone else's process.
    """

    def __init__(self, record: Path, logs: Path) -> None:
        self.record = record
        self.logs = logs

    def start(self, name: str, command: list[str], environment: dict[str, str] | None = None) -> int:
        """Start a command in a session of its own, so that Ctrl-C in a test run does not reach it."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **(environment or {})},
            )
        process.returncode = 0  # we look after it by pid: Popen must not warn that it still runs
        with self.record.open("a") as record:
            print(
                json.dumps({"name": name, "pid": process.pid, "started": started_at(process.pid)}),
                file=record,
            )
        return process.pid

    def recorded(self) -> Iterator[tuple[str, int]]:
        """Name and pid of the recorded processes that are still alive, in the order they were started."""
        if not self.record.exists():
            return
        for line in self.record.read_text().splitlines():
            with suppress(ValueError):  # a crash may have cut the last line
                entry = json.loads(line)
                if started_at(entry["pid"]) == entry["started"]:
                    yield entry["name"], entry["pid"]

    def pid(self, name: str) -> int | None:
        return dict(self.recorded()).get(name)

    def stop(self, *names: str, patience: float = 3.0) -> None:
        """End these processes (all, if none is named): SIGTERM, and SIGKILL when patience ends."""
        chosen = [pid for name, pid in self.recorded() if not names or name in names]
        for sign, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 10.0)):
            alive = [pid for pid in chosen if started_at(pid)]
            for pid in alive:
                with suppress(ProcessLookupError):
                    os.kill(pid, sign)
            if all_gone(alive, seconds):
                return
        raise ClusterError(f"processes {chosen} do not end")

    def tail(self, name: str, lines: int = 15) -> str:
        log = self.logs / f"{name}.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""

    def wait_until(self, what: str, ready: Callable[[], bool], name: str, seconds: float = 60.0) -> None:
        """Wait for `ready`; end early with the log's last lines when the process has died."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self.pid(name) is None:
                raise ClusterError(f"{name} ended before {what}; its last words:\n{self.tail(name)}")
            if time.monotonic() > deadline:
                raise ClusterError(f"no {what} after {seconds:.0f} s; {name} says:\n{self.tail(name)}")
            time.sleep(0.05)


def started_at(pid: int) -> str | None:
    """The kernel's start time of a living process (field 22 of its stat), None when it is gone."""
    _reap(pid)
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else fields[19]


def children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def all_gone(pids: list[int], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(started_at(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _reap(pid: int) -> None:
    with suppress(ChildProcessError):  # not our child: its own parent reaps it
        os.waitpid(pid, os.WNOHANG)
