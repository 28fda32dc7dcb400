"""The callback that writes checkpoints of a Keras training, and lets it go on from one."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tuning_trial import artifact, checkpoint
from tuning_trial.errors import UserError
from tuning_trial.keeping import model_state
from tuning_trial.session import Session, say
from tuning_trial.watching import Sole

ALLOWANCE = 1.0  # seconds that checkpoints may take in all, whatever the training takes …
SHARE = 0.05  # … and the share of its time that they may take besides


class Checkpointing(Sole):
    """Writes a checkpoint at the ends of epochs, as often as their cost allows; stands behind the reporter.

    Only of a training that has told of itself by `begin`: a loop of the user's own cannot be made to go on.

    Args:
        session: whose checkpoint.
        reporter: the KerasCallback, which holds the weights that are kept so far.
    """

    async_safe = True  # it needs no batch's logs

    def __init__(self, session: Session, reporter: Any) -> None:
        super().__init__()
        self._session = session
        self._reporter = reporter
        self._models: list[Any] = []  # of the training that is followed; none: there is none
        self._trainings = 0
        self._found: bytes | None = None
        self._agreed: Callable[[bool], bool] = bool
        self._cost = 0.0  # seconds, of all of them
        self._began = time.monotonic()
        self._has_failed = False

    def begin(self, models: Sequence[Any], agreed: Callable[[bool], bool] = bool) -> int:
        """Follow a training, and return the epoch to begin with, from 0; its state comes with on_train_begin.

        Only the first training of a trial is followed, since in the midst of a second one the file's own
        code stands somewhere else, and so does a program that has checkpoints of its own.

        Args:
            models: compiled; all that are trained.
            agreed: makes one answer of whether a checkpoint is due where several processes train.
        """
        self._trainings += 1
        self._found = None
        if self._trainings > 1 or self._session.has_own_checkpoints:
            self._leave()
            return 0
        self._models, self._agreed = [*models], agreed
        found = checkpoint.load(self._session)
        first = model_state.epoch(found.data) if found else None
        self._found = found.data if found and first is not None else None
        return first or 0

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Give the models their state back.

        Raises:
            UserError: it is that of other models: the file has been changed since.
        """
        if self._found is None:
            return
        seconds = self._session.record.latest.get("train_time", 0.0)
        try:
            kept = model_state.load(self._models, self._found)
        except ValueError as error:
            where = f"{checkpoint.CHECKPOINT_FILE} in {self._session.contract.artifact_dir}"
            raise UserError(
                f"{where} is of another model or optimizer: {error}",
                "have the file build the model that it built before, or remove the checkpoint to begin anew",
            ) from None
        self._reporter.go_on(kept, seconds)
        self._found = None

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Write one when it is due. A reporter that was told to stop has left before."""
        if not self._models or not self._agreed(self._is_due()):
            return
        began = time.monotonic()
        try:
            state = model_state.dump(self._models, epoch + 1, self._reporter.kept_weights)
            checkpoint.save(self._session, state)
        except Exception as error:  # a full disk or a store that is down must not cost the training
            say(f"no more checkpoints, since one cannot be written: {error}")
            self._has_failed = True
        self._cost += time.monotonic() - began

    def _is_due(self) -> bool:
        if self._has_failed or self._session.has_own_checkpoints:
            return False
        return self._cost <= ALLOWANCE + SHARE * (time.monotonic() - self._began)

    def _leave(self) -> None:
        """Follow no more; a checkpoint of the training before would be taken for one of this."""
        place = self._session.contract.artifact_dir
        if self._models and place is not None:
            artifact.remove(place, checkpoint.CHECKPOINT_FILE)
        self._models = []


def begin(callbacks: Sequence[Any], models: Sequence[Any], agreed: Callable[[bool], bool] = bool) -> int:
    """Have the Checkpointing among a trial's callbacks follow a training; return the epoch to begin with."""
    found = [one for one in callbacks if isinstance(one, Checkpointing)]
    return found[0].begin(models, agreed) if found else 0
