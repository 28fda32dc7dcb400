"""Large batches and warm-ups, by numbers, by Keras' schedules and in a real training."""

import pytest
from tuning_trial import sdk
from tuning_trial.tactics import Tactics, Updates, make_schedule

keras = pytest.importorskip("keras")
from tuning_trial.measures.batch_words import batch_words, warms_up  # noqa: E402 - after the check for Keras
from tuning_trial.tactics.schedule import Later  # noqa: E402

pytestmark = pytest.mark.tensorflow
SCHEDULES = keras.optimizers.schedules


def test_a_batch_above_512_without_a_warm_up_is_told():
    (words,) = batch_words(1024, [0.1, 0.1, 0.05], warms_up=False)
    assert words.startswith(
        "updates by 1024 examples each begin without a warm-up; let the learning rate rise"
    )
    assert batch_words(512, [0.1], warms_up=False) == []
    assert batch_words(1024, [0.1], warms_up=True) == []
    assert batch_words(1024, [0.02, 0.1, 0.05], warms_up=False) == []  # a callback's


@pytest.mark.parametrize(
    ("rate", "does"),
    [
        (0.1, False),
        (SCHEDULES.CosineDecay(0.1, 100), False),
        (SCHEDULES.CosineDecay(0.0, 100, warmup_target=0.1, warmup_steps=10), True),
        (make_schedule(Tactics(warm_up=0.1), Updates(100)), True),
        (make_schedule(Tactics(schedule="one_cycle"), Updates(100)), True),
        (Later(make_schedule(Tactics(warm_up=0.1), Updates(100)), 50), True),
    ],
)
def test_a_schedule_that_rises_at_once_warms_up(rate, does):
    assert warms_up(keras.optimizers.SGD(rate)) is does


def test_under_accumulation_a_schedule_warms_up_from_update_to_update():
    schedule = make_schedule(Tactics(warm_up=0.1, accumulate=4), Updates(100))
    assert warms_up(keras.optimizers.SGD(schedule, gradient_accumulation_steps=4))


FILE = """
import keras, numpy

def build_model(hp):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    model.compile('sgd', keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=['accuracy'])
    return model

def load_data():
    x = numpy.random.default_rng(0).normal(size=(1200, 2)).astype('float32')
    return (x, (x[:, 0] > 0) * 1), (x, (x[:, 0] > 0) * 1)
"""


@pytest.mark.parametrize(
    ("parameters", "told"),
    [({"batch_size": 600}, True), ({"batch_size": 300, "accumulate": 2}, True), ({"batch_size": 300}, False),
     ({"batch_size": 600, "warm_up": 0.5}, False)],
)  # fmt: skip
def test_a_trial_s_advice_has_it(here, parameters, told):
    here.run(FILE, parameters, epochs=2)
    advice = [words for words in sdk.current().advice if "warm-up" in words]
    assert advice == ([advice[0]] if told else [])
    assert not told or "updates by 600 examples" in advice[0]
