"""One run: a trial's process, started once, watched, stopped, and taken up again after a kill."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from tuning_operator.engine.report import parse_report
from tuning_operator.engine.snapshot import Observed, RunView
from tuning_operator.errors import InternalError, MachineError
from tuning_operator.local import identity
from tuning_operator.local.record import RunFiles, RunRecord
from tuning_operator.local.template import GPU

# The shell waits for a line before it starts the program, so that a command killed
# before it has recorded the process leaves one that ends by itself: launched once. It
# outlives SIGTERM (the program does not: traps are not inherited) to write down the
# exit code, which is there then whoever is watching.
LAUNCHER = """\
exit_file=$1; shift
trap 'exit 143' TERM INT HUP
read -r go || exit 1
trap : TERM INT HUP
"$@" </dev/null
code=$?
echo "$code" >"$exit_file.part" && mv "$exit_file.part" "$exit_file"
exit "$code"
"""
POLL_SECONDS = 0.2  # for processes that are not our children: an earlier command's
KILLED = 128 + signal.SIGKILL
KILLED_WORDS = (
    "killed by SIGKILL; if nobody did, the kernel has: most likely the machine ran out of memory "
    "(`dmesg` says so), then fewer in parallel or a smaller model help"
)
LOST = "it ended while no command was watching, and left no exit code"


@dataclass
class LocalRun:
    """A run and what is known of it. `changed` is called when it has ended."""

    files: RunFiles
    record: RunRecord
    changed: Callable[[], None]
    scraped: tuple[Observed, ...] = ()
    exit_code: int | None = None
    ended: datetime | None = None
    lost: bool = False
    _last_view: RunView | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.record.port}/metrics"

    @property
    def is_over(self) -> bool:
        return self.ended is not None

    @property
    def view(self) -> RunView:
        """The run as `decide` reads it; one gone without a word counts as disrupted, so it goes on."""
        if self._last_view is None:
            view = self._view()
            self._last_view = view if self.is_over else None  # what is over is read from its files once
            return view
        return self._last_view

    def _view(self) -> RunView:
        return RunView(
            number=self.record.run,
            uid=self.record.uid,
            state="Gone" if self.lost else "Ended" if self.is_over else "Running",
            exists=not (self.lost or self.record.stopping),
            stopping=self.record.stopping,
            since=self.ended or self.record.start_time,
            started=self.record.start_time,
            ended=self.ended,
            exit_code=self.exit_code,
            cause="Disrupted" if self.lost else None,
            message=self._last_words() if self.is_over else None,
            report=parse_report(self.files.termination_message()) if self.is_over else None,
            scraped=self.scraped,
            node=socket.gethostname(),
            resources={GPU: str(len(self.record.devices))} if self.record.devices else None,
        )

    def _last_words(self) -> str | None:
        if self.lost:
            return LOST
        return KILLED_WORDS if self.exit_code == KILLED else self.files.last_line()

    def watch(self, process: asyncio.subprocess.Process | None) -> None:
        """Begin to wait for the end, of our child or of a process that an earlier command left."""
        waiting = self._until_child_ends(process) if process else self._until_gone()
        self._tasks.append(asyncio.create_task(waiting))

    async def stop(self, grace: float) -> None:
        """Tell the run to stop, and put that on record: a later command tells it again."""
        if not self.record.stopping:
            self.record = self.record.told_to_stop()
            self.record.write(self.files)  # first: after a kill in between it is told once more
        self.tell(grace)

    def tell(self, grace: float) -> None:
        """SIGTERM to its process group, SIGKILL after `grace` seconds."""
        identity.signal_group(self.record.uid, signal.SIGTERM)
        self._tasks.append(asyncio.create_task(self._kill_after(grace)))

    def kill(self) -> None:
        """End the run at once."""
        if not self.is_over:
            identity.signal_group(self.record.uid, signal.SIGKILL)

    async def close(self) -> None:
        """Stop watching; the process, if it still runs, goes on."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _kill_after(self, grace: float) -> None:
        await asyncio.sleep(grace)
        self.kill()

    async def _until_child_ends(self, process: asyncio.subprocess.Process) -> None:
        code = await process.wait()
        self.finish(code if code >= 0 else 128 - code)

    async def _until_gone(self) -> None:
        while identity.is_alive(self.record.uid):
            await asyncio.sleep(POLL_SECONDS)
        self.finish(KILLED)

    def finish(self, otherwise: int) -> None:
        """Note the end: the code that the launcher wrote, else this one (the launcher was killed too)."""
        identity.signal_group(self.record.uid, signal.SIGKILL)  # what the program left in the background
        code = self.files.exit_code()
        self.exit_code = otherwise if code is None else code
        self.ended = self.files.ended() or datetime.now(timezone.utc)
        self.changed()


async def start(
    files: RunFiles,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    directory: Path,
    port: int,
    devices: tuple[str, ...],
    changed: Callable[[], None],
) -> LocalRun:
    """Start a run in its own session, and return when its record is on disk."""
    for path in (files.log, files.record):
        path.parent.mkdir(parents=True, exist_ok=True)
    files.message.touch()
    with open(files.log, "ab") as log:
        process = await asyncio.create_subprocess_exec(
            "/bin/sh", "-c", LAUNCHER, "tuning", str(files.exit.absolute()), *arguments,
            stdin=asyncio.subprocess.PIPE, stdout=log, stderr=log,
            cwd=directory, env=dict(environment), start_new_session=True,
        )  # fmt: skip
    run = LocalRun(files, _record(files, process.pid, port, devices), changed)
    run.record.write(files)
    await _let_go(process)
    run.watch(process)
    return run


def _record(files: RunFiles, pid: int, port: int, devices: tuple[str, ...]) -> RunRecord:
    uid = identity.process_uid(pid)
    if uid is None:
        raise InternalError(f"process {pid}, started a moment ago, cannot be found")
    return RunRecord(files.number, files.run, uid, port, datetime.now(timezone.utc).isoformat(), devices)


async def _let_go(process: asyncio.subprocess.Process) -> None:
    if process.stdin is None:
        raise InternalError("a trial was started without a pipe")
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # somebody killed it already
        process.stdin.write(b"go\n")
        await process.stdin.drain()
    process.stdin.close()


def take_up(files: RunFiles, changed: Callable[[], None], grace: float) -> LocalRun:
    """A run of an earlier command: over, still going, or gone without a word while nobody watched.

    grace: as for `stop`, once more for a run that had been told: the one to kill it is gone.
    """
    run = LocalRun(files, RunRecord.read(files.record), changed)
    if identity.is_alive(run.record.uid):
        run.watch(None)
        if run.record.stopping:
            run.tell(grace)
        return run
    run.exit_code, run.ended = files.exit_code(), files.ended()
    if run.ended is None:
        run.lost, run.ended = True, datetime.now(timezone.utc)
    return run


def end_leftover(files: RunFiles) -> None:
    """End a process of an earlier command whose directory is about to go."""
    try:
        record = RunRecord.read(files.record)
    except MachineError:  # nobody can tell which process it was
        return
    if identity.is_alive(record.uid):
        identity.signal_group(record.uid, signal.SIGKILL)


def free_port(taken: set[int]) -> int:
    """A TCP port that nobody listens on and no other trial has been given."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in taken:
            return port
