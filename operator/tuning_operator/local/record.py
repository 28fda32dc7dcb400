"""What a run leaves on disk: in place of the cluster's Job, and as complete."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from tuning_operator.errors import MachineError
from tuning_operator.local import identity
from tuning_operator.local.files import read_tail, remove, write_whole

LOG_BYTES = 1 << 16  # enough for the last lines of any log
MESSAGE_BYTES = 4096  # the kubelet keeps no more of a termination message either


@dataclass(frozen=True)
class RunFiles:
    """The files of one run."""

    directory: Path
    number: int
    run: int

    @property
    def log(self) -> Path:
        return self.directory / "trials" / f"{self.number}-r{self.run}.log"

    @property
    def record(self) -> Path:
        return self._process("json")

    @property
    def message(self) -> Path:
        """Where the trial writes its termination message."""
        return self._process("message")

    @property
    def exit(self) -> Path:
        """Where the run's exit code appears when it has ended, whoever is watching."""
        return self._process("exit")

    def _process(self, suffix: str) -> Path:
        return self.directory / "processes" / f"{self.number}-r{self.run}.{suffix}"

    def exit_code(self) -> int | None:
        text = read_tail(self.exit, 16)
        return int(text) if text and text.strip().isdigit() else None

    def ended(self) -> datetime | None:
        """When the exit code was written."""
        try:
            return datetime.fromtimestamp(self.exit.stat().st_mtime, timezone.utc)
        except OSError:
            return None

    def termination_message(self) -> str | None:
        return read_tail(self.message, MESSAGE_BYTES)

    def last_line(self) -> str | None:
        """The last line of the log that says anything: of a traceback, the exception."""
        lines = self.last_lines(1)
        return lines[0] if lines else None

    def last_lines(self, count: int) -> list[str]:
        """The end of the log."""
        text = read_tail(self.log, LOG_BYTES) or ""
        return [line for line in text.splitlines() if line.strip()][-count:]

    def remove(self) -> None:
        """Forget the process; its log stays. The record goes last: it is what says that there was one."""
        for path in (self.exit, self.message, self.record):
            remove(path)


@dataclass(frozen=True)
class RunRecord:
    """A process that was started as a run of a Trial.

    uid: the process's, see `identity`.
    port: where it serves its metrics.
    devices: the GPUs it has to itself.
    stopping: it has been told to stop.
    """

    number: int
    run: int
    uid: str
    port: int
    started: str
    devices: tuple[str, ...] = ()
    stopping: bool = False

    @property
    def start_time(self) -> datetime:
        return datetime.fromisoformat(self.started)

    def told_to_stop(self) -> RunRecord:
        return replace(self, stopping=True)

    def write(self, files: RunFiles) -> None:
        write_whole(files.record, json.dumps(asdict(self)) + "\n")

    @classmethod
    def read(cls, path: Path) -> RunRecord:
        """Raises MachineError where the file does not tell which process it is."""
        try:
            body = json.loads(path.read_text(encoding="utf-8"))
            record = cls(**{**body, "devices": tuple(body["devices"])})
            if identity.pid_of(record.uid) > 0 and record.start_time.tzinfo:
                return record
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            pass
        raise MachineError(
            f"{path} is no record that this command wrote; restore it, or see that no process of the "
            "trial still runs and start over with --fresh"
        )
