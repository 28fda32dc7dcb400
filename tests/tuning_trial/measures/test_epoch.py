"""Each epoch's figures, of real models."""

from __future__ import annotations

import time
from types import SimpleNamespace

import numpy
import pytest

keras = pytest.importorskip("keras")

from tuning_trial import keras_callback, sdk  # noqa: E402 - after the check for Keras
from tuning_trial.measures import epoch as measures  # noqa: E402
from tuning_trial.measures import model as figures  # noqa: E402
from tuning_trial.measures import watcher  # noqa: E402

from tests.tuning_trial.keeping.test_again import MODEL  # noqa: E402

pytestmark = pytest.mark.tensorflow


def dense(*, dtype="float32"):
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, dtype=dtype), keras.layers.Dense(2)])


def test_parameters_and_bytes_are_those_of_all_weights():
    assert figures.size(dense()) == {"model_parameters": 23, "model_bytes": 92}
    half = dense(dtype="float16")
    assert figures.size(half)["model_bytes"] == 15 * 2 + 8 * 4


def test_the_work_of_a_forward_pass_is_counted_and_timed():
    work = figures.work(dense())
    assert work["flops"] == 2 * 4 * 3 + 3 + 2 * 3 * 2 + 2
    assert 0 < work["latency_p50"] <= work["latency_p95"] < 1


def test_models_of_several_inputs_are_measured_too():
    a, b = keras.Input((2,), name="a"), keras.Input((3,), name="b")
    model = keras.Model({"a": a, "b": b}, keras.layers.Dense(1)(keras.layers.Concatenate()([a, b])))
    assert set(figures.work(model)) == {"flops", "latency_p50", "latency_p95"}


def test_a_loop_inside_hides_its_work_so_there_is_no_sum():
    model = keras.Sequential([keras.Input((5, 3)), keras.layers.LSTM(4)])
    assert set(figures.work(model)) == {"latency_p50", "latency_p95"}


def test_a_subclass_and_an_open_length_lack_what_cannot_be_measured():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.last = keras.layers.Dense(1)

        def call(self, x):
            return self.last(x)

    own = Own()
    own.compile("sgd", "mse")
    own(numpy.ones((1, 2)))
    metrics = measures.EpochMeasures().metrics(own)
    assert set(metrics) == {"learning_rate", "peak_memory_bytes", "model_parameters", "model_bytes"}
    assert figures.work(keras.Sequential([keras.Input((None, 3)), keras.layers.GRU(2)])) == {}


def test_the_latency_ends_when_patience_does():
    calls = []

    def once():
        calls.append(time.sleep(0.02))

    figures.latency(once, patience=0.03)
    assert len(calls) <= 4


def test_the_latency_that_one_pass_in_ten_exceeds_is_not_the_usual_one():
    calls = []

    def once():
        calls.append(time.sleep(0.02 if len(calls) % 10 == 5 else 0))

    told = figures.latency(once, patience=60)
    assert len(calls) == 1 + figures.PASSES
    assert told["latency_p50"] < 0.01 < 0.02 <= told["latency_p95"]


def test_the_time_of_a_training_is_without_that_of_measuring(here, monkeypatch):
    measured = []  # a day each, by the clocks of the two who tell the time apart
    clock = SimpleNamespace(
        monotonic=lambda: time.monotonic() + 86_400 * len(measured),
        perf_counter=lambda: time.perf_counter() + 86_400 * len(measured),
    )
    monkeypatch.setattr(keras_callback, "time", clock)
    monkeypatch.setattr(watcher, "time", clock)
    monkeypatch.setattr(figures, "work", lambda model: measured.append(model) or {})  # after the first epoch
    here.run(MODEL, {"units": 2, "rate": 0.1, "epochs": 2})
    first, second = (row["train_time"] for row in sdk.current().curves.rows())
    assert len(measured) == 1
    assert 0 < first < second < 3_600


def test_the_learning_rate_is_the_schedules_own():
    model = dense()
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([2], [0.5, 0.25])
    model.compile(keras.optimizers.SGD(schedule), "mse")
    assert measures.learning_rate(model) == {"learning_rate": 0.5}
    model.fit(numpy.ones((6, 4)), numpy.ones((6, 2)), batch_size=2, verbose=0)
    assert measures.learning_rate(model) == {"learning_rate": 0.25}


def test_the_memory_is_at_least_what_is_held():
    held = numpy.ones(2**22)
    assert measures.memory()["peak_memory_bytes"] > held.nbytes
