"""Catches a Keras Tuner search in the user's file: which trials there are is the manifest's matter here.

Tuners are made as ever, but in a directory that goes with this process, for the file's own may not be
writable; they do not build models to explore the space, and `search` hands over what it was given and ends
the file. Searches in one file after the first never come to be.
"""

import atexit
import inspect
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import keras_tuner
import tensorflow
from keras_tuner.src.engine import base_tuner, metrics_tracking

from tuning_trial.keras_tuner_code.objectives import direction


@dataclass(frozen=True)
class Search:
    """A tuner and what its `search` was called with."""

    tuner: Any
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]

    @property
    def runs_trials_itself(self) -> bool:
        """Say whether the tuner has a way of its own to run a trial, beside building and fitting a model."""
        method = type(self.tuner).run_trial
        return method not in (keras_tuner.Tuner.run_trial, keras_tuner.Hyperband.run_trial)

    @property
    def trains_keras(self) -> bool:
        """Say whether there are Keras models; scikit-learn's know no callbacks, epochs or artifacts."""
        return not isinstance(self.tuner, keras_tuner.SklearnTuner)

    def taken(self, keywords: Mapping[str, Any]) -> dict[str, Any]:
        """Return the keywords without our callbacks where its `run_trial` has no place for any.

        `model.fit` tells the trial's callbacks all the same.
        """
        parameters = inspect.signature(self.tuner.run_trial).parameters.values()
        takes = any(one.name == "callbacks" or one.kind is one.VAR_KEYWORD for one in parameters)
        return {k: v for k, v in keywords.items() if takes or k != "callbacks" or k in self.keywords}

    @property
    def objectives(self) -> list[Any]:
        """The tuner's objectives, each with a name and a direction ("min" or "max"); there may be none."""
        objective = self.tuner.oracle.objective
        named = getattr(objective, "objectives", [objective])
        return [one for one in named if one.name != "default_objective"]


class SearchFound(BaseException):
    """Leaves the file at its search. No Exception, so that no `except Exception` of the file stops it."""


@contextmanager
def caught_searches() -> Iterator[list[Search]]:
    """Have searches of any tuner end by SearchFound, and gather them."""
    found: list[Search] = []
    make, infer = base_tuner.BaseTuner.__init__, metrics_tracking.infer_metric_direction

    def start(tuner: Any, oracle: Any, hypermodel: Any = None, **options: Any) -> None:
        options |= {"directory": _own_directory(), "overwrite": False}
        make(tuner, oracle, hypermodel, **options)

    def search(tuner: Any, *arguments: Any, **keywords: Any) -> None:
        if isinstance(tuner, keras_tuner.Hyperband):  # which trains no model for longer
            keywords = {"epochs": tuner.oracle.max_epochs} | keywords
        _keep_strategy(tuner)
        found.append(Search(tuner, arguments, keywords))
        raise SearchFound

    def known(metric: Any) -> Any:
        return direction(metric) or infer(metric)

    with ExitStack() as stack:
        for owner, name, substitute in (
            (base_tuner.BaseTuner, "__init__", start),
            (base_tuner.BaseTuner, "search", search),
            (base_tuner.BaseTuner, "_activate_all_conditions", lambda tuner: None),
            (metrics_tracking, "infer_metric_direction", known),
        ):
            stack.enter_context(replaced(owner, name, substitute))
        yield found


@contextmanager
def replaced(owner: Any, name: str, substitute: Any) -> Iterator[None]:
    """Let a module's or class's attribute be another for a while."""
    own = vars(owner).get(name)  # None: it is inherited
    setattr(owner, name, substitute)
    try:
        yield
    finally:
        if own is None:
            delattr(owner, name)
        else:
            setattr(owner, name, own)


def _keep_strategy(tuner: Any) -> None:
    """A search in a strategy's scope is left, and its model is to be built in that scope all the same."""
    if tensorflow.distribute.has_strategy() and getattr(tuner, "distribution_strategy", None) is None:
        tuner.distribution_strategy = tensorflow.distribute.get_strategy()


def _own_directory() -> str:
    directory = tempfile.mkdtemp(prefix="keras-tuner-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory
