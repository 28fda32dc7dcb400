"""How a process that uses the SDK ends: its message, its exit code, and SIGTERM.

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
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

from tuning_trial.checkpoint import forget
from tuning_trial.errors import INTERRUPTED, USER_ERROR, UserError, last_line
from tuning_trial.session import Session, say
from tuning_trial.trackers import detach

_obeys_sigterm = False
PATIENCE = 6.0  # seconds that the program may take to leave by itself, of the 10 that a trial has
RESCUE = 3.0  # seconds for what must still be kept after that


def end_with_a_message(session: Session) -> None:
    """Have the termination message written at the interpreter's end, an uncaught error included.

    A UserError is one line and exit code 2, as for `tuning-trial`; any other is Python's own affair.
    """
    previous = sys.excepthook

    def note_error(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        theirs = isinstance(error, UserError)
        if session.is_ours():
            session.fail(str(error) if theirs else last_line(error))
        if theirs:
            say(str(error))
            raise SystemExit(USER_ERROR)
        previous(kind, error, trace)

    sys.excepthook = note_error
    atexit.register(_end, session)


def hand_in(session: Session) -> None:
    """Write what there is, forget the checkpoint of a complete result, and let trackers finish."""
    session.finish()
    forget(session)
    detach(session)


def obey_sigterm(session: Session) -> None:
    """Install the handler, once; only the main thread may, so another thread leaves it to the next call."""
    global _obeys_sigterm
    if _obeys_sigterm or threading.current_thread() is not threading.main_thread():
        return
    _obeys_sigterm = True
    previous = signal.getsignal(signal.SIGTERM)
    comes_again = False

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal comes_again
        session.interrupt()
        if session.interrupted and session.listeners and not comes_again:
            _see_out()
        if callable(previous):
            previous(number, frame)
        elif session.interrupted and not session.is_keeping and (comes_again or not session.has_asked):
            raise SystemExit(INTERRUPTED)
        comes_again = True

    signal.signal(signal.SIGTERM, handle)
    _spare_workers(signal.SIG_DFL if previous is None else previous)


def leave_in_time(session: Session) -> None:
    """See that a SIGTERM is heeded while Python is in a long step, where no handler of Python's can run.

    The message is written at once all the same. If the process is still there after PATIENCE seconds,
    `session.rescue` is called, from another thread, and has RESCUE seconds; then the process is ended with
    143. To be called by the main thread, once, when the handler is there.
    """
    ends, begins = os.pipe()
    os.set_blocking(begins, False)
    signal.set_wakeup_fd(begins, warn_on_full_buffer=False)

    def watch() -> None:
        while signal.SIGTERM not in os.read(ends, 64):
            pass
        session.interrupt()
        if not session.interrupted:
            return
        time.sleep(PATIENCE)
        last = threading.Thread(target=_tried, args=(session.rescue,), daemon=True)
        last.start()
        last.join(RESCUE)
        os._exit(INTERRUPTED)

    threading.Thread(target=watch, daemon=True, name="sigterm").start()


def leave_at_once(code: int) -> None:
    """End the process without the exit handlers that there are, once all that was printed is out."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)


def _see_out() -> None:
    """End a program that has ended but for exit handlers which wait for a tracker's server.

    They may come before ours, which leaves trackers alone after a while: a library that hangs as it connects
    has registered its own later.
    """

    def watch() -> None:
        threading.main_thread().join()
        time.sleep(PATIENCE)
        leave_at_once(INTERRUPTED)

    threading.Thread(target=watch, daemon=True, name="see out").start()


def _tried(rescue: Callable[[], None]) -> None:
    try:
        rescue()
    except Exception as error:
        say(f"what was trained could not be kept: {last_line(error)}")


def _spare_workers(previous: Callable[..., Any] | int) -> None:
    """Give a forked worker its old handler back: a worker being terminated is not the trial.

    The signal waits during the fork, for Python forgets one that reaches a child before it is ready, and a
    pool that terminates its workers would then wait for ever.
    """

    def hold() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

    def release() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})

    def become_a_worker() -> None:
        signal.signal(signal.SIGTERM, previous)
        signal.set_wakeup_fd(-1)
        release()

    os.register_at_fork(before=hold, after_in_parent=release, after_in_child=become_a_worker)


def _end(session: Session) -> None:
    """Hand in the result. An interrupted program must not exit 0, and only os._exit can still change that."""
    if not session.is_ours():
        return
    hand_in(session)
    if session.interrupted:
        leave_at_once(INTERRUPTED)
