"""The functions that a program calls, around the one session of this process."""

import contextlib
import os
import threading
from dataclasses import replace
from typing import Any, SupportsIndex

from tuning_trial import checkpoint
from tuning_trial.checkpoint import Checkpoint
from tuning_trial.contract import Contract, of_malformed, read_contract
from tuning_trial.ending import end_with_a_message, hand_in, leave_at_once, leave_in_time, obey_sigterm
from tuning_trial.errors import INTERRUPTED, UserError
from tuning_trial.session import Session, say
from tuning_trial.trackers import attach, detach

_session: Session | None = None
_refusal: Session | None = None  # tells of a contract that is malformed, and knows nothing else
_lock = threading.RLock()


def parameters() -> dict[str, Any]:
    """Return this trial's parameters by name; outside of a trial, an empty dict.

    Raises:
        UserError: TUNING_PARAMETERS or another variable of the contract is malformed; left uncaught, it ends
            the program with exit code 2.
    """
    return dict(current().contract.parameters)


def report(*, step: SupportsIndex | None = None, **metrics: Any) -> None:
    """Report metrics: anything that float() takes, a NumPy scalar or a tensor too.

    Args:
        step: a whole number that grows, such as the epoch; left out, it counts from 1. Several reports of one
            step belong together. At exactly the steps named in TUNING_RUNGS the page keeps the values of
            objectives and constraints.
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
    """Write the termination message now; a normal end of the interpreter does it by itself.

    The result is complete then: a SIGTERM that comes later neither marks it as interrupted nor changes the
    exit code. Another `report` opens it again, for the message and the page; trackers have been told the end.
    """
    hand_in(current())


def save_checkpoint(data: bytes) -> None:
    """Save what the program needs to go on from here, with what it has reported; call it after `report`.

    It replaces the checkpoint before, at once. Without TUNING_ARTIFACT_DIR, and outside of a trial, it does
    nothing. The file is removed when a complete result is handed in.

    Args:
        data: the program's own, such as a pickle of its state or the bytes that torch.save writes.

    Raises:
        OSError: the artifact directory cannot be written to.
    """
    session = current()
    session.has_own_checkpoints = True
    checkpoint.save(session, data)


def load_checkpoint() -> Checkpoint | None:
    """Return what an earlier run of this trial saved before it was cut off, None for a trial that starts.

    `step` is the last step reported by then, and `data` what was given to `save_checkpoint`. What was
    reported counts as reported: go on with the step after it. Call it before the first `report`.
    """
    session = current()
    session.has_own_checkpoints = True
    return checkpoint.load(session)


def fail(text: str) -> None:
    """Write an error as the termination message, also when it is that the contract is malformed."""
    try:
        current().fail(text)
    except UserError:
        assert _refusal is not None
        _refusal.fail(text)


def end_with(code: int) -> int:
    """Let trackers finish, which their libraries do best before the interpreter's end, and return the code.

    Where one does not, the process is ended here and now: to be called last, and by what owns the process.
    """
    with contextlib.suppress(UserError):  # a malformed contract has no trackers
        session = current()
        if not detach(session):
            leave_at_once(INTERRUPTED if session.interrupted else code)
    return code


def current() -> Session:
    """Return this process's session; the first call inside a trial starts the page and the handlers."""
    global _session
    with _lock:
        if _session is None:
            _session = Session(_contract())
            if _session.contract.in_trial:
                _serve(_session)
                attach(_session, os.environ)
                end_with_a_message(_session)
        if _session.contract.in_trial:
            obey_sigterm(_session)
        return _session


def begin() -> None:
    """Begin a trial that is run for the user: it leaves in time after a SIGTERM, whatever step Python is in.

    To be called once, by the main thread.
    """
    session = current()
    if session.contract.in_trial:
        leave_in_time(session)


def stand_aside() -> tuple[Contract, Session]:
    """Return the contract, and a session that says nothing to anybody: this process is no run of the trial.

    Raises:
        UserError: a variable of the contract is malformed.
    """
    global _session
    contract = read_contract(os.environ)
    with _lock:
        _session = Session(replace(contract, in_trial=False, artifact_dir=None, termination_log=None))
        return contract, _session


def _contract() -> Contract:
    global _refusal
    try:
        return read_contract(os.environ)
    except UserError:
        if _refusal is None:
            _refusal = Session(of_malformed(os.environ))
            end_with_a_message(_refusal)
        raise


def _serve(session: Session) -> None:
    from tuning_trial.page import serve

    port = session.contract.port
    try:
        serve(port, lambda: session.record, lambda: session.health, lambda: session.batch)
    except OSError as error:
        say(f"port {port} cannot be used ({error}): metrics will be in the termination message only")
