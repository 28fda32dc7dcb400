"""One run: started once, stopped, and taken up by a later command."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tuning_operator.errors import MachineError
from tuning_operator.local import process
from tuning_operator.local.process import LocalRun
from tuning_operator.local.record import RunFiles

Drive = Callable[[LocalRun, asyncio.Event], Awaitable[None]]


def files_in(directory: Path) -> RunFiles:
    return RunFiles(directory / "job", 1, 1)


def started(directory: Path, script: str, drive: Drive) -> LocalRun:
    """Start a shell script as a run, do something to it, and wait for its end."""

    async def run() -> LocalRun:
        over = asyncio.Event()
        found = await process.start(
            files_in(directory),
            ["sh", "-c", script, str(files_in(directory).message)],
            os.environ,
            directory,
            9,
            (),
            over.set,
        )
        await drive(found, over)
        await over.wait()
        await found.close()
        return found

    return asyncio.run(run())


async def nothing(_: LocalRun, __: asyncio.Event) -> None:
    return


def test_the_exit_code_and_the_end_are_on_disk(tmp_path: Path) -> None:
    run = started(tmp_path, "exit 7", nothing)
    assert (run.exit_code, files_in(tmp_path).exit_code()) == (7, 7)
    assert run.view.state == "Ended"
    assert run.view.ended == files_in(tmp_path).ended()


def test_the_last_line_of_the_log_is_its_last_word(tmp_path: Path) -> None:
    run = started(tmp_path, "echo a; echo; echo b >&2; echo; exit 1", nothing)
    assert run.view.message == "b"


def test_a_run_that_is_stopped_may_save_and_choose_its_code(tmp_path: Path) -> None:
    async def stop(run: LocalRun, _: asyncio.Event) -> None:
        while not (tmp_path / "ready").exists():
            await asyncio.sleep(0.01)
        await run.stop(30)

    script = "trap 'echo saved; exit 143' TERM; touch ready; while :; do sleep 0.1; done"
    run = started(tmp_path, script, stop)
    assert (run.exit_code, run.view.stopping, run.view.exists) == (143, True, False)
    assert files_in(tmp_path).last_line() == "saved"


@pytest.mark.parametrize("make", ["mkfifo", "mkdir"])
def test_a_termination_message_that_is_no_file_is_none_and_can_go(tmp_path: Path, make: str) -> None:
    run = started(tmp_path, f'rm "$0"; {make} "$0"; echo said', nothing)
    assert (run.view.report, run.view.message) == (None, "said")
    files_in(tmp_path).remove()
    assert not list(files_in(tmp_path).message.parent.iterdir())


def test_a_later_command_reads_how_a_run_ended(tmp_path: Path) -> None:
    started(tmp_path, "exit 3", nothing)
    found = process.take_up(files_in(tmp_path), lambda: None, 30)
    assert (found.view.state, found.view.exit_code) == ("Ended", 3)


def test_a_run_gone_without_a_word_counts_as_disrupted(tmp_path: Path) -> None:
    started(tmp_path, "exit 0", nothing)
    files_in(tmp_path).exit.unlink()
    found = process.take_up(files_in(tmp_path), lambda: None, 30)
    assert (found.view.state, found.view.cause) == ("Gone", "Disrupted")


@pytest.mark.parametrize("text", [b"", b"{", b"7", b"{}", b"\xff"])
def test_a_spoilt_record_is_named_and_does_not_keep_from_starting_over(tmp_path: Path, text: bytes) -> None:
    files = files_in(tmp_path)
    files.record.parent.mkdir(parents=True)
    files.record.write_bytes(text)
    with pytest.raises(MachineError, match=r"1-r1\.json is no record .* --fresh"):
        process.take_up(files, lambda: None, 30)
    process.end_leftover(files)


@pytest.mark.parametrize(
    "change", [{"uid": 7}, {"uid": "x"}, {"uid": "0-1"}, {"started": "noon"}, {"more": 1}]
)
def test_a_record_that_names_no_process_is_spoilt(tmp_path: Path, change: dict[str, object]) -> None:
    started(tmp_path, "exit 0", nothing)
    path = files_in(tmp_path).record
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(MachineError, match="is no record"):
        process.take_up(files_in(tmp_path), lambda: None, 30)


def test_free_ports_are_not_given_twice() -> None:
    taken: set[int] = set()
    for _ in range(20):
        taken.add(process.free_port(taken))
    assert len(taken) == 20
