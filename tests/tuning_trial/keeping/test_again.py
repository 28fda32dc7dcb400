"""A trial run again from its record, and one that was killed and goes on: real processes, equal numbers."""

import json
import os
import re
import shutil
import signal
import sys
from pathlib import Path

import pytest

from tests.tuning_trial.trial_process import TrialProcess

MODEL = """
import time
import keras, numpy

class Slow(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        time.sleep(0.3)

def build_model(hp):
    layers = keras.layers
    model = keras.Sequential([keras.Input((4,)), layers.Dense(hp.Int('units', 2, 8)), layers.Dropout(0.2),
                              layers.Dense(2)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(hp.Float('rate', 1e-3, 1)), loss=loss, metrics=['accuracy'])
    return model

def load_data():
    x = numpy.random.default_rng(0).normal(size=(96, 4)).astype('float32')
    y = (x[:, 0] > 0).astype('int32')
    return (x[:32], y[:32]), (x[32:64], y[32:64]), (x[64:], y[64:])
"""
PARAMETERS = {"units": 8, "rate": 0.05, "epochs": 6, "batch_size": 8}
VARIABLES = {"TUNING_SEED": "7", "TF_DETERMINISTIC_OPS": "1"}


MEASURED = {
    "train_time",
    "step_time",
    "examples_per_second",
    "peak_memory_bytes",
    "latency_p50",
    "latency_p95",
}


class Place:
    """A directory with the trial's artifacts in it."""

    def __init__(self, directory: Path) -> None:
        self.artifacts = directory / "a"
        self.trial = TrialProcess(directory, PARAMETERS, TUNING_ARTIFACT_DIR=str(self.artifacts), **VARIABLES)

    @property
    def record(self):
        return json.loads((self.artifacts / "record.json").read_text())

    @property
    def curves(self):
        """Everything but times and memory."""
        return [{k: v for k, v in row.items() if k not in MEASURED} for row in self.record["curves"]]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A trial that ran through."""
    place = Place(tmp_path_factory.mktemp("whole"))
    ended = place.trial.run_model(MODEL)
    assert ended.code == 0, ended.stderr
    return place


def test_a_record_is_enough_to_get_the_same_numbers_again(whole, tmp_path):
    again = whole.record["again"]
    other = TrialProcess(tmp_path, TUNING_ARTIFACT_DIR=str(tmp_path / "a"), **again["environment"])
    (tmp_path / "model.py").write_text(MODEL)
    assert again["command"][:2] == ["tuning-trial", "run"]
    ended = other.run("-m", "tuning_trial.cli", *again["command"][1:])
    assert ended.code == 0, ended.stderr
    place = Place(tmp_path)
    assert place.curves == whole.curves
    for same in ("parameters", "seed", "step", "data", "file", "versions", "model"):
        assert place.record[same] == whole.record[same]


def test_the_docs_final_evaluation_is_the_same_training_judged_on_the_test_set(whole, tmp_path):
    page = (Path(__file__).parents[3] / "docs" / "trial.md").read_text()
    [program] = re.findall(r"```python\n(.*?)```", page.partition("## The final evaluation")[2], re.DOTALL)
    best = tmp_path / "runs" / "digits" / "artifacts" / "17"
    shutil.copytree(whole.artifacts, best)
    (tmp_path / "model.py").write_text(MODEL)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    ended = TrialProcess(tmp_path, TUNING_PARAMETERS="", PATH=path).run_program(program)
    assert ended.code == 0, ended.stderr
    judged = json.loads((tmp_path / "final" / "record.json").read_text())["metrics"]
    assert judged.keys() - whole.record["metrics"].keys() == {"test_accuracy", "test_loss"}
    assert judged["val_loss"] == whole.record["metrics"]["val_loss"]
    assert ended.stdout.splitlines()[-1] == str(judged)
    assert json.loads((best / "record.json").read_text()) == whole.record


def test_a_killed_trial_goes_on_from_its_checkpoint_and_reports_no_step_twice(whole, tmp_path):
    place = Place(tmp_path)
    slow = MODEL + "\nplain = build_model\ndef build_model(hp):\n    model = plain(hp)\n    fit = model.fit\n"
    slow += "    model.fit = lambda *a, **k: fit(*a, **k | {'callbacks': [Slow(), *k['callbacks']]})\n"
    slow += "    return model\n"
    with place.trial.start(*place.trial.model(slow)) as process:
        for line in process.stdout:
            if line.startswith("epoch 3/"):
                break
        process.stdout.readline()  # epoch 4: the third one's checkpoint is written
        process.send_signal(signal.SIGKILL)
        place.trial.end(process)
    assert (place.artifacts / "checkpoint.zip").exists()
    ended = place.trial.run_model(MODEL)
    assert ended.code == 0, ended.stderr
    epochs = [int(line.split()[1].split("/")[0]) for line in ended.stdout.splitlines()]
    assert 2 <= epochs[0] <= 5  # how old a checkpoint is depends on what writing one cost
    assert epochs == list(range(epochs[0], 7))
    assert f"going on after step {epochs[0] - 1}" in ended.stderr
    assert [row["step"] for row in place.curves] == [1, 2, 3, 4, 5, 6]
    assert place.curves == whole.curves
    assert place.record["step"] == whole.record["step"]


def test_a_complete_trial_leaves_no_checkpoint_behind(whole):
    assert "checkpoint.zip" not in os.listdir(whole.artifacts)


def test_the_curves_are_a_table_too(whole):
    head, *rows = (whole.artifacts / "history.csv").read_text().splitlines()
    assert head.split(",")[0] == "step"
    assert [row.split(",")[0] for row in rows] == ["1", "2", "3", "4", "5", "6"]
