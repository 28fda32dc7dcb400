"""The operator as its users run it: a process of its own, with its log kept."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

# It dies with the test run that started it (prctl's PR_SET_PDEATHSIG): a run that is killed ends no operator,
# and the next cluster would find one that still looks for the old one.
MORTAL = "import ctypes, sys; sys.platform == 'linux' and ctypes.CDLL(None).prctl(1, 9)"
COMMAND = [sys.executable, "-c", f"{MORTAL}; from tuning_operator.cli import main; main()", "operator"]


class OperatorProcess:
    """`tuning operator --namespace NS …`, which can be ended kindly or killed, and started again."""

    def __init__(self, kubeconfig: Path, log: Path, *namespaces: str, flags: tuple[str, ...] = ()) -> None:
        self.log = log
        where = [flag for namespace in namespaces for flag in ("--namespace", namespace)]
        self._command = [*COMMAND, *where, "--kubeconfig", str(kubeconfig), "--workers", "1", *flags]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "OperatorProcess":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def start(self) -> None:
        # A test's pod statuses come from plain HTTP on this machine, never through a proxy of its user.
        environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stderr=log, stdout=log, env=environment)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        return self._send(signal.SIGTERM)

    def kill(self) -> int:
        return self._send(signal.SIGKILL)

    def wait(self, seconds: float = 30) -> int:
        assert self._process is not None
        return self._process.wait(seconds)

    def nap(self, seconds: float) -> None:
        """Wait a moment, or until the process ends."""
        assert self._process is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def said(self) -> str:
        return self.log.read_text()

    def _send(self, number: int) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(40)
