"""A recipe on two real processes that TF_CONFIG joins."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

import pytest
from tuning_trial.errors import UserError
from tuning_trial.recipes.catalogue import RECIPES, read

from tests.tuning_trial.trial_process import TrialProcess, free_port

pytestmark = pytest.mark.tensorflow
COMMAND = ["-m", "tuning_trial.cli", "recipe", "tabular-classification"]
DATA = ["--data", "tuning_trial.datasets.samples:tumours", "--set", "normalisation=batch"]


def start(directory: Path, parameters: dict[str, int]) -> list[TrialProcess]:
    addresses = [f"localhost:{free_port()}" for _ in range(2)]
    trials = []
    for index in range(2):
        (directory / str(index)).mkdir()
        task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        variables = {
            "TF_CONFIG": json.dumps(task),
            "TUNING_ARTIFACT_DIR": str(directory / str(index) / "a"),
            "TUNING_SEED": "3",
            "TUNING_PURPOSE": "Final",
        }
        trials.append(TrialProcess(directory / str(index), parameters, **variables))
    return trials


@pytest.mark.long
def test_two_workers_train_one_model_and_the_first_one_keeps_it(tmp_path: Path) -> None:
    trials = start(tmp_path, {"width": 8, "epochs": 3})
    with ExitStack() as stack:
        processes = [stack.enter_context(trial.start(*COMMAND, *DATA)) for trial in trials]
        first, second = (trial.end(process) for trial, process in zip(trials, processes, strict=True))
    assert (first.code, second.code) == (0, 0), first.stderr + second.stderr
    of_all = ("loss", "accuracy", "val_loss", "val_accuracy", "test_loss", "test_accuracy")
    told = [{name: end.message["metrics"][name] for name in of_all} for end in (first, second)]
    assert told[0] == told[1]
    assert told[0]["val_accuracy"] > 0.75
    assert told[0]["test_accuracy"] > 0.75
    assert [(tmp_path / f"{i}/a/model.keras").exists() for i in (0, 1)] == [True, False]


@pytest.mark.parametrize(
    ("recipe", "given", "folds", "words"),
    [
        ("image-cnn", {"accumulate": 2}, 0, "accumulate=2 and TF_CONFIG exclude each other"),
        ("image-cnn", {"mirrored": True}, 0, "mirrored=True and TF_CONFIG"),
        ("image-cnn", {}, 5, "--folds 5 and TF_CONFIG"),
        ("gan", {}, 0, "the recipe gan and TF_CONFIG"),
    ],
)
def test_what_the_loop_does_not_do_is_refused_by_name(recipe, given, folds, words) -> None:
    from tuning_trial.recipes.workers import refuse

    with pytest.raises(UserError, match=words):
        refuse(RECIPES[recipe], read(RECIPES[recipe], given)[1], folds)
