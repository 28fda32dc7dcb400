"""A process is never taken for another one that has its number."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest
from tuning_operator.local import identity
from tuning_operator.local.identity import is_alive, pid_of, process_uid, signal_group


@pytest.fixture(autouse=True, params=["by /proc", "by ps, as on macOS"])
def source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param != "by /proc":
        monkeypatch.setattr(identity, "PROC", Path("/nowhere"))


def test_a_running_process_has_a_uid_that_stays() -> None:
    uid = process_uid(os.getpid())
    assert uid is not None
    assert uid == process_uid(os.getpid())
    assert pid_of(uid) == os.getpid()
    assert is_alive(uid)


def test_it_is_the_same_whatever_the_terminal_has_set(monkeypatch: pytest.MonkeyPatch) -> None:
    uid = process_uid(os.getpid())
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    assert process_uid(os.getpid()) == uid


def test_the_state_of_a_process_is_no_part_of_it() -> None:
    process = subprocess.Popen(["sh", "-c", "read -r line; while :; do :; done"], stdin=subprocess.PIPE)
    try:
        asleep = process_uid(process.pid)
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.close()
        time.sleep(0.1)
        assert process_uid(process.pid) == asleep
    finally:
        process.kill()
        process.wait()


def test_a_number_used_again_is_another_process() -> None:
    assert not is_alive(f"{os.getpid()}-1-00000000")


def test_a_dead_process_is_dead_before_it_is_reaped() -> None:
    process = subprocess.Popen(["sleep", "60"], start_new_session=True)
    uid = process_uid(process.pid)
    assert uid is not None
    signal_group(uid, 9)
    while is_alive(uid):
        time.sleep(0.01)
    assert process.wait() == -9


def test_signalling_what_is_gone_does_nothing() -> None:
    process = subprocess.Popen(["true"], start_new_session=True)
    process.wait()
    signal_group(f"{process.pid}-0-0", 15)
