"""`tuning-trial describe FILE`: which parameters a file asks for, and what it wants of them, as JSON."""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from tuning_trial.errors import UserError
from tuning_trial.hyperparameters import manifest_name
from tuning_trial.keras_tuner_code.exploring import Exploration, explore
from tuning_trial.user_code import locate

ALGORITHMS = {  # keras-tuner's oracles, and what a manifest's search calls the same
    "RandomSearchOracle": "Random",
    "BayesianOptimizationOracle": "Bayesian",
    "GridSearchOracle": "Grid",
    "HyperbandOracle": "Random",
}


def describe_file(path: Path, seed: int) -> None:
    """Print the description; all that the file prints goes to stderr.

    Raises:
        UserError: the file must be mended, or asks for parameters in a way that no manifest can say.
    """
    path = locate(path)
    with _own_stdout() as out:
        from tuning_trial.tensorflow_setup import import_keras

        import_keras(seed)
        json.dump(describe(path, seed), out, indent=2)
        out.write("\n")


def describe(path: Path, seed: int = 0) -> dict[str, Any]:
    """Return what `tuning init` needs for a manifest.

    `parameters` and `objectives` are as in a manifest's spec; `defaults` are the values of a call without
    choices; `algorithm` and `trials` are those of a search in the file, else null; `notes` are sentences.
    """
    from tuning_trial.keras_tuner_code.recorder import TaskCalls
    from tuning_trial.keras_tuner_code.task import read_task

    task = read_task(path, needs_data=False)
    calls = TaskCalls(task)
    try:
        found = explore(calls, seed)
    except UserError as error:
        raise task.file.placed(error, task.build) from None
    if found.calls[0].error is not None:
        what = f"{task.build.__name__} fails with every parameter at its default: {found.calls[0].error}"
        raise task.file.at(task.build, what, "mend it, or give the parameters other defaults")
    _refuse_same_names(found)
    oracle = task.search.tuner.oracle if task.search else None
    kind = type(oracle).__name__
    objectives, notes = _objectives(task.search, calls.model)
    return {
        "parameters": [_parameter(found, name) for name in found.declared],
        "defaults": {manifest_name(n): v for n, v in found.calls[0].values.items()},
        "objectives": objectives,
        "algorithm": ALGORITHMS.get(kind),
        "trials": getattr(oracle, "max_trials", None) if kind != "HyperbandOracle" else None,
        "notes": [*notes, *_notes(found, kind)],
    }


def _parameter(found: Exploration, name: str) -> dict[str, Any]:
    body = found.declared[name].manifest()
    condition = found.conditions.get(name)
    return body | ({"when": condition.when()} if condition else {})


def _refuse_same_names(found: Exploration) -> None:
    names: dict[str, str] = {}
    for name in found.declared:
        other = names.setdefault(manifest_name(name), name)
        if other != name:
            raise UserError(
                f"{other!r} and {name!r} would both be {manifest_name(name)!r} in a manifest", "rename one"
            )


def _objectives(search: Any, model: Any) -> tuple[list[dict[str, str]], list[str]]:
    """Those of the search, without any the number that its training returns; else what the model tells."""
    from tuning_trial.keras_tuner_code.objectives import GOALS, likely_objective

    if search is None:
        likely, notes = likely_objective(model)
        return [likely], notes
    named = [{"metric": one.name, "goal": GOALS[one.direction]} for one in search.objectives]
    return named or [{"metric": "objective", "goal": "Minimize"}], []


def _notes(found: Exploration, oracle: str) -> Iterator[str]:
    failed = [call for call in found.calls if call.error is not None]
    if failed:
        yield (
            f"{len(failed)} of the {len(found.calls)} combinations tried cannot be built, "
            f"such as {dict(failed[0].values)}: {failed[0].error}"
        )
    if oracle == "HyperbandOracle":
        yield "Hyperband draws parameters at random, and so does this search; but it stops no trial early"


@contextlib.contextmanager
def _own_stdout() -> Iterator[TextIO]:
    """Have whatever is printed go to stderr, from C code too, and give the real stdout."""
    sys.stdout.flush()
    with os.fdopen(os.dup(1), "w") as out:
        os.dup2(2, 1)
        try:
            yield out
        finally:
            sys.stdout.flush()
            os.dup2(out.fileno(), 1)
