"""`tuning-trial recipe NAME`: one trial of a model that needs no code."""

import argparse
import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

from tuning_trial import artifact, sdk, variants
from tuning_trial.datasets.request import Request
from tuning_trial.errors import UserError
from tuning_trial.finding.command import add_find_option, find, refuse_idle
from tuning_trial.options import (
    add_export_option,
    add_gpu_option,
    heed_gpu_option,
    positive,
    whole_number,
    wrong,
)
from tuning_trial.recipes.catalogue import RECIPES, TRAINER, Recipe, read
from tuning_trial.session import Session
from tuning_trial.tactics import Tactics
from tuning_trial.tactics.combinations import is_on
from tuning_trial.transfer import files

PLACES = ".npz, .csv, .parquet, .tfrecord, a directory with one for each class, or module:function"


def add_command(commands: Any) -> None:
    """Add `recipe` to argparse's subcommands of the command line."""
    parser = commands.add_parser("recipe", help="train a model that needs no code, on data of yours")
    parser.add_argument("--list", action="store_true", help="print the recipes and exit")
    parser.set_defaults(command=lambda options: _list(parser, options))
    names = parser.add_subparsers(metavar="NAME")
    for recipe in RECIPES.values():
        _add_recipe(names, recipe)


def train_recipe(
    recipe: Recipe,
    request: Request,
    constants: Mapping[str, Any],
    epochs: int | None,
    export: tuple[str, ...] = (),
) -> None:
    """Train and evaluate a recipe's model, and report to this process's session.

    Args:
        recipe: what is trained.
        request: the data.
        constants: parameters that are the same in all trials.
        epochs: where the manifest gives none.
        export: kinds of variants to make of the best model, see `variants.KINDS`.

    Raises:
        UserError: the manifest, the command line or the data must be mended.
        Interrupted: a SIGTERM came; the model kept so far is saved.
    """
    session = sdk.current()
    variants.check(export)
    given, chosen = read_given(recipe, constants, session)
    if session.contract.artifact_dir is not None:
        artifact.prepare(session.contract.artifact_dir)
    from tuning_trial.datasets.loading import load, needs_tensorflow, refuse_absent
    from tuning_trial.tensorflow_setup import import_keras

    refuse_absent(request)
    strategy = None
    if os.environ.get("TF_CONFIG"):
        strategy = _join(session, recipe, chosen, request.folds, export)
    elif needs_tensorflow(request):
        import_keras(session.contract.seed, session.contract.gpus)
    data = load(request, recipe.kind, session.contract.final)
    import_keras(session.contract.seed, session.contract.gpus)
    from tuning_trial.recipes.task import make_training

    make_training(session, recipe, given, data, epochs, strategy, export).run()


def read_given(
    recipe: Recipe, constants: Mapping[str, Any], session: Session
) -> tuple[dict[str, Any], Tactics]:
    """Return all parameters, and the tactics among them, before the data is read, which may be large.

    Raises:
        UserError: one is given twice, means nothing to the recipe or names no file.
    """
    twice = sorted(constants.keys() & session.contract.parameters.keys())
    if twice:
        raise UserError(f"{twice[0]!r} is in spec.parameters and in --set", "leave one of them out")
    given = {**constants, **session.contract.parameters}
    _, chosen = read(recipe, given)
    refuse_files(chosen)
    return given, chosen


def refuse_files(chosen: Tactics) -> None:
    """See that the Keras files that tactics name are there, before TensorFlow is imported.

    Raises:
        UserError: one is not.
    """
    for name in filter(lambda one: is_on(chosen, one), files.TACTICS):
        files.find(name, getattr(chosen, name), Path())


def _join(session: Session, recipe: Recipe, chosen: Tactics, folds: int, export: tuple[str, ...]) -> Any:
    """Join the other workers, before TensorFlow computes anything."""
    from tuning_trial.tensorflow_setup import import_keras

    import_keras(session.contract.seed, session.contract.gpus)
    from tuning_trial.recipes import workers

    workers.refuse(recipe, chosen, folds, export)
    return workers.join(session)


def _add_recipe(names: Any, recipe: Recipe) -> None:
    parser = names.add_parser(
        recipe.name,
        help=recipe.about,
        description=recipe.about,
        epilog=describe(recipe),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--data", required=True, metavar="PLACE", help=PLACES)
    add("--validation-data", metavar="PLACE", help="where the data does not hold it, or is not to be split")
    add("--test-data", metavar="PLACE", help="judged on in the final evaluation only")
    add("--validation-share", type=_some_share, default=0.2, metavar="X", help="of all examples (0.2)")
    add("--test-share", type=_share, default=0.2, metavar="X", help="of all examples (0.2)")
    add("--folds", type=_folds, default=0, metavar="N", help="cross-validation; the objective is the mean")
    add("--split-seed", type=_seed, default=0, metavar="N", help="the same split for all trials (0)")
    if recipe.kind != "unlabelled images":
        add("--target", default="label", metavar="COLUMN", help="of a table (label)")
    if recipe.kind in ("images", "texts", "classes of features"):
        add("--classes", type=positive, metavar="N", help="how many, where not all of them occur")
    if recipe.kind == "texts":
        add("--text", default="text", metavar="COLUMN", help="of a table (text)")
    if recipe.kind in ("images", "unlabelled images"):
        add("--image", default="image", metavar="COLUMN", help="of a table: PNG or JPEG files (image)")
        add("--image-size", type=_size, metavar="HxW", help="scale pictures to that; else all have one size")
    if recipe.kind in ("classes of features", "numbers of features"):
        add("--categorical", type=_names, default=(), metavar="A,B", help="numbers that are categories")
    add("--epochs", type=positive, metavar="N", help="unless the manifest gives epochs (10)")
    add("--set", action="append", type=_constant, default=[], metavar="NAME=VALUE",
        help="a parameter that is the same in all trials")  # fmt: skip
    if recipe.kind != "unlabelled images":
        add_export_option(parser)
        add_find_option(parser)
    add_gpu_option(parser)
    does = _train if recipe.kind == "unlabelled images" else _find_or_train
    parser.set_defaults(command=partial(does, recipe))


def describe(recipe: Recipe) -> str:
    """Return a recipe's parameters as a table: name, default, usual range."""
    rows = [("parameter", "default", "usual")]
    for name, known in recipe.parameters.items():
        rows.append((name, json.dumps(recipe.default(name)).strip('"'), known.metadata["usual"]))
    rows += [(name, *told) for name, told in TRAINER.items()]
    return "\n".join(f"  {name:<20} {default:<10} {usual}" for name, default, usual in rows)


def _train(recipe: Recipe, options: argparse.Namespace) -> None:
    sdk.begin()  # first of all, for a process 1 without a handler does not even notice a SIGTERM
    heed_gpu_option(options)
    export = vars(options).get("export", ())
    train_recipe(recipe, _request(options), dict(options.set), options.epochs, export)
    sdk.finish()


def _find_or_train(recipe: Recipe, options: argparse.Namespace) -> None:
    refuse_idle(options)
    (_find if options.find else _train)(recipe, options)


def _find(recipe: Recipe, options: argparse.Namespace) -> None:
    from tuning_trial.recipes.probing import probe_recipe

    sdk.stand_aside()
    heed_gpu_option(options)
    find(partial(probe_recipe, recipe, _request(options), dict(options.set)), options)


def _request(options: argparse.Namespace) -> Request:
    given = vars(options)
    request = Request(**{f.name: given[f.name] for f in fields(Request) if f.name in given})
    if request.validation_share + request.test_share >= 1:
        shares = f"--validation-share {request.validation_share:g} and --test-share {request.test_share:g}"
        raise UserError(f"{shares} leave nothing to train on", "make them smaller")
    return request


def _list(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    if not options.list:
        parser.error("name a recipe, or give --list")
    for recipe in RECIPES.values():
        print(f"{recipe.name:<24} {recipe.about}")


def _some_share(text: str) -> float:
    share = _share(text)
    if not share:
        raise wrong(text, "a share above 0: without validation nothing can be tuned")
    return share


def _share(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 <= (share := float(text)) < 1:
            return share
    raise wrong(text, "a share from 0 to below 1")


def _folds(text: str) -> int:
    return whole_number(text, 2)


def _seed(text: str) -> int:
    """What scikit-learn's splits take."""
    return whole_number(text, 0, 2**32 - 1)


def _size(text: str) -> tuple[int, int]:
    height, _, width = text.partition("x")
    if not (height.isdigit() and width.isdigit() and int(height) and int(width)):
        raise wrong(text, "HEIGHTxWIDTH in pixels, such as 32x32")
    return int(height), int(width)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _constant(text: str) -> tuple[str, Any]:
    """NAME=VALUE; the value is JSON, or else a word."""
    name, equals, value = text.partition("=")
    if not equals:
        raise wrong(text, "NAME=VALUE")
    with contextlib.suppress(ValueError):
        return name, json.loads(value)
    return name, value
