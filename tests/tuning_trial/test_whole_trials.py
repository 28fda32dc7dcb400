"""Trials as processes, from their start to what they leave: what only a whole one shows."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from tuning_trial import ending

from tests.tuning_trial.keeping.test_again import MODEL, PARAMETERS
from tests.tuning_trial.trial_process import CountingTrial, TrialProcess

pytestmark = pytest.mark.tensorflow


def test_tensorflow_is_imported_once_in_a_trial_that_keeps_and_judges_its_model(tmp_path: Path) -> None:
    trial = CountingTrial(
        tmp_path,
        PARAMETERS | {"epochs": 2},
        TUNING_ARTIFACT_DIR=str(tmp_path / "a"),
        TUNING_PURPOSE="Final",
    )
    ended = trial.run_model(MODEL)
    assert ended.code == 0, ended.stderr
    assert trial.imports == 1


def test_a_metric_with_a_number_for_each_class_is_left_out_and_said(tmp_path: Path) -> None:
    classes = MODEL.replace("(x[:, 0] > 0).astype('int32')", "numpy.eye(2)[(x[:, 0] > 0).astype(int)]")
    several = classes.replace("metrics=['accuracy']", "metrics=['accuracy', keras.metrics.F1Score()]")
    source = several.replace("SparseCategorical", "Categorical")
    variables = {"TUNING_REPORT_BATCHES": "1", "TUNING_PURPOSE": "Final"}
    ended = TrialProcess(tmp_path, PARAMETERS | {"epochs": 2}, **variables).run_model(source)
    assert ended.code == 0, ended.stderr
    assert {"val_accuracy", "test_accuracy"} < ended.message["metrics"].keys()
    assert ended.stderr.count("left out, since they are no single numbers: f1_score, val_f1_score") == 1


def test_what_a_sigterm_leaves_a_trial_is_less_than_the_10_seconds_it_has() -> None:
    """After these the process is ended, whatever it is about; test_interrupted.py has one that is stuck."""
    assert ending.PATIENCE + ending.RESCUE < 10


TWO_DEVICES = """
import tensorflow
cpu = tensorflow.config.list_physical_devices('CPU')[0]
tensorflow.config.set_logical_device_configuration(cpu, [tensorflow.config.LogicalDeviceConfiguration()] * 2)
"""
MIRRORED = (
    TWO_DEVICES
    + MODEL
    + """
class Look(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        print('replicas', self.model.distribute_strategy.num_replicas_in_sync, flush=True)

arrays, plain = load_data, build_model

def load_data():
    return [tensorflow.data.Dataset.from_tensor_slices(part).batch(8) for part in arrays()]

def build_model(hp):
    model = plain(hp)
    fit = model.fit
    model.fit = lambda *a, **k: fit(*a, **k | {'callbacks': [Look(), *k['callbacks']]})
    return model
"""
)


def test_a_trial_on_two_devices_reports_and_keeps_what_one_on_a_single_device_does(tmp_path: Path) -> None:
    given = {"units": 8, "rate": 0.05, "epochs": 2, "schedule": "cosine", "learning_rate": 0.05}
    feeding = {"cache": True, "prefetch": 2, "parallel_maps": 2}
    given |= feeding | {"mirrored": True}
    trial = TrialProcess(tmp_path, given, TUNING_ARTIFACT_DIR=str(tmp_path / "a"), TUNING_SEED="1")
    ended = trial.run_model(MIRRORED)
    assert ended.code == 0, ended.stderr
    assert ended.stdout.splitlines()[0] == "replicas 2"
    metrics = ended.message["metrics"]
    assert {
        "val_accuracy",
        "learning_rate",
        "step_time",
        "peak_memory_bytes",
        "model_bytes",
    } <= metrics.keys()
    record = json.loads((tmp_path / "a" / "record.json").read_text())
    assert [row["step"] for row in record["curves"]] == [1, 2]
    rates = [row["learning_rate"] for row in record["curves"]]
    assert rates == [pytest.approx(0.025, rel=1e-3), pytest.approx(0, abs=1e-4)]
    judged = trial.run_program(
        "from tuning_trial.tensorflow_setup import import_keras\nkeras = import_keras(None)\n"
        "model = keras.models.load_model('a/model.keras')\nprint(model.count_params())"
    )
    assert judged.stdout.strip() == str(int(metrics["model_parameters"])), judged.stderr


COMMITTER = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")


def git(directory: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=directory, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_a_record_tells_where_its_numbers_were_made(tmp_path: Path) -> None:
    trial = TrialProcess(
        tmp_path, PARAMETERS | {"epochs": 1}, TUNING_ARTIFACT_DIR=str(tmp_path / "a"), TUNING_SEED="7"
    )
    command = trial.model(MODEL)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "model.py")
    git(tmp_path, *COMMITTER, "commit", "--quiet", "--message", "A model")
    ended = trial.run(*command)
    assert ended.code == 0, ended.stderr
    record = json.loads((tmp_path / "a" / "record.json").read_text())
    assert record["file"]["git"] == {"commit": git(tmp_path, "rev-parse", "HEAD"), "is_clean": True}
    assert record["seed"] == 7
    assert record["versions"].keys() >= {"python", "tuning-trial", "keras", "numpy"}
    assert any(name.startswith("tensorflow") for name in record["versions"])
    hardware = record["hardware"]
    assert hardware["machine"]
    assert hardware["cpus"] >= 1
    assert hardware["memory_bytes"] > 10**8
    assert isinstance(hardware["gpus"], list)
    assert len(record["file"]["sha256"]) == 64
    (x, y), _ = record["data"]
    assert x["shape"] == [32, 4]
    assert len(x["sha256"]) == len(y["sha256"]) == 64


def test_a_record_keeps_the_advice_of_the_message(tmp_path: Path) -> None:
    slow = PARAMETERS | {"rate": 1e-3, "epochs": 3}
    trial = TrialProcess(tmp_path, slow, TUNING_ARTIFACT_DIR=str(tmp_path / "a"), TUNING_SEED="7")
    ended = trial.run_model(MODEL)
    assert ended.code == 0, ended.stderr
    record = json.loads((tmp_path / "a" / "record.json").read_text())
    assert record["advice"] == ended.message["advice"]
    assert record["advice"][0].startswith("underfitting: loss went from")


RECORDS = """
import numpy, tensorflow as tf
from PIL import Image
import io
rng = numpy.random.default_rng(0)
with tf.io.TFRecordWriter('data.tfrecord.gz', 'GZIP') as writer:
    for i in range(40):
        picture = io.BytesIO()
        pixels = rng.integers(0, 100, (8, 8)) + 155 * (i % 2)
        Image.fromarray(pixels.astype('uint8')).save(picture, 'PNG')
        values = {'image': picture.getvalue(), 'label': b'light' if i % 2 else b'dark'}
        lists = {name: tf.train.BytesList(value=[one]) for name, one in values.items()}
        features = {name: tf.train.Feature(bytes_list=one) for name, one in lists.items()}
        writer.write(tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString())
"""


def test_a_recipe_reads_records_by_tensorflow_and_learns_of_them(tmp_path: Path) -> None:
    """TensorFlow is set up before the data is read, and must not be set up otherwise afterwards."""
    place = str(tmp_path / "a")
    given = {"width": 4, "depth": 1, "epochs": 20, "batch_size": 8, "learning_rate": 0.02}
    trial = TrialProcess(tmp_path, given, TUNING_ARTIFACT_DIR=place, TUNING_SEED="1")
    assert trial.run_program(RECORDS).code == 0
    ended = trial.run("-m", "tuning_trial.cli", "recipe", "image-cnn", "--data", "data.tfrecord.gz")
    assert ended.code == 0, ended.stderr
    assert ended.message["metrics"]["val_accuracy"] > 0.8
    assert (tmp_path / "a" / "end_to_end.keras").exists()
