"""`tuning-trial run` with real Keras training; each test is a process that imports TensorFlow."""

import math
import os
import signal
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tuning_trial import measures

from tests.tuning_trial.trial_process import CountingTrial, TrialProcess

MODEL = """
import keras, numpy

def build_model(hp):
    hidden = keras.layers.Dense(hp.Int('units', 2, 8))
    model = keras.Sequential([keras.Input((4,)), hidden, keras.layers.Dense(2)])
    rate = hp.Float('learning_rate', 1e-3, 1e30, sampling='log')
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(rate), loss=loss, metrics=['accuracy'])
    return model

def load_data():
    x = numpy.random.default_rng(0).normal(size=(96, 4)).astype('float32')
    y = (x[:, 0] > 0).astype('int32')
    return (x[:32], y[:32]), (x[32:64], y[32:64]), (x[64:], y[64:])
"""
SMALL = {"units": 4, "learning_rate": 0.1}


def fails(directory: Path, source: str, parameters=SMALL):
    return TrialProcess(directory, parameters).run_model(source, "--epochs", "1")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Two epochs by the manifest, with a place for the model; shared, for TensorFlow starts slowly."""
    directory = tmp_path_factory.mktemp("trained")
    trial = TrialProcess(
        directory, {**SMALL, "epochs": 2, "batch_size": 8}, TUNING_ARTIFACT_DIR=str(directory / "a" / "1")
    )
    return directory, trial.run_model(MODEL, "--epochs", "7")


def test_every_epoch_is_reported_and_the_manifests_epochs_win(trained):
    _, ended = trained
    assert ended.code == 0, ended.stderr
    assert [line.split("  ")[0] for line in ended.stdout.splitlines()] == ["epoch 1/2", "epoch 2/2"]


def test_ten_epochs_are_trained_where_nobody_says_how_many(tmp_path):
    ended = TrialProcess(tmp_path, SMALL).run_model(MODEL)
    assert ended.code == 0, ended.stderr
    told = [line.split("  ")[0] for line in ended.stdout.splitlines()]
    assert told == [f"epoch {number}/10" for number in range(1, 11)]


def test_the_message_has_keras_own_names_the_objective_first_and_no_test_metric(trained):
    _, ended = trained
    assert list(ended.message["metrics"]) == [
        *("val_accuracy", "accuracy", "loss", "val_loss", "train_time", "learning_rate"),
        *("step_time", "examples_per_second", "peak_memory_bytes", "model_parameters", "model_bytes"),
        *("flops", "latency_p50", "latency_p95"),
    ]
    assert set(list(ended.message["metrics"])[4:]) == measures.NAMES - {"peak_device_memory_bytes"}
    assert ended.message["step"] in (1, 2)


def test_tensorflow_starts_quietly_without_a_home(trained):
    assert trained[1].stderr == ""


def test_the_saved_model_is_the_one_whose_metrics_were_handed_in(trained, tmp_path):
    directory, ended = trained
    kept = ["history.csv", "model.keras", "model.svg", "model.weights.h5", "record.json"]
    assert sorted(os.listdir(directory / "a" / "1")) == kept
    judged = TrialProcess(directory).run_program(
        "from tuning_trial.tensorflow_setup import import_keras\n"
        "keras = import_keras(None)\n"
        "import model\n"
        "x, y = model.load_data()[1]\n"
        "kept = keras.models.load_model('a/1/model.keras')\n"
        "print(kept.evaluate(x, y, verbose=0, return_dict=True)['accuracy'])"
    )
    assert float(judged.stdout) == pytest.approx(ended.message["metrics"]["val_accuracy"])


def test_the_final_run_is_judged_on_the_test_set_and_artifacts_may_be_a_url(tmp_path):
    ended = TrialProcess(
        tmp_path, SMALL, TUNING_PURPOSE="Final", TUNING_SEED="7", TUNING_ARTIFACT_DIR=f"file://{tmp_path}/a/b"
    ).run_model(MODEL, "--epochs", "1")
    assert {"test_accuracy", "test_loss"} < set(ended.message["metrics"])
    assert (tmp_path / "a" / "b" / "model.keras").stat().st_size > 0


def test_a_final_run_that_diverges_has_no_test_accuracy(tmp_path):
    parameters = {"units": 4, "learning_rate": 1e30, "batch_size": 1}
    ended = TrialProcess(tmp_path, parameters, TUNING_PURPOSE="Final").run_model(MODEL, "--epochs", "2")
    assert ended.message["metrics"]["test_accuracy"] == "NaN"


def test_a_loss_that_is_nan_ends_the_training_as_an_outcome(tmp_path):
    trial = TrialProcess(tmp_path, {"units": 4, "learning_rate": 1e30, "batch_size": 1})
    ended = trial.run_model(MODEL, "--epochs", "9")
    assert ended.code == 0, ended.stderr
    assert ended.message["metrics"]["val_accuracy"] == "NaN"
    assert "lower the learning rate or clip the gradients" in ended.message["advice"][0]
    assert ended.message["step"] == 1
    assert "epoch 3/9" not in ended.stdout


def test_sigterm_saves_reports_and_exits_143(tmp_path):
    trial = TrialProcess(tmp_path, {**SMALL, "epochs": 10**6}, TUNING_ARTIFACT_DIR=str(tmp_path / "a"))
    with trial.start(*trial.model(MODEL)) as process:
        assert process.stdout.readline().startswith("epoch 1/")
        samples = samples_of(trial.port)
        process.send_signal(signal.SIGTERM)
        ended = trial.end(process)
    assert samples["tuning_trial_step",] >= 1
    assert 0 <= samples["tuning_trial_metric", "val_accuracy"] <= 1
    assert ended.code == 143, ended.stderr
    assert ended.message["interrupted"] is True
    assert math.isfinite(ended.message["metrics"]["val_accuracy"])
    assert (tmp_path / "a" / "model.keras").exists()


def samples_of(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
        families = list(text_string_to_metric_families(page.read().decode()))
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def test_datasets_and_conditional_parameters_outside_of_a_trial(tmp_path):
    datasets = """
import tensorflow as tf
arrays = load_data
def load_data():
    return [tf.data.Dataset.from_tensor_slices(part).batch(8) for part in arrays()]
"""
    ended = TrialProcess(tmp_path, TUNING_PARAMETERS="").run_model(MODEL + datasets, "--epochs", "1")
    assert (ended.code, ended.message) == (0, None), ended.stderr
    assert ended.stdout.startswith("epoch 1/1")


def test_exit_1_is_a_crash_with_the_tracebacks_last_line(tmp_path):
    ended = fails(tmp_path, MODEL + "\ndef load_data(): raise RuntimeError('the server\\nis down')")
    assert (ended.code, ended.message) == (1, {"error": "RuntimeError: the server is down"})
    assert "Traceback" in ended.stderr


def test_exit_3_is_out_of_memory(tmp_path):
    ended = fails(tmp_path, MODEL + "\ndef load_data(): return numpy.ones(2**50)")
    assert ended.code == 3
    assert "Unable to allocate" in ended.message["error"]


def test_exit_3_names_the_batch_size_and_the_advice(tmp_path):
    """128 TiB for a batch of 32: more than addresses reach."""
    wide = "keras.ops.repeat(x, 2**18, axis=1)"
    more = (
        f"keras.layers.Lambda(lambda x: keras.ops.max({wide}[:, :, None] * {wide}[:, None], axis=2)[:, :4])"
    )
    source = MODEL.replace("hidden, keras.layers.Dense(2)]", f"hidden, {more}, keras.layers.Dense(2)]")
    ended = fails(tmp_path, source, {**SMALL, "batch_size": 32})
    assert ended.code == 3, ended.stderr
    assert ended.message["error"].startswith("out of memory at batch_size=32: ResourceExhaustedError")
    assert "halve the batch" in ended.message["error"]


def test_a_gpu_that_is_not_found_ends_the_trial_unless_that_is_allowed(tmp_path):
    """On a machine with a GPU, CUDA is told to see none."""
    trial = TrialProcess(tmp_path, SMALL, TUNING_GPUS="1", CUDA_VISIBLE_DEVICES="-1")
    refused = trial.run_model(MODEL, "--epochs", "1")
    assert refused.code == 2
    assert "the manifest asks for 1 GPU and TensorFlow finds 0" in refused.message["error"]
    assert trial.run_model(MODEL, "--epochs", "1", "--require-gpu=false").code == 0


def test_exit_2_before_tensorflow_when_the_file_is_missing(tmp_path):
    trial = CountingTrial(tmp_path)
    ended = trial.run("-m", "tuning_trial.cli", "run", "modle.py")
    assert (ended.code, trial.imports) == (2, 0)
    assert "there is no file 'modle.py'" in ended.message["error"]
    assert ended.message["error"] in ended.stderr


def test_exit_2_when_the_data_does_not_fit_the_model(tmp_path):
    ended = fails(tmp_path, MODEL.replace("(4,)", "(5,)"))
    assert ended.code == 2
    assert ended.message["error"].startswith("model.py:4: the model and the data do not fit")


def test_exit_2_when_manifest_and_code_disagree(tmp_path):
    ended = fails(tmp_path, MODEL, {"units": 4})
    assert ended.code == 2
    assert ended.message["error"].startswith("model.py:7: the code asks for 'learning_rate'")


def test_exit_2_after_the_first_epoch_when_the_model_does_not_report_the_objective(tmp_path):
    ended = TrialProcess(tmp_path, SMALL, TUNING_OBJECTIVES='[{"metric": "val_acc"}]').run_model(MODEL)
    assert ended.code == 2
    assert "'val_acc' is none of" in ended.message["error"]
    assert "val_accuracy, val_loss" in ended.message["error"]
    assert "epoch 2/" not in ended.stdout


def test_the_callback_serves_a_program_of_ones_own(tmp_path):
    objectives = '[{"metric": "val_accuracy", "take": "Last"}]'
    ended = TrialProcess(tmp_path, SMALL, TUNING_OBJECTIVES=objectives).run_program(
        MODEL
        + """
import os, signal, keras_tuner
from tuning_trial import KerasCallback

class Drain(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            os.kill(os.getpid(), signal.SIGTERM)

train, validation, _ = load_data()
model = build_model(keras_tuner.HyperParameters())
model.fit(*train, epochs=5, validation_data=validation, callbacks=[KerasCallback(), Drain()], verbose=0)
print("fit has returned")
"""
    )
    assert (ended.code, ended.stdout) == (143, "fit has returned\n")
    assert (ended.message["step"], ended.message["interrupted"]) == (1, True)
