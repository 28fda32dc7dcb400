"""Ctrl-C in a real terminal: once stops cleanly, twice at once; the same command goes on."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Callable

from tests.local.commands import REPORT, Directory

Make = Callable[..., Directory]
CTRL_C = b"\x03"


class Terminal:
    """A command in a pseudo-terminal of 80 by 24."""

    def __init__(self, there: Directory, *options: str) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._process = subprocess.Popen(
            ["setsid", "--ctty", *there.arguments(*options)],
            cwd=there.path,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm-256color"},
        )
        os.close(slave)
        self.shown = ""

    def wait_for(self, words: str) -> None:
        while words not in self.shown:
            part = os.read(self._master, 65536)
            self.shown += part.decode("utf-8", "replace")

    def press(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def exit_code(self) -> int:
        try:
            while part := os.read(self._master, 65536):
                self.shown += part.decode("utf-8", "replace")
        except OSError:  # how Linux says that the other side has closed
            pass
        os.close(self._master)
        return self._process.wait()


SAVES = """
trap 'echo saved >> saved; exit 143' TERM
echo $TUNING_PURPOSE >> began
test -f go || for i in $(seq 600); do sleep 0.1; done
"""


def test_ctrl_c_stops_cleanly_and_the_same_command_goes_on(directory: Make) -> None:
    there = directory(SAVES + REPORT, max=2)
    terminal = Terminal(there)
    terminal.wait_for("▸")
    while len(there.words("began")) < 2:
        terminal.wait_for("")
    terminal.press(CTRL_C)
    assert terminal.exit_code() == 130
    assert terminal.shown.count("0 of 2 trials done; kept in runs/job; the same command goes on") == 1
    assert there.words("saved") == ["saved", "saved"]
    assert not any(trial.finished for trial in there.trials())

    (there.path / "go").touch()
    assert there.run().returncode == 0
    assert [len(trial.status.runs) for trial in there.trials()] == [2, 2]
    assert sorted(there.words("began")) == ["Resume", "Resume", "Train", "Train"]


def test_ctrl_c_twice_leaves_at_once(directory: Make) -> None:
    there = directory("trap '' TERM; echo x >> began;" + "sleep 0.2;" * 300, max=1)
    terminal = Terminal(there)
    while not there.words("began"):
        pass
    terminal.press(CTRL_C)
    terminal.wait_for("once more")
    terminal.press(CTRL_C)
    assert terminal.exit_code() == 130


def test_the_live_view_shows_the_job_and_ends_with_the_result(directory: Make) -> None:
    terminal = Terminal(directory(REPORT, max=3))
    assert terminal.exit_code() == 0
    for words in ("job", "loss ↓", "3/3", "baseline", "everything is kept in"):
        assert words in terminal.shown


def test_a_terminal_is_not_obeyed_by_what_trials_say(directory: Make) -> None:
    there = directory(r"printf 'a\033[31m[bold]b\007' ; exit 1", max=1, maxFailed=0)
    terminal = Terminal(there)
    assert terminal.exit_code() == 1
    assert "\x1b[31m[bold]b" not in terminal.shown
    assert "\x07" not in terminal.shown
    assert "[bold]b" in terminal.shown
