"""keras-tuner's HyperParameters that note what is asked for; and the call of a task with them."""

import contextlib
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

import keras
import keras_tuner

from tuning_trial.errors import UserError, last_line
from tuning_trial.keras_tuner_code.declaration import Declaration, declaration_of
from tuning_trial.keras_tuner_code.exploring import Call
from tuning_trial.keras_tuner_code.search import replaced
from tuning_trial.keras_tuner_code.task import Task


class Recorder(keras_tuner.HyperParameters):  # type: ignore[misc]  # keras-tuner ships no types
    """Gives chosen values, defaults for all else, and notes what was declared.

    Args:
        chosen: values by name.
        preset, tune_new: as in TrialHyperParameters.
    """

    def __init__(self, chosen: Mapping[str, Any], preset: Any = None, tune_new: bool = True) -> None:
        super().__init__()
        self.declared: dict[str, Declaration] = {}
        self.wanted: list[tuple[str, Any]] = []
        self._chosen = chosen
        self._preset = {hp.name: hp for hp in preset.space} if preset else {}
        self._tune_new = tune_new

    def _retrieve(self, hp: Any) -> Any:
        hp = self._preset.get(hp.name, hp)
        if not self.is_active(hp):
            self.wanted += [(c.name, value) for c in hp.conditions for value in c.values]
            super()._retrieve(hp)
            return hp.default
        declaration = declaration_of(hp) if self._tune_new or hp.name in self._preset else None
        if declaration is not None:
            self._note(declaration)
        return super()._retrieve(hp)

    def _note(self, declaration: Declaration) -> None:
        name = declaration.name
        before = self.declared.setdefault(name, declaration)
        if before != declaration:
            raise UserError(
                f"{name!r} is asked for in two ranges: {before}, and {declaration}",
                "give one of them another name",
            )
        chosen = self._chosen.get(name, declaration.default)
        self.values[name] = chosen if declaration.holds(chosen) else declaration.default


class Enough(BaseException):
    """Leaves a training that begins in earnest: whatever it asks for, it has asked for by now."""


class EndOfExploring(keras.callbacks.Callback):  # type: ignore[misc]
    """Leaves a training loop of the user's own at the end of its first epoch."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Leave."""
        raise Enough


class TaskCalls:
    """Calls a task to see what it asks for, without training anything.

    `model.fit` does nothing, so that a `fit` of the user's own goes on behind it; a training loop ends where
    it first gives the model numbers.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        self.model: Any = None  # of the first call that built one
        self._oracle = task.search.tuner.oracle if task.search else None

    def __call__(self, chosen: Mapping[str, Any]) -> Call:
        """Call with chosen values. A UserError passes: another choice would not mend it."""
        preset = self._oracle.get_space() if self._oracle else None
        hp = Recorder(chosen, preset, self._oracle.tune_new_entries if self._oracle else True)
        error = None
        try:
            self._run(hp)
        except (UserError, Enough) as end:
            if isinstance(end, UserError):
                raise
        except Exception as failed:
            error = last_line(failed, 300)
        finally:
            keras.backend.clear_session()
        return Call(dict(hp.declared), {n: hp.values[n] for n in hp.declared}, tuple(hp.wanted), error)

    def _run(self, hp: Recorder) -> None:
        search = self.task.search
        if search is not None and search.runs_trials_itself and _is_the_users(type(search.tuner).run_trial):
            trial = keras_tuner.engine.trial.Trial(hp, trial_id="0")
            run, given = search.tuner.run_trial, self.task.arguments
            self._pretend(lambda **more: run(trial, *given, **search.taken(more)))
            return
        hypermodel = self.task.hypermodel
        assert hypermodel is not None
        model = hypermodel.build(hp)
        self.model = model if self.model is None else self.model  # a forest without trees has no truth value
        if self.task.fits_itself and isinstance(model, keras.Model):
            self._pretend(lambda **more: hypermodel.fit(hp, model, *self.task.arguments, **more))

    def _pretend(self, train: Callable[..., Any]) -> None:
        """Train without training; what fails for want of results after the first `fit` is no error."""
        has_fit = False

        def fit(*_: Any, **__: Any) -> Any:
            nonlocal has_fit
            has_fit = True
            history = keras.callbacks.History()
            history.history = {}
            return history

        with ExitStack() as stack:
            stack.enter_context(replaced(keras.Model, "fit", fit))
            stack.enter_context(replaced(keras.Model, "__call__", _call_of(keras.Model.__call__)))
            stack.enter_context(contextlib.suppress(Enough))
            keywords = {**self.task.keywords, "callbacks": [EndOfExploring()]}
            try:
                train(**keywords)
            except Exception:
                if not has_fit:
                    raise


def _call_of(original: Callable[..., Any]) -> Callable[..., Any]:
    """A model's call that builds with symbols as ever, and leaves with Enough when numbers come."""

    def call(model: Any, *arguments: Any, **keywords: Any) -> Any:
        given = keras.tree.flatten((arguments, keywords))
        if any(isinstance(value, keras.KerasTensor) for value in given):
            return original(model, *arguments, **keywords)
        raise Enough

    return call


def _is_the_users(method: Any) -> bool:
    return not method.__module__.startswith("keras_tuner.")
