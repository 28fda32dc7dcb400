"""Writes what stays of a trial, when it ends: well, badly or by a signal."""

import math
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import tensorflow

from tuning_trial import artifact
from tuning_trial.copying import give_state
from tuning_trial.errors import UserError, last_line
from tuning_trial.keeping.fingerprint import fingerprint
from tuning_trial.keeping.picture import PICTURE_FILE, picture
from tuning_trial.keeping.run_record import HISTORY_FILE, RECORD_FILE, as_csv, as_json, run_record
from tuning_trial.session import Session, say


class Keeping:
    """What one training keeps in the artifact directory.

    Args:
        session: of the trial.
        place: the artifact directory.
        file: the user's.
        files: the Keras files that the training begins with, by tactic.
        data: what the training is given, for its fingerprint.
        end_to_end: puts the data's preparation around the model, where it is ours.
    """

    def __init__(
        self,
        session: Session,
        place: str,
        file: Path,
        files: Mapping[str, Path],
        data: Any,
        end_to_end: Callable[[Any], Any] | None = None,
    ) -> None:
        self._session = session
        self._place = place
        self._file = file
        self._files = files
        self._data = data
        self._end_to_end = end_to_end
        self._lock = threading.Lock()
        self._is_done = False

    def rescue(self, model: Any, weights: list[Any]) -> None:
        """Write the model with these weights while another thread is in the midst of training it.

        What is written is a copy, without the optimizer, whose variables that thread may hold. Of a class
        that Keras cannot make again it is the model itself.
        """
        copy = _copied(model, weights)
        self.keep(copy if copy is not None else _detached(model, weights))

    def keep(self, model: Any) -> None:
        """Write model, weights, curves, picture and record. The model comes first: time may be short.

        Raises:
            UserError: there is no room, or the place is gone; a trial that cannot keep its model has failed.
            Exception: whatever else the store or the model raises.
        """
        with self._lock:  # a rescue may find the training in the midst of this
            if self._is_done:
                return
            try:
                self._write(model)
            except OSError as error:
                what = f"what was trained cannot be kept in {self._place!r}: {last_line(error, 300)}"
                mend = artifact.FAR if artifact.local_path(self._place) is None else "give it more room"
                raise UserError(what, f"{mend}, or change spec.artifacts.path") from error
            self._is_done = True

    def _write(self, model: Any) -> None:
        artifact.save(model, self._place)
        rows = self._session.curves.rows()
        artifact.write(self._place, HISTORY_FILE, as_csv(rows))
        try:
            drawing: bytes | None = picture(model)
        except Exception as error:  # a model of a kind never seen; the picture is for people
            say(f"the model's structure cannot be drawn: {error}")
            drawing = None
        if drawing is not None:
            artifact.write(self._place, PICTURE_FILE, drawing)
        artifact.write(self._place, RECORD_FILE, as_json(self._record(model)))
        self._write_end_to_end(model)

    def _write_end_to_end(self, model: Any) -> None:
        if self._end_to_end is None:
            return
        try:
            whole = self._end_to_end(model)
        except Exception as error:  # names of columns that Keras cannot have; the model itself is kept
            say(f"there is no {artifact.END_TO_END_FILE}: {last_line(error, 300)}")
            return
        artifact.write_by(whole.save, self._place, artifact.END_TO_END_FILE)

    def _record(self, model: Any) -> dict[str, Any]:
        gpus = [device.name for device in tensorflow.config.list_physical_devices("GPU")]
        figures = {
            "name": model.name,
            "parameters": model.count_params(),
            "trainable": sum(math.prod(v.shape) for v in model.trainable_variables),
        }
        data = fingerprint(self._data)
        ended = {"ended": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        return ended | run_record(self._session, self._file, self._files, data, gpus, figures)


def _copied(model: Any, weights: list[Any]) -> Any:
    """Return a copy with these weights; None of a class that Keras cannot make again."""
    try:
        copy = type(model).from_config(model.get_config())
        give_state(model, copy, weights)
    except Exception:  # whatever a class of the user's makes Keras meet
        return None
    return copy


def _detached(model: Any, weights: list[Any]) -> Any:
    """Give the model these weights in variables of their own, and return it.

    The step that is under way has its graph's old ones, and neither changes what is written nor holds it up.
    """
    for variable, value in zip(model.weights, weights, strict=True):
        variable._value = tensorflow.Variable(value, dtype=variable.dtype)
    return model
