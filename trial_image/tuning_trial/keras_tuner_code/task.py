"""What the user's file wants trained: by a search in it, or by its functions and classes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import keras_tuner

from tuning_trial.data import load
from tuning_trial.errors import UserError
from tuning_trial.keras_tuner_code.search import Search, SearchFound, caught_searches
from tuning_trial.user_code import UserFile


@dataclass(frozen=True)
class Task:
    """One model to build and to fit.

    hypermodel: builds and fits; None where a tuner of the file's own does it all.
    build: the function of the user's that builds, to which errors without a line of their own are put down.
    arguments, keywords: what `fit` is given: data first of all.
    test: what the final evaluation is judged on.
    search: the search that was caught, if the file has one.
    sample: training inputs as the model takes them, where `arguments` are datasets: for dead units.
    source: what the data was before a recipe made datasets of it, for its fingerprint.
    end_to_end: puts the preparation of a recipe's data around the trained model.
    """

    file: UserFile
    hypermodel: Any | None
    build: Callable[..., Any]
    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)
    test: Any | None = None
    search: Search | None = None
    sample: Any | None = None
    source: Any | None = None
    end_to_end: Callable[[Any], Any] | None = None

    @cached_property
    def fits_itself(self) -> bool:
        """Say whether the file has a training of its own in the place of `model.fit(…)`."""
        if self.search is not None and self.search.runs_trials_itself:
            return True
        own = getattr(type(self.hypermodel), "fit", None)
        return own is not keras_tuner.HyperModel.fit


def read_task(path: Path, needs_data: bool = True) -> Task:
    """Run the file and see what it wants trained.

    Args:
        path: the file.
        needs_data: False to leave `load_data` alone; a search has been given its data already.

    Raises:
        UserError: the file fails, or has neither a search nor a model to build.
    """
    file, search = run_file(path)
    if search is not None:
        hypermodel = search.tuner.hypermodel
        build = type(search.tuner).run_trial if hypermodel is None else _build_function(hypermodel)
        return Task(file, hypermodel, build, search.arguments, search.keywords, search=search)
    hypermodel = find_hypermodel(file)
    task = Task(file, hypermodel, _build_function(hypermodel))
    if not needs_data and not task.fits_itself:
        return task
    data = load(file)
    inputs = data.train if isinstance(data.train, tuple) else (data.train,)
    return Task(file, hypermodel, task.build, inputs, {"validation_data": data.validation}, test=data.test)


def run_file(path: Path) -> tuple[UserFile, Search | None]:
    """Run the file up to its first search, if it has one."""
    with caught_searches() as searches:
        file = UserFile(path, ends=SearchFound)
    return file, searches[0] if searches else None


def find_hypermodel(file: UserFile) -> Any:
    """Return the file's build_model as a HyperModel, else its only HyperModel.

    Raises:
        UserError: there is none, or there are several.
    """
    if file.has("build_model"):
        return keras_tuner.src.engine.hypermodel.get_hypermodel(file.build_model)
    made = [value for value in file.values() if isinstance(value, keras_tuner.HyperModel)]
    if len(made) == 1:
        return made[0]
    classes = [c for c in file.values() if _is_hypermodel_class(c) and file.defines(c)]
    leaves = [c for c in classes if not any(c in other.__mro__[1:] for other in classes)]
    if made or len(leaves) > 1:
        names = ", ".join(sorted(c.__name__ for c in leaves) or [type(one).__name__ for one in made])
        raise UserError(
            f"{file.path.name}:1: there are several HyperModels: {names}",
            "say which one, as in `build_model = MyHyperModel().build`",
        )
    if not leaves:
        return file.build_model  # which says what is missing
    try:
        return leaves[0]()
    except TypeError as error:
        what = f"{leaves[0].__name__} cannot be made without arguments: {error}"
        mend = f"make one at the end of the file, as in `hypermodel = {leaves[0].__name__}(…)`"
        raise file.at(leaves[0].build, what, mend) from None


def _is_hypermodel_class(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, keras_tuner.HyperModel)


def _build_function(hypermodel: Any) -> Callable[..., Any]:
    """The user's own function: a HyperModel wraps its build, and one made of a function has it as `build`."""
    own = getattr(type(hypermodel), "build", None)
    is_wrapped_function = type(hypermodel).__module__.startswith("keras_tuner.")
    return hypermodel.build if is_wrapped_function or own is None else own  # type: ignore[no-any-return]
