"""Which trackers a trial has: those whose usual environment variables are set."""

import atexit
import time
from collections.abc import Callable, Mapping
from importlib import import_module

from tuning_trial.session import Session
from tuning_trial.trackers import to_mlflow, to_tensorboard, to_wandb
from tuning_trial.trackers.background import Background
from tuning_trial.trackers.tracker import About, Outcome, Tracker

KNOWN: dict[str, tuple[Callable[[Mapping[str, str]], bool], Callable[[About], Tracker]]] = {
    "TensorBoard": (to_tensorboard.is_wanted, to_tensorboard.ToTensorBoard),
    "MLflow": (to_mlflow.is_wanted, to_mlflow.ToMLflow),
    "Weights & Biases": (to_wandb.is_wanted, to_wandb.ToWandb),
}
END_PATIENCE = 10.0  # seconds for what trackers still have to write at the end of a trial …
INTERRUPTED_PATIENCE = 1.5  # … and when a SIGTERM leaves less time
_attached: list[Background] = []
_left: list[Background] = []  # those that did not come to an end


def attach(session: Session, environ: Mapping[str, str]) -> None:
    """Have every tracker that is wanted hear what the session reports."""
    contract = session.contract
    job, trial = environ.get("TUNING_JOB", "tuning"), environ.get("TUNING_TRIAL", "trial")
    about = About(job, trial, contract.parameters, contract.seed)
    for name, (is_wanted, make) in KNOWN.items():
        if is_wanted(environ):
            import_module(
                "concurrent.futures.thread"
            )  # a program may end before a tracker asks for it: too late
            background = Background(name, _starter(make, about, session))
            _attached.append(background)
            session.listeners.append(background.tell)


def detach(session: Session) -> bool:
    """Tell them how the trial ended, wait while they write the rest, and say whether all of them are through.

    Where one is not, its library's own exit handlers may wait for it as well, and longer than a trial can.
    """
    if not session.is_ours():
        return True
    outcome: Outcome = "finished"
    if session.interrupted or session.has_failed:
        outcome = "interrupted" if session.interrupted else "failed"
    patience = INTERRUPTED_PATIENCE if outcome == "interrupted" else END_PATIENCE
    due = time.monotonic() + patience
    ending, _attached[:] = _attached[:], []
    for one in ending:
        one.end(outcome)
    _left.extend(one for one in ending if not one.wait(due - time.monotonic()))
    return not _left


def _starter(make: Callable[[About], Tracker], about: About, session: Session) -> Callable[[], Tracker]:
    """Their own exit handlers, which close connections, must come after ours: it is registered later."""

    def start() -> Tracker:
        tracker = make(about)
        atexit.register(detach, session)
        return tracker

    return start
