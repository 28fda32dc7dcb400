"""Learning rates: the shape of each schedule, and that it counts updates and not batches."""

import math
import zipfile

import numpy as np
import pytest
from tuning_trial import artifact
from tuning_trial.tactics import Tactics, Updates
from tuning_trial.tactics.chosen import SCHEDULES

keras = pytest.importorskip("keras")
from tuning_trial.tactics import make_optimizer, make_schedule  # noqa: E402 - after the check for Keras

pytestmark = pytest.mark.tensorflow
PEAK = 0.1


def rates(total=100, batches=None, **tactics):
    """The rate at every batch of a training of `total` updates."""
    rate = make_schedule(Tactics(learning_rate=PEAK, **tactics), Updates(total, 256))
    return [float(rate(step)) if callable(rate) else rate for step in range(batches or total)]


def test_a_constant_rate_is_a_number():
    assert set(rates()) == {PEAK}


def test_a_step_falls_at_even_borders():
    found = rates(99, schedule="step", decays=2, decay_rate=0.1)
    assert found[:34] == pytest.approx([PEAK] * 34)  # Keras' border belongs to what is before it
    assert found[34:67] == pytest.approx([PEAK / 10] * 33)
    assert found[67:] == pytest.approx([PEAK / 100] * 32)


def test_exponential_decay_is_smooth_or_a_staircase():
    smooth = rates(90, schedule="exponential", decays=2, decay_rate=0.5)
    stairs = rates(90, schedule="exponential", decays=2, decay_rate=0.5, staircase=True)
    assert smooth[15] == pytest.approx(PEAK * 0.5**0.5)
    assert sorted({round(rate, 6) for rate in stairs}) == pytest.approx([PEAK / 4, PEAK / 2, PEAK])
    assert stairs[30] == pytest.approx(smooth[30])


def test_cosine_annealing_ends_at_the_final_rate():
    found = rates(100, batches=101, schedule="cosine", final_rate=0.01)
    assert found[0] == pytest.approx(PEAK)
    assert found[50] == pytest.approx(PEAK * (0.01 + 0.99 / 2), rel=1e-4)
    assert found[100] == pytest.approx(PEAK * 0.01, rel=1e-3)


def test_cosine_with_restarts_comes_back_to_the_peak():
    found = rates(90, schedule="cosine_restarts", decays=2)
    assert [i for i, rate in enumerate(found) if rate == pytest.approx(PEAK)] == [0, 30, 60]
    assert found[29] < PEAK / 50


def test_the_cyclical_rate_is_a_triangle():
    found = rates(90, schedule="cyclical", decays=2)
    assert [found[i] for i in (0, 15, 30, 45, 60, 75)] == pytest.approx([PEAK / 10, PEAK] * 3, rel=1e-4)
    assert found[5] == pytest.approx(PEAK / 10 + (PEAK - PEAK / 10) / 3, rel=1e-4)


def test_one_cycle_rises_to_the_peak_and_falls_to_nearly_nothing():
    found = rates(100, batches=101, schedule="one_cycle")
    assert found[0] == pytest.approx(PEAK / 25)
    assert max(range(101), key=found.__getitem__) == 30
    assert found[30] == pytest.approx(PEAK)
    assert found[100] == pytest.approx(PEAK * 1e-4, rel=1e-2)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_warm_up_rises_linearly_before_any_of_them(schedule):
    """To where the schedule begins, which is not the peak for those that rise by themselves."""
    found = rates(100, schedule=schedule, warm_up=0.1)
    later = rates(90, schedule=schedule)
    assert found[:10] == pytest.approx([later[0] * (i + 1) / 10 for i in range(10)], rel=1e-4)
    assert found[10:] == pytest.approx(later, rel=1e-4)


@pytest.mark.parametrize(("scaling", "rate"), [("none", 0.1), ("sqrt", 0.2), ("linear", 0.4)])
def test_the_rate_grows_with_the_batch(scaling, rate):
    tactics = Tactics(learning_rate=0.1, rate_scaling=scaling)
    assert make_schedule(tactics, Updates(10, 1024)) == pytest.approx(rate)


def test_schedules_count_updates_under_accumulation_in_a_real_training():
    chosen = Tactics(
        optimizer="sgd", learning_rate=1.0, schedule="step", decays=1, decay_rate=0.5, accumulate=3
    )
    model = keras.Sequential(
        [keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")]
    )
    model.compile(make_optimizer(chosen, Updates(4)), loss=lambda y, p: keras.ops.mean(p))  # gradient 1
    weights = []
    for _ in range(12):  # batches, of 4 updates
        model.train_on_batch(np.ones((2, 1)), np.zeros((2, 1)))
        weights.append(-float(model.get_weights()[0][0, 0]))
    steps = np.diff([0.0, *weights])
    assert [i for i, step in enumerate(steps) if step] == [2, 5, 8, 11]
    assert steps[[2, 5, 8, 11]] == pytest.approx(
        [1.0, 1.0, 1.0, 0.5]
    )  # the border of Keras' step is inclusive


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras saving a variable
def test_what_a_trial_keeps_is_loaded_by_keras_alone(tmp_path):
    """Its schedule stands still where it stood; the model in the process keeps its own."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    optimizer = make_optimizer(Tactics(learning_rate=PEAK, warm_up=0.5, accumulate=2), Updates(8))
    model.compile(optimizer, "mse")
    for _ in range(4):  # batches, of 2 updates
        model.train_on_batch(np.ones((2, 1)), np.zeros((2, 1)))
    artifact.save(model, str(tmp_path))
    assert model.optimizer._learning_rate is optimizer._learning_rate
    with zipfile.ZipFile(tmp_path / "model.keras") as file:
        assert b"tuning_trial" not in file.read("config.json")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert float(loaded.optimizer.learning_rate) == pytest.approx(float(optimizer.learning_rate))
    assert float(loaded.optimizer.learning_rate) == pytest.approx(PEAK * 3 / 4)
    assert len(loaded.optimizer.variables) == len(optimizer.variables)


@pytest.mark.parametrize("schedule", ["cyclical", "one_cycle", "cosine"])
def test_a_schedule_is_saved_with_its_model(schedule):
    chosen = Tactics(schedule=schedule, warm_up=0.1, accumulate=2)
    rate = make_schedule(chosen, Updates(100))
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(rate))
    assert [float(again(i)) for i in range(0, 200, 17)] == [float(rate(i)) for i in range(0, 200, 17)]
    assert math.isfinite(float(again(0)))
