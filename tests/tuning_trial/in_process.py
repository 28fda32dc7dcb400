"""Runs a user's file as a trial inside of this process, where TensorFlow is imported already."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from tuning_trial import sdk
from tuning_trial.contract import Contract, Objective
from tuning_trial.record import final_metrics
from tuning_trial.session import Session


class Here:
    """A directory with a file of the user's, and a session of its own for each trial."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.directory = directory
        self._monkeypatch = monkeypatch
        monkeypatch.setattr(sys, "path", [*sys.path])
        monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])

    def write(self, source: str, name: str = "tutorial.py") -> Path:
        """Write the user's file."""
        path = self.directory / name
        path.write_text(source)
        return path

    def session(self, objectives: Sequence[str | Objective] = ("val_accuracy",), **contract: Any) -> Session:
        """Make this process's session anew; no page and no handlers, as outside of a trial.

        A metric's bare name is to be maximised. What Keras draws is drawn from the seed (0 without one),
        as at the start of a process, so that no test hangs on the luck of its weights.
        """
        import keras

        keras.utils.set_random_seed(contract.get("seed") or 0)
        wanted = tuple(Objective(one) if isinstance(one, str) else one for one in objectives)
        session = Session(Contract(objectives=wanted, **contract))
        self._monkeypatch.setattr(sdk, "_session", session)
        return session

    def run(
        self,
        source: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        epochs: int | None = None,
        allow_defaults: bool = False,
        export: tuple[str, ...] = (),
        **contract: Any,
    ) -> Ran:
        """Run the file as a trial; None as parameters: as outside of one."""
        import keras
        from tuning_trial.keras_tuner_code.task import read_task
        from tuning_trial.training import Training, hyperparameters

        session = self.session(parameters=parameters or {}, **contract)
        task = read_task(self.write(source))
        hp = hyperparameters(task, parameters, allow_defaults)
        training = Training(keras, session, task, hp, epochs, export)
        training.run()
        return Ran(session, hp, training)


class Ran:
    """A trial that has run: its metrics, its last step, its parameters and its model."""

    def __init__(self, session: Session, hp: Any, training: Any) -> None:
        assert session.record.last is not None
        self.metrics = final_metrics(session.record, session.contract.objectives)
        self.health = session.health
        self.steps = session.record.last.step
        self.values = dict(hp.values)
        self.model = training._model
        self.task = training._task


RunHere = Callable[..., Ran]
