"""Files that are whole, and directories that one command has to itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tuning_operator.errors import MachineError
from tuning_operator.local.files import locked, move_aside, read_tail, remove, write_whole


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "1.yaml"
    write_whole(path, "old")
    write_whole(path, "né")
    assert [p.name for p in tmp_path.iterdir()] == ["1.yaml"]
    assert path.read_text(encoding="utf-8") == "né"


def test_the_end_of_a_file_is_read_whatever_it_holds(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"x" * 100 + b"\xffend")
    assert read_tail(tmp_path / "log", 4) == "\ufffdend"
    assert read_tail(tmp_path / "none", 4) is None


def test_what_is_no_file_is_not_read_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "directory").mkdir()
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    assert [read_tail(tmp_path / name, 9) for name in ("pipe", "directory", "link")] == [None] * 3


def test_whatever_is_there_is_removed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    (kept / "below").mkdir(parents=True)
    (tmp_path / "directory" / "below").mkdir(parents=True)
    (tmp_path / "link").symlink_to(kept)
    os.mkfifo(tmp_path / "pipe")
    for name in ("directory", "link", "pipe", "none"):
        remove(tmp_path / name)
    assert list(tmp_path.iterdir()) == [kept]
    assert (kept / "below").exists()


def test_a_directory_is_moved_to_a_name_no_job_can_have(tmp_path: Path) -> None:
    for _ in range(3):
        (tmp_path / "job").mkdir()
        aside = move_aside(tmp_path / "job")
        assert aside is not None
        assert aside.name.startswith("job.")
    assert len(list(tmp_path.iterdir())) == 3
    assert move_aside(tmp_path / "job") is None


def test_a_lock_is_held_against_others_and_let_go(tmp_path: Path) -> None:
    directory = tmp_path / "runs" / "job"
    with locked(directory), pytest.raises(MachineError, match="in use by another"), locked(directory):
        pass
    with locked(directory):
        pass


def test_the_lock_of_a_killed_command_is_free(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, sys; from tuning_operator.local.files import locked\n"
        "with locked(pathlib.Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "job")], check=False)
    with locked(tmp_path / "job"):
        pass


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MachineError, match="choose a writable --runs-dir"), locked(tmp_path / "file" / "job"):
        pass
