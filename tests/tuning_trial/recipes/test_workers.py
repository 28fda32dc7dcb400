"""A recipe on two real processes that TF_CONFIG joins."""

from __future__ import annotations

import json
import signal
from contextlib import ExitStack
from pathlib import Path

import pytest
from tuning_trial.errors import UserError
from tuning_trial.recipes.catalogue import RECIPES, read

from tests.tuning_trial.trial_process import Ended, TrialProcess, free_port

pytestmark = pytest.mark.tensorflow
RECIPE = ["-m", "tuning_trial.cli", "recipe", "tabular-classification"]
RECIPE += ["--data", "tuning_trial.datasets.samples:tumours", "--set", "normalisation=batch"]
FIT = """
import keras, numpy, tensorflow

with tensorflow.distribute.MultiWorkerMirroredStrategy().scope():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
x = numpy.ones((32, 4), "float32")
try:
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    print("trained")
except ValueError as error:
    print(str(error).split(":")[0])
"""


def prepared(directory: Path, parameters: dict[str, int]) -> list[TrialProcess]:
    addresses = [f"localhost:{free_port()}" for _ in range(2)]
    trials = []
    for index in range(2):
        (directory / str(index)).mkdir(exist_ok=True)
        task = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        variables = {
            "TF_CONFIG": json.dumps(task),
            "TUNING_ARTIFACT_DIR": str(directory / str(index) / "a"),
            "TUNING_SEED": "3",
            "TUNING_PURPOSE": "Final",
        }
        trials.append(TrialProcess(directory / str(index), parameters, **variables))
    return trials


def run(trials: list[TrialProcess], *command: str, until: str = "") -> list[Ended]:
    """Run both to their ends; until: a line of the first, after which both get a SIGTERM."""
    with ExitStack() as stack:
        processes = [stack.enter_context(trial.start(*command)) for trial in trials]
        while until and not processes[0].stdout.readline().startswith(until):
            assert processes[0].poll() is None
        for process in processes if until else ():
            process.send_signal(signal.SIGTERM)
        return [trial.end(process) for trial, process in zip(trials, processes, strict=True)]


def test_two_workers_train_one_model_and_the_first_one_keeps_it(tmp_path: Path) -> None:
    trials = prepared(tmp_path, {"width": 8, "epochs": 3})
    first, second = run(trials, *RECIPE)
    assert (first.code, second.code) == (0, 0), first.stderr + second.stderr
    of_all = ("loss", "accuracy", "val_loss", "val_accuracy", "test_loss", "test_accuracy")
    told = [{name: end.message["metrics"][name] for name in of_all} for end in (first, second)]
    assert told[0] == told[1]
    assert told[0]["val_accuracy"] > 0.75
    assert told[0]["test_accuracy"] > 0.75
    assert [(tmp_path / f"{i}/a/model.keras").exists() for i in (0, 1)] == [True, False]


def test_keras_own_fit_still_fails_on_two_workers_which_is_what_our_loop_is_for(
    tmp_path: Path,
) -> None:
    for worker in run(prepared(tmp_path, {}), "-c", FIT):
        assert worker.stdout == "Attempt to convert a value (PerReplica\n", worker.stderr


@pytest.mark.long
def test_workers_that_get_a_sigterm_go_on_together_from_the_first_ones_checkpoint(tmp_path: Path) -> None:
    parameters = {"width": 8, "epochs": 20}
    cut_off = run(prepared(tmp_path, parameters), *RECIPE, until="epoch 3/")
    assert [one.code for one in cut_off] == [143, 143], cut_off[0].stderr
    again = run(prepared(tmp_path, parameters), *RECIPE)
    assert [one.code for one in again] == [0, 0], again[0].stderr + again[1].stderr
    first, second = ([line.split()[1] for line in one.stdout.splitlines()] for one in again)
    assert first == second == [f"{epoch}/20" for epoch in range(21 - len(first), 21)]
    assert 2 <= 21 - len(first) < 20
    record = json.loads((tmp_path / "0" / "a" / "record.json").read_text())
    assert [row["step"] for row in record["curves"]] == [*range(1, 21)]
    told = [
        {n: one.message["metrics"][n] for n in ("val_loss", "test_loss", "test_accuracy")} for one in again
    ]
    assert told[0] == told[1]


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
