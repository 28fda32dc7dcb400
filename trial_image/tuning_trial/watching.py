"""The callbacks of a trial beside the reporting one: a line each epoch, NaN, and unknown objectives."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import keras

from tuning_trial.errors import UserError
from tuning_trial.keras_callback import scalars
from tuning_trial.session import Session


class Sole(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    """There is one of its kind for all of a trial."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "Sole":
        """Stay the same one: Keras Tuner copies callbacks for each of its trials, and here there is one."""
        return self


class StopOnNaN(Sole):
    """Ends a training whose loss is no finite number.

    Keras' own TerminateOnNaN asks NumPy, twice and after each batch, which takes several times as long.
    """

    async_safe = True  # it only sets a flag, so Keras need not wait for each batch's loss

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Look at the mean loss of the epoch so far, which one NaN spoils."""
        if not math.isfinite((logs or {}).get("loss", 0.0)):
            print(f"batch {batch + 1}: the loss is no finite number; the training stops", flush=True)
            self.model.stop_training = True


class Progress(Sole):
    """One line per epoch, for `kubectl logs`: Keras' own bar is thousands of lines there."""

    async_safe = True

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Print the line."""
        of = f"/{self.params['epochs']}" if self.params and "epochs" in self.params else ""
        values = "  ".join(f"{name} {value:.4g}" for name, value in scalars(logs or {}).items())
        print(f"epoch {epoch + 1}{of}  {values}", flush=True)


class ObjectivesCheck(Sole):
    """Refuses an objective that Keras does not report, after the first epoch and not after the last.

    Args:
        session: what has been reported.
        later: how the names of metrics begin that the trial will measure after the training.
    """

    async_safe = True

    def __init__(self, session: Session, later: Sequence[str] = ()) -> None:
        super().__init__()
        self._session = session
        self._later = tuple(later)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Look at what the session has by now."""
        check_objectives(self._session, self._later)


def check_objectives(session: Session, later: tuple[str, ...] = ()) -> None:
    """See that every objective has been reported, apart from those whose names begin as in `later`.

    A final evaluation may be judged by test_… alone, which comes at the end.

    Raises:
        UserError: one has not; it lists what has.
    """
    if session.contract.final:
        return
    reported = session.record.latest
    metrics = [objective.metric for objective in session.contract.objectives]
    unknown = [metric for metric in metrics if metric not in reported and not metric.startswith(later)]
    if unknown:
        raise UserError(
            f"the objective {unknown[0]!r} is none of the metrics that the model reports: "
            f"{', '.join(sorted(reported)) or 'none'}",
            _mend(unknown[0], reported),
        )


def _mend(unknown: str, reported: Mapping[str, float]) -> str:
    if unknown.startswith("tflite_"):
        if any(metric.startswith("tflite_") for metric in reported):
            return "name one of them, or give fit validation_data, on which variants are judged"
        return "have that variant made by the tactic tflite, or by --export in the container's command"
    if unknown.startswith("val_") and not any(metric.startswith("val_") for metric in reported):
        return (
            "give the training validation data (validation_data=… or validation_split=…), or name one of them"
        )
    return "name one of them in spec.objectives, or add the metric in model.compile"
