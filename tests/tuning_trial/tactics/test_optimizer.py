"""Optimizers: each is Keras' own, decays what it should and clips what it should."""

import numpy as np
import pytest
from tuning_trial.tactics import Tactics, Updates

keras = pytest.importorskip("keras")
from tuning_trial.tactics import make_optimizer  # noqa: E402 - after the check for Keras
from tuning_trial.tactics.chosen import OPTIMIZERS  # noqa: E402

pytestmark = pytest.mark.tensorflow


def step(gradients, weights=1.0, names=("kernel",), **tactics):
    """How far one update moves variables that begin at `weights`."""
    optimizer = make_optimizer(Tactics(**{"optimizer": "sgd", "learning_rate": 1.0} | tactics), Updates(10))
    variables = [
        keras.Variable(np.full(np.shape(g), weights, "float32"), name=n)
        for g, n in zip(gradients, names, strict=True)
    ]
    optimizer.build(variables)
    optimizer.apply([np.asarray(g, "float32") for g in gradients])
    return [np.asarray(v.value) - weights for v in variables]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_each_goes_downhill(optimizer):
    (moved,) = step([[2.0, -3.0]], optimizer=optimizer, learning_rate=0.01)
    assert moved[0] < 0 < moved[1]


def test_each_is_keras_own_of_that_name():
    made = {name: type(make_optimizer(Tactics(optimizer=name), Updates(1))).__name__ for name in OPTIMIZERS}
    others = {"adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop", "adagrad": "Adagrad", "lion": "Lion"}
    assert made == others | dict.fromkeys(("sgd", "momentum", "nesterov"), "SGD")


def test_momentum_and_nesterov_are_kinds_of_sgd():
    made = {
        name: make_optimizer(Tactics(optimizer=name, momentum=0.8), Updates(1))
        for name in ("sgd", "momentum", "nesterov")
    }
    assert [(o.momentum, o.nesterov) for o in made.values()] == [(0.0, False), (0.8, False), (0.8, True)]


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "lion"])
def test_the_betas_are_the_tactics(optimizer):
    made = make_optimizer(Tactics(optimizer=optimizer, beta_1=0.8, beta_2=0.95), Updates(1))
    assert (made.beta_1, made.beta_2) == (0.8, 0.95)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_weight_decay_is_decoupled_and_spares_bias_and_normalisation(optimizer):
    zero = [[0.0]] * 4
    moved = step(
        zero,
        2.0,
        ("kernel", "bias", "gamma", "beta"),
        optimizer=optimizer,
        learning_rate=0.5,
        weight_decay=0.1,
    )
    assert [float(m[0]) for m in moved] == pytest.approx([-2.0 * 0.5 * 0.1, 0, 0, 0])


def test_adamw_without_weight_decay_does_not_decay():
    assert step([[0.0]], 2.0, optimizer="adamw")[0][0] == 0


@pytest.mark.parametrize(
    ("clip", "moved"),
    [
        ("clip_value", [[-1.0, -1.0], [-0.5]]),
        ("clip_norm", [[-0.6, -0.8], [-0.5]]),
        ("clip_global_norm", [[-3 / 25.25**0.5, -4 / 25.25**0.5], [-0.5 / 25.25**0.5]]),
    ],
)
def test_gradients_are_clipped_by_value_each_norm_or_the_norm_of_all(clip, moved):
    found = step([[3.0, 4.0], [0.5]], names=("kernel", "bias"), **{clip: 1.0})
    for got, wanted in zip(found, moved, strict=True):
        assert got == pytest.approx(wanted, rel=1e-4)
