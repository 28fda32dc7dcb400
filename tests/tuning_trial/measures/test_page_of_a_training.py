"""What a real training shows: every series that the dashboards ask trials for, and nothing unbounded."""

from __future__ import annotations

import re
import subprocess
import urllib.request

import pytest
from prometheus_client import generate_latest
from tuning_trial import sdk
from tuning_trial.page import registry_of

from tests.conftest import is_expected
from tests.monitoring.queries import DASHBOARDS, queries
from tests.tuning_trial.in_process import Here
from tests.tuning_trial.trial_process import TrialProcess

pytest.importorskip("keras")
pytestmark = pytest.mark.tensorflow

MODEL = """
import keras, numpy

def build_model(hp):
    hidden = [keras.layers.Dense(4, 'relu') for _ in range(12)]
    model = keras.Sequential([keras.Input((4,)), *hidden, keras.layers.Dense(2)])
    model.compile('adam', keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=['accuracy'])
    return model

def load_data():
    x = numpy.random.default_rng(0).normal(size=(96, 4)).astype('float32')
    y = (x[:, 0] > 0).astype('int32')
    return (x[:64], y[:64]), (x[64:], y[64:])
"""

# All steps of its epoch are one call into TensorFlow, in which the loss says that it is being computed.
ONE_LONG_CALL = """
import keras, numpy, tensorflow, tuning_trial

def loss(y, predicted):
    tensorflow.print('inside')
    return keras.losses.mean_squared_error(y, predicted)

model = keras.Sequential([keras.Input((256,)), keras.layers.Dense(2048), keras.layers.Dense(1)])
model.compile('sgd', loss, steps_per_execution=10**6)
x = numpy.zeros((256, 256), 'float32')
data = tensorflow.data.Dataset.from_tensors((x, x[:, :1])).repeat()
tuning_trial.report(loss=0.5)
left = keras.callbacks.LambdaCallback(on_train_batch_end=lambda *_, **__: print('left', flush=True))
model.fit(data, steps_per_epoch=10**6, callbacks=[left], verbose=0)
"""


@pytest.fixture
def registry(here: Here):
    here.run(MODEL, epochs=2, report_batches=2)
    session = sdk.current()
    return registry_of(lambda: session.record, lambda: session.health, lambda: session.batch)


def test_the_page_of_a_training_has_what_dashboards_ask_for_and_promtool_likes_it(registry):
    samples = [sample for family in registry.collect() for sample in family.samples]
    names = {sample.name for sample in samples}
    metrics = {s.labels["metric"] for s in samples if s.name == "tuning_trial_metric"}
    asked = " ".join(expr for name in DASHBOARDS for _, expr in queries(DASHBOARDS[name]))
    assert set(re.findall(r"\btuning_trial_[a-z_]+(?={)", asked)) <= names
    assert {"learning_rate", "peak_memory_bytes"} < set(re.findall(r'metric="(\w+)"', asked)) - {"$metric"}
    assert set(re.findall(r'tuning_trial_metric{[^}]*metric="(\w+)"', asked)) <= metrics
    assert "tuning_trial_batch" in names
    running = {s.labels["metric"]: s.value for s in samples if s.name == "tuning_trial_batch_metric"}
    pace = {"learning_rate", "step_time", "examples_per_second", "peak_memory_bytes"}
    assert {"loss", "accuracy"} | pace <= running.keys()
    reported = {s.labels["metric"]: s.value for s in samples if s.name == "tuning_trial_metric"}
    assert 0 < running["train_time"] < reported["train_time"]  # of the last epoch, which is over

    for name in ("tuning_trial_gradient_norm", "tuning_trial_dead_relu_ratio"):
        assert len([sample for sample in samples if sample.name == name]) == 8  # of 13 and 12 layers
    if is_expected("promtool"):
        verdict = subprocess.run(
            ["promtool", "check", "metrics"], input=generate_latest(registry), capture_output=True
        )
        assert (verdict.returncode, verdict.stdout + verdict.stderr) == (0, b"")


def test_the_page_answers_again_and_again_while_one_call_into_tensorflow_lasts(tmp_path):
    trial = TrialProcess(tmp_path)
    with trial.start("-c", ONE_LONG_CALL) as process:
        try:
            answers = []
            for _ in range(20):
                while process.stderr.readline() != "inside\n":  # a step more of that call
                    assert process.poll() is None
                with urllib.request.urlopen(f"http://127.0.0.1:{trial.port}/metrics", timeout=60) as page:
                    answers.append(page.read())
            assert process.poll() is None
        finally:
            process.kill()
        assert process.stdout.read() == ""  # it was still that call
    assert all(b'tuning_trial_metric{metric="loss"} 0.5' in answer for answer in answers)
