"""The functions that a program calls, around the one session of this process.

**SIGTERM.** The message with `"interrupted": true` is written when the signal comes. What happens then is the
rule that loses least: a program that has called `should_stop()` is trusted to ask again, save and leave by
itself; any other is left by SystemExit(143) from where it stands, so that its `finally` blocks and exit
handlers still run. A second SIGTERM leaves either. However the program ends, the exit code is 143. Only when
`finish()` had handed in the complete result before the signal, the signal changes nothing. A handler that the
program had installed before its first call into the SDK is called instead of leaving.
"""

import atexit
import contextlib
import logging
import os
import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Any, SupportsIndex

from tuning_trial.contract import read_contract
from tuning_trial.errors import INTERRUPTED, last_line
from tuning_trial.session import Session, say

_session: Session | None = None
_lock = threading.RLock()
_handles_sigterm = False


def parameters() -> dict[str, Any]:
    """Return this trial's parameters by name; outside of a trial, an empty dict.

    Raises:
        UserError: TUNING_PARAMETERS or another variable of the contract is malformed.
    """
    return dict(current().contract.parameters)


def report(*, step: SupportsIndex | None = None, **metrics: Any) -> None:
    """Report metrics: anything that float() takes, a NumPy scalar or a tensor too.

    Args:
        step: a whole number that grows, such as the epoch; left out, it counts from 1. Several reports of one
            step belong together. Rungs are recorded at exactly the steps named in TUNING_RUNGS.
        metrics: values by name; for a name that is no Python identifier, `report(**{"val/loss": 0.1})`.

    Raises:
        TypeError: a value is no number; the message names the metric.
    """
    current().report(step, metrics)


def should_stop() -> bool:
    """Say whether a SIGTERM has come. A program that asks is expected to ask often, save, and leave."""
    session = current()
    session.has_asked = True
    return session.interrupted


def finish() -> None:
    """Write the termination message now; a normal end of the interpreter does it by itself."""
    current().finish()


def current() -> Session:
    """Return this process's session; the first call inside a trial starts the page and the handlers."""
    global _session
    with _lock:
        if _session is None:
            _session = Session(read_contract(os.environ))
            if _session.contract.in_trial:
                _serve(_session)
                _at_exit(_session)
        if _session.contract.in_trial:
            _handle_sigterm(_session)
        return _session


def _serve(session: Session) -> None:
    from tuning_trial.page import serve

    port = session.contract.port
    try:
        serve(port, lambda: session.record)
    except OSError as error:
        say(f"port {port} cannot be used ({error}): metrics will be in the termination message only")


def _at_exit(session: Session) -> None:
    previous = sys.excepthook

    def note_error(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if session.is_ours():
            session.fail(last_line(error))
        previous(kind, error, trace)

    sys.excepthook = note_error
    atexit.register(_end, session)


def _end(session: Session) -> None:
    """Hand in the result. An interrupted program must not exit 0, and only os._exit can still change that."""
    if not session.is_ours():
        return
    session.finish()
    if session.interrupted:
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(INTERRUPTED)


def _handle_sigterm(session: Session) -> None:
    """Install the handler; only the main thread may, so another thread's first call leaves it to the next."""
    global _handles_sigterm
    if _handles_sigterm or threading.current_thread() is not threading.main_thread():
        return
    _handles_sigterm = True
    previous = signal.getsignal(signal.SIGTERM)

    def handle(number: int, frame: FrameType | None) -> None:
        if not session.is_ours():  # a forked worker being terminated is not the trial
            signal.signal(signal.SIGTERM, previous if callable(previous) else signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        comes_again = session.interrupted
        session.interrupt()
        if callable(previous):
            previous(number, frame)
        elif session.interrupted and (comes_again or not session.has_asked):
            raise SystemExit(INTERRUPTED)

    signal.signal(signal.SIGTERM, handle)
