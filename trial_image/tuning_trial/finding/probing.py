"""Runs a user's file, or a recipe, up to the training, and does something else in its place."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from tuning_trial import sdk
from tuning_trial.errors import UserError
from tuning_trial.training import Training, hyperparameters
from tuning_trial.user_code import locate


class Probe(Protocol):
    """Builds a model as a trial does, and calls `work` where its `fit` would be called.

    `work` is given that `fit` and its arguments by name; what it returns is found. batch_size takes the
    place of any other.
    """

    def __call__(self, work: Callable[[Any, dict[str, Any]], Any], batch_size: int | None = None) -> Any:
        """Return what was found, or raise UserError: what it builds from must be mended."""


class Found(Exception):
    """Ends the file's program: what was to be found is here."""

    def __init__(self, what: Any) -> None:
        super().__init__("found")
        self.what = what


def probe(path: Path, work: Callable[[Any, dict[str, Any]], Any], batch_size: int | None = None) -> Any:
    """Build the file's model as a trial does, and call `work` where its `fit` would be called.

    It has the trial's parameters where there are such, tactics of the manifest included, else the defaults.
    Nothing is reported, kept or gone on from.

    Args:
        path: the user's file.
        work: is given the model, compiled, and the arguments of its `fit` by name; what it returns is found.
        batch_size: takes the place of any other.

    Raises:
        UserError: the file, its data or the manifest must be mended, or its own training never calls `fit`.
    """
    path = locate(path)
    contract, session = sdk.stand_aside()
    sys.argv[:] = [str(path)]  # as the file would see it when run by itself
    from tuning_trial.tensorflow_setup import import_keras

    keras = import_keras(contract.seed, contract.gpus)
    from tuning_trial.keras_tuner_code.task import read_task

    task = read_task(path)
    hp = hyperparameters(task, contract.parameters if contract.in_trial else None, allow_defaults=True)
    if batch_size is not None:
        hp.force_batch_size(batch_size)
    return Probing(keras, session, task, hp, None, work=work).found()


class Probing(Training):
    """A training that ends where it would begin."""

    def __init__(self, *arguments: Any, work: Callable[[Any, dict[str, Any]], Any]) -> None:
        super().__init__(*arguments)
        self._work = work

    def build(self, hp: Any) -> Any:
        """Build the model, what tactics make of it included, whose training is the end."""
        model = super().build(hp)
        fit = self._fitting.train

        def end(**arguments: Any) -> None:
            raise Found(self._work(fit, arguments))

        self._fitting.train = end
        return model

    def found(self) -> Any:
        """Return what `work` found.

        Raises:
            UserError: it was never called.
        """
        try:
            self._fit()
        except Found as found:
            return found.what
        raise UserError(f"{self._task.file.path.name} never calls model.fit", "train by it")
