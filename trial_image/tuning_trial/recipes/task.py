"""A recipe as a task for the Training that trains users' files: it reports, saves and is judged like them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import keras

from tuning_trial import tactics
from tuning_trial.contract import Objective
from tuning_trial.datasets.loading import Data
from tuning_trial.datasets.request import Kind
from tuning_trial.errors import UserError, last_line
from tuning_trial.hyperparameters import TrialHyperParameters
from tuning_trial.keras_tuner_code.task import Task
from tuning_trial.recipes.catalogue import Recipe, read
from tuning_trial.recipes.folds import FoldedModel
from tuning_trial.recipes.model import RecipeModel
from tuning_trial.recipes.workers import SharedModel
from tuning_trial.session import Session
from tuning_trial.tactics.given import UNDER_WAY
from tuning_trial.training import Training
from tuning_trial.user_code import UserFile

Made = TypeVar("Made", bound=Training)


class BuiltIn(UserFile):
    """Stands where a user's file would: an error names the recipe, and no line."""

    def __init__(self, name: str) -> None:
        self.path = Path(name)
        self._module = ModuleType(name)

    def call(
        self, function: Callable[..., Any], *arguments: Any, own: Callable[..., Any] | None = None
    ) -> Any:
        """Call a function of ours: what it raises is no mistake of the user's."""
        return function(*arguments)

    def explain(self, error: Exception, action: str, mend: str, default: Callable[..., Any]) -> UserError:
        """Return the error as one of the data's."""
        return UserError(f"the recipe {self.path}: {action}: {last_line(error, 600)}", mend)

    def at(self, function: Callable[..., Any], what: str, mend: str) -> UserError:
        """Return the error as it is."""
        return UserError(what, mend)

    def placed(self, error: UserError, default: Callable[..., Any] | None = None) -> UserError:
        """Return the error as it is."""
        return error


def make_training(
    session: Session,
    recipe: Recipe,
    given: Mapping[str, Any],
    data: Data,
    epochs: int | None = None,
    strategy: Any = None,
    export: tuple[str, ...] = (),
    make: Callable[..., Made] = Training,  # type: ignore[assignment]
) -> Made:
    """Return the training of a recipe.

    Args:
        session: where metrics go.
        recipe: what is trained.
        given: the trial's parameters.
        data: what it is trained on.
        epochs: where the parameters give none.
        strategy: of all workers, where there are several.
        export: kinds of variants to make of the best model.
        make: what makes the training, given all that Training is.

    Raises:
        UserError: as `catalogue.read` has it.
    """
    structure, chosen = read(recipe, given)
    hp = TrialHyperParameters(given)
    for name in given.keys() - {*UNDER_WAY}:
        hp.get(name)  # `read` has seen to it that each of them means something
    seed = (session.contract.seed or 0) % 2**31  # Keras' layers take no more
    kind = SharedModel if strategy else FoldedModel if len(data.splits) > 1 else RecipeModel
    model = kind(recipe, structure, chosen, data, seed, epochs, strategy)
    return make(keras, session, make_task(model, hp, session.contract.objectives), hp, epochs, export)


def make_task(model: RecipeModel, hp: Any, objectives: tuple[Objective, ...]) -> Task:
    """Return the task: the first split's data, and an early stop that watches the first objective."""
    keywords = {
        "validation_data": model.validation_data(hp),
        "shuffle": False,  # the input pipeline does
        "callbacks": tactics.early_stopping(model.chosen, *_watched(model.recipe.kind, objectives)),
    }
    return Task(
        BuiltIn(model.recipe.name),
        model,
        RecipeModel.build,
        (model.training_data(hp),),
        keywords,
        test=model.test_data(hp),
        sample=model.sample,
        source=source_of(model.data),
        end_to_end=None if model.recipe.kind == "unlabelled images" else model.end_to_end,
    )


def source_of(data: Data) -> dict[str, Any]:
    """Return the examples as they were found; the parts of any fold are all that there are."""
    parts = {"train": data.splits[0].train, "validation": data.splits[0].validation, "test": data.test}
    return {name: {"inputs": part.inputs, "y": part.y} for name, part in parts.items() if part is not None}


def _watched(kind: Kind, objectives: tuple[Objective, ...]) -> tuple[str, str]:
    """Metric and goal of an early stop: the first objective where each epoch's validation tells it."""
    if objectives and objectives[0].metric.startswith("val_") and "_fold_" not in objectives[0].metric:
        return objectives[0].metric, objectives[0].goal
    return ("val_distance" if kind == "unlabelled images" else "val_loss"), "Minimize"
