"""SIGTERM while Python is in a long step: real processes."""

import json
import signal
import time

import pytest
from tuning_trial import sdk
from tuning_trial.errors import Interrupted

from tests.tuning_trial.keeping.test_again import MODEL
from tests.tuning_trial.trial_process import TrialProcess

STUCK = (
    MODEL
    + """
import os, tensorflow
sleeps = tensorflow.Variable(False)

def wait(x):
    if sleeps.numpy():
        print('in a long step', flush=True)
        time.sleep(300)
    return x

@keras.saving.register_keras_serializable()
class Stuck(keras.layers.Layer):
    def call(self, x):
        return tensorflow.ensure_shape(tensorflow.py_function(wait, [x], 'float32'), (None, 4))

class WorseThenAsleep(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            self.model.set_weights([-w for w in self.model.get_weights()])
        if epoch == 2:
            sleeps.assign(True)

usual = build_model
def build_model(hp):
    usual(hp)
    layers = [keras.Input((4,)), Stuck(), keras.layers.Dense(2)]
    model = keras.Sequential(layers)
    model.set_weights([numpy.outer([1, 0, 0, 0], [-1, 1]), numpy.zeros(2)])  # all right from the beginning
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile('adam', loss=loss, metrics=['accuracy'])
    fit = model.fit
    model.fit = lambda *a, **k: fit(*a, **k | {'callbacks': [WorseThenAsleep(), *k['callbacks']]})
    return model
"""
)

JUDGING = """
from tuning_trial.tensorflow_setup import import_keras
keras = import_keras(None)
import json, model
x, y = model.load_data()[1]
kept = keras.models.load_model('a/model.keras')  # in a hurry it is kept without its optimizer
kept.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=['accuracy'])
print(json.dumps(kept.evaluate(x, y, verbose=0, return_dict=True)))
"""


def test_the_best_model_is_kept_and_the_process_leaves_within_10_seconds(tmp_path):
    parameters = {"units": 8, "rate": 0.05, "epochs": 5}
    artifacts = tmp_path / "a"
    trial = TrialProcess(tmp_path, parameters, TUNING_ARTIFACT_DIR=str(artifacts))
    with trial.start(*trial.model(STUCK)) as process:
        while "in a long step" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        signalled = time.monotonic()
        told = wait_for_message(trial)
        ended = trial.end(process)
        took = time.monotonic() - signalled
    assert took < 10
    assert told["interrupted"] is True
    assert ended.code == 143
    assert ended.message["interrupted"] is True
    record = json.loads((artifacts / "record.json").read_text())
    assert record["interrupted"] is True
    assert [row["step"] for row in record["curves"]] == [1, 2]
    assert record["metrics"] == ended.message["metrics"]
    assert record["step"] == 1
    assert (artifacts / "checkpoint.zip").exists()
    judged = TrialProcess(tmp_path).run_program(JUDGING)
    kept = {name: record["metrics"][f"val_{name}"] for name in ("accuracy", "loss")}
    assert judged.code == 0, judged.stderr
    assert json.loads(judged.stdout) == pytest.approx(kept)


def wait_for_message(trial):
    """The message while the process is still stuck: it must not wait for the step."""
    for _ in range(50):
        if trial.log.exists():
            return json.loads(trial.log.read_bytes())
        time.sleep(0.1)
    raise AssertionError("no message came while the step went on")


READING = """
import hashlib
print('in a long step', flush=True)
hashlib.pbkdf2_hmac('sha256', b'', b'', 2**31 - 1)
"""


def test_a_trial_whose_data_is_still_being_read_leaves_as_soon(tmp_path):
    trial = TrialProcess(tmp_path, {"units": 8, "rate": 0.05})
    with trial.start(*trial.model(READING)) as process:
        while "in a long step" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        signalled = time.monotonic()
        assert wait_for_message(trial)["interrupted"] is True
        ended = trial.end(process)
        took = time.monotonic() - signalled
    assert took < 10
    assert ended.code == 143
    assert ended.message == {"metrics": {}, "interrupted": True}


SAVING = (
    MODEL
    + """
@keras.saving.register_keras_serializable()
class LongToSave(keras.layers.Layer):
    def call(self, x):
        return x

    def save_own_variables(self, store):
        print('saving', flush=True)
        time.sleep(1)

usual = build_model
def build_model(hp):
    model = usual(hp)
    model.add(LongToSave())
    return model
"""
)


def test_another_sigterm_does_not_cut_the_writing_of_the_model_short(tmp_path):
    parameters = {"units": 8, "rate": 0.05, "epochs": 10**6}
    trial = TrialProcess(tmp_path, parameters, TUNING_ARTIFACT_DIR=str(tmp_path / "a"))
    with trial.start(*trial.model(SAVING)) as process:
        for line in ("epoch 2", "saving"):
            while line not in process.stdout.readline():
                assert process.poll() is None
            process.send_signal(signal.SIGTERM)
        ended = trial.end(process)
    assert (ended.code, ended.message["interrupted"]) == (143, True)
    assert (tmp_path / "a" / "model.keras").exists()
    assert (tmp_path / "a" / "record.json").exists()


VALIDATES = (
    MODEL
    + """
import os, signal, tuning_trial
batches = []

class Terminate(keras.callbacks.Callback):
    def on_test_batch_end(self, batch, logs=None):
        batches.append(batch)
        print('validated', flush=True)
        if len(batches) == 5:  # the second epoch's first: each validates on four
            tuning_trial.sdk.current().interrupted = True

usual = build_model
def build_model(hp):
    model = usual(hp)
    fit = model.fit
    model.fit = lambda *a, **k: fit(*a, **k | {'callbacks': [Terminate(), *k['callbacks']]})
    return model
"""
)


def test_a_validation_is_left_and_its_epoch_is_not_reported(here, capsys):
    with pytest.raises(Interrupted):
        here.run(VALIDATES, {"units": 8, "rate": 0.05, "epochs": 9, "batch_size": 8})
    assert [row["step"] for row in sdk.current().curves.rows()] == [1]
    assert capsys.readouterr().out.count("validated") <= 6


# The second file that is put on the disk is the second epoch's checkpoint.
FULL_QUEUE = """
import os
sync, syncs = os.fsync, []

def slow(file):
    syncs.append(file)
    if len(syncs) == 2:
        print('writing', flush=True)
        time.sleep(300)
    sync(file)

os.fsync = slow
"""


def test_a_checkpoint_that_takes_too_long_costs_neither_the_best_model_nor_the_one_before(tmp_path):
    trial = TrialProcess(
        tmp_path, {"units": 8, "rate": 0.05, "epochs": 4}, TUNING_ARTIFACT_DIR=str(tmp_path / "a")
    )
    with trial.start(*trial.model(MODEL + FULL_QUEUE)) as process:
        while "writing" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 143
    assert json.loads(trial.log.read_bytes())["interrupted"] is True
    record = json.loads((tmp_path / "a" / "record.json").read_text())
    assert (record["interrupted"], [row["step"] for row in record["curves"]]) == (True, [1, 2])
    assert (tmp_path / "a" / "model.keras").exists()
    ended = trial.run_model(MODEL)
    assert ended.code == 0, ended.stderr
    assert "going on after step 1, from checkpoint.zip" in ended.stderr
    assert ended.stdout.startswith("epoch 2/4")


def test_the_checkpoint_of_another_model_is_named_with_the_mend(tmp_path):
    parameters = {"units": 8, "rate": 0.05, "epochs": 10**6}
    trial = TrialProcess(tmp_path, parameters, TUNING_ARTIFACT_DIR=str(tmp_path / "a"))
    with trial.start(*trial.model(MODEL)) as process:
        while "epoch 3" not in process.stdout.readline():
            assert process.poll() is None
        process.kill()
        trial.end(process)
    ended = trial.run_model(MODEL.replace("layers.Dropout(0.2)", "layers.Dense(3)"))
    assert ended.code == 2
    assert "a is of another model or optimizer: its model1. has 5 arrays" in ended.message["error"]
    assert "or remove the checkpoint to begin anew" in ended.message["error"]
