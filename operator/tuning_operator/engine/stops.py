"""Which runs are told to stop."""

from __future__ import annotations

from collections.abc import Iterable

from tuning_operator.engine.actions import StopRun
from tuning_operator.engine.intents import intent_of
from tuning_operator.engine.runs import is_told, will_be_replaced
from tuning_operator.engine.snapshot import RunView, TrialView


def stops(views: Iterable[TrialView]) -> list[StopRun]:
    """Live runs whose Trial says that they are to stop, and those whose Trial is finished already."""
    return [
        StopRun(view.trial.number, view.run.number)
        for view in views
        if view.run is not None and is_live(view.run) and _is_to_stop(view)
    ]


def is_live(run: RunView) -> bool:
    """It may go on by itself: it runs, waits, or its Job is about to start another pod."""
    return not is_told(run) and (run.state in ("Waiting", "Running") or will_be_replaced(run))


def _is_to_stop(view: TrialView) -> bool:
    return view.trial.finished or intent_of(view.trial.status) is not None
