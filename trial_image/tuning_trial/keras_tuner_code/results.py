"""What a training of the user's own returns, as metrics: a number, a dict or a History, as in Keras Tuner."""

import numbers
from collections.abc import Mapping
from statistics import fmean
from typing import Any

from tuning_trial.errors import UserError
from tuning_trial.keras_callback import without_meaningless
from tuning_trial.session import Session


def report_results(session: Session, results: Any, search: Any | None) -> None:
    """Report what was not reported yet.

    Args:
        session: where metrics go. What its callbacks have reported stays as it is.
        results: a History, a mapping of metrics, a number (the first objective), or a list of one of these,
            of which the mean counts; None when callbacks have told everything.
        search: the search of the file, which may name the objective.

    Raises:
        UserError: nothing was reported at all.
    """
    if hasattr(results, "history") and session.record.last is None:
        for epoch, logs in enumerate(_epochs(results.history)):
            session.report(epoch + 1, without_meaningless(logs))
    metrics = _metrics(results, _objective(session, search))
    if metrics:
        session.report(session.record.last.step if session.record.last else 1, metrics)
    if session.record.last is None:
        raise UserError(
            f"the training returned {type(results).__name__} and called no callback",
            "return the metrics, or pass `callbacks` on to model.fit or call their on_epoch_end",
        )


def _metrics(results: Any, objective: str) -> dict[str, Any]:
    if isinstance(results, (list, tuple)):
        several = [_metrics(one, objective) for one in results]
        shared = set.intersection(*map(set, several)) if several else set()
        return {name: fmean(float(one[name]) for one in several) for name in sorted(shared)}
    if isinstance(results, Mapping):
        return dict(results)
    return {objective: results} if isinstance(results, numbers.Real) else {}


def _objective(session: Session, search: Any | None) -> str:
    names = [o.metric for o in session.contract.objectives]
    names += [o.name for o in search.objectives] if search else []
    return names[0] if names else "objective"


def _epochs(history: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    length = max(map(len, history.values()), default=0)
    return [{name: v[i] for name, v in history.items() if i < len(v)} for i in range(length)]
