"""A process is never taken for another one that has its number."""

from __future__ import annotations

import os
import subprocess
import time

from tuning_operator.local.identity import is_alive, pid_of, process_uid, signal_group


def test_a_running_process_has_a_uid_that_stays() -> None:
    uid = process_uid(os.getpid())
    assert uid is not None
    assert uid == process_uid(os.getpid())
    assert pid_of(uid) == os.getpid()
    assert is_alive(uid)


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
