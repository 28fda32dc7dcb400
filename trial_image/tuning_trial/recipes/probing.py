"""A recipe up to its training, in the place of which something is found out."""

import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tuning_trial import sdk
from tuning_trial.datasets.request import Request
from tuning_trial.errors import UserError
from tuning_trial.finding.probing import Probing
from tuning_trial.recipes.catalogue import Recipe
from tuning_trial.recipes.command import read_given


def probe_recipe(
    recipe: Recipe,
    request: Request,
    constants: Mapping[str, Any],
    work: Callable[[Any, dict[str, Any]], Any],
    batch_size: int | None = None,
) -> Any:
    """Build the recipe's model as a trial does, and call `work` where its `fit` would be called.

    Args:
        recipe, request, constants: as for `train_recipe`; this process has stood aside.
        work, batch_size: as a Probe has them.

    Raises:
        UserError: the manifest, the command line or the data must be mended.
    """
    session = sdk.current()
    if request.folds:
        raise UserError("--find and --folds exclude each other", "leave --folds out: one model tells")
    if os.environ.get("TF_CONFIG"):
        raise UserError("--find and TF_CONFIG exclude each other", "unset TF_CONFIG: one process tells")
    given, _ = read_given(recipe, constants, session)
    given |= {"batch_size": batch_size} if batch_size else {}
    from tuning_trial.datasets.loading import load, refuse_absent
    from tuning_trial.tensorflow_setup import import_keras

    refuse_absent(request)
    import_keras(session.contract.seed, session.contract.gpus)
    data = load(request, recipe.kind, final=False)
    from tuning_trial.recipes.task import make_training

    return make_training(session, recipe, given, data, make=partial(Probing, work=work)).found()
