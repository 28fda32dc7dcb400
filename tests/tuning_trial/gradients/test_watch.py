"""Gradient health in real trainings, in each way that Keras has to run a step."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy
import pytest

keras = pytest.importorskip("keras")

from tuning_trial.gradients.health import health_words  # noqa: E402
from tuning_trial.measures.watcher import Watcher  # noqa: E402

pytestmark = pytest.mark.tensorflow
BATCHES = 120  # the first ten updates and the hundredth are looked at


class Watched(keras.callbacks.Callback):
    """Hands a training to a Watcher."""

    def __init__(self) -> None:
        super().__init__()
        self.watcher = Watcher()

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        self.watcher.watch(model)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.watcher.epoch_ends(logs or {})


def small_model(*hidden: Any) -> Any:
    hidden = hidden or (keras.layers.Dense(3, name="a"),)
    return keras.Sequential([keras.Input((4,)), *hidden, keras.layers.Dense(1, name="last")])


def trained(model: Any, rate: float = 0.01, scale: float = 1.0, epochs: int = 1, **options: Any) -> Any:
    optimizer = options.pop("optimizer", None) or keras.optimizers.SGD(rate)
    model.compile(optimizer, loss="mse", **options)
    x = numpy.random.default_rng(0).normal(size=(BATCHES, 4)).astype("float32") * scale
    callback = Watched()
    callback.watcher.see(x)
    model.fit(x, x[:, :1], batch_size=1, epochs=epochs, verbose=0, callbacks=[callback])
    return callback.watcher.health, callback.watcher


def test_the_norms_are_those_of_the_groups_gradients():
    import tensorflow

    model = small_model()
    model.compile(keras.optimizers.SGD(0.0), loss="mse")
    x = numpy.ones((1, 4), "float32")
    with tensorflow.GradientTape() as tape:
        loss = tensorflow.reduce_mean((model(x) - 2.0) ** 2)
    gradients = tape.gradient(loss, [v.value for v in model.layers[0].trainable_variables])
    callback = Watched()
    model.fit(x, numpy.full((1, 1), 2.0), verbose=0, callbacks=[callback])
    norm = float(tensorflow.linalg.global_norm(gradients))
    assert callback.watcher.health.groups["1 a"].norm == pytest.approx(norm, rel=1e-5)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"jit_compile": True},
        {"jit_compile": True, "steps_per_execution": 7},
        {"run_eagerly": True},
    ],
    ids=str,
)
def test_the_first_updates_and_each_hundredth_are_looked_at(options):
    health, _ = trained(small_model(), **options)
    assert (health.measurements, health.losses) == (11, BATCHES)
    assert list(health.groups) == ["1 a", "2 last"]
    assert all(0 < one.norm < 1e3 for one in health.groups.values())


def test_gradient_accumulation_is_looked_at_batch_by_batch():
    optimizer = keras.optimizers.Adam(0.01, gradient_accumulation_steps=4)
    health, _ = trained(small_model(), optimizer=optimizer)
    assert health.measurements == 11


def test_under_mixed_precision_the_loss_scale_is_taken_out():
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        model = small_model()
    finally:
        keras.mixed_precision.set_global_policy("float32")
    health, _ = trained(model)
    assert health.measurements == 11
    assert all(one.exploding == 0 and one.norm < 1e3 for one in health.groups.values())


def test_exploding_gradients_are_told():
    health, watcher = trained(small_model(), rate=0.0, scale=1e4)
    assert health.groups["1 a"].exploding == 11
    assert watcher.advice[0].startswith(
        "gradients explode (norm above 1000) in layers 1 a, 2 last; lower the"
    )


def test_gradients_that_are_not_finite_are_told_first():
    health, watcher = trained(small_model(), rate=1e10, scale=1e3)
    assert health.groups["2 last"].nan > 0
    assert "not finite" in watcher.advice[0]


def test_vanishing_gradients_are_told_with_the_layers_they_do_not_reach():
    deep = [keras.layers.Dense(4, "sigmoid", name=f"d{i}") for i in range(14)]
    health, _ = trained(small_model(*deep), rate=1e-4)
    assert len(health.groups) == 8
    words = health_words(health)
    assert words[0].startswith("gradients vanish (norm below 1e-06) in layers 1 d0 to d1")
    assert "8 " not in words[0]


def test_dead_relus_are_told_with_their_part():
    bias = keras.initializers.Constant([-1e6, 0.0, -1e6, -1e6])
    relu = keras.layers.Dense(4, "relu", bias_initializer=bias, name="r")
    health, watcher = trained(small_model(relu))
    assert health.dead == {"1 r": 0.75}
    assert any(
        word.startswith("more than half of the relus are always 0 in layers 1 r") for word in watcher.advice
    )


def test_a_loss_that_swings_is_told_and_a_smooth_one_is_not():
    def swinging(rate: float) -> Any:
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
        model.compile(keras.optimizers.SGD(rate), loss="mse")
        callback, x = Watched(), numpy.array([[1.0], [3.0]] * 40, "float32")
        model.fit(x, x * 0, batch_size=1, shuffle=False, verbose=0, callbacks=[callback])
        return callback.watcher

    assert "the loss oscillates" in swinging(0.0).advice[0]
    smooth, _ = trained(small_model(), rate=0.0, scale=0.0)
    assert smooth.turns == 0


def test_embeddings_and_frozen_layers_are_no_hindrance():
    layers = [keras.layers.Embedding(5, 2), keras.layers.Flatten(), keras.layers.Dense(3, trainable=False)]
    model = keras.Sequential([keras.Input((4,), dtype="int32"), *layers, keras.layers.Dense(1)])
    health, _ = trained(model, scale=0.0)
    assert len(health.groups) == 2
    assert health.measurements == 11


@pytest.mark.parametrize("compiled", [False, True], ids=["graph", "xla"])
def test_the_update_is_the_one_without_a_look(compiled):
    def weights_after(look: bool) -> Any:
        keras.utils.set_random_seed(1)
        model = small_model()
        model.compile(keras.optimizers.Adam(0.01), loss="mse", jit_compile=compiled)
        x = numpy.random.default_rng(0).normal(size=(BATCHES, 4)).astype("float32")
        model.fit(x, x[:, :1], batch_size=1, verbose=0, shuffle=False, callbacks=[Watched()] if look else [])
        return model.get_weights()

    for watched, bare in zip(weights_after(True), weights_after(False), strict=True):
        numpy.testing.assert_allclose(watched, bare, rtol=1e-5, atol=1e-7)


def test_an_optimizer_that_cannot_be_watched_has_not_the_health_of_the_one_before():
    _, watcher = trained(small_model())
    alone = SimpleNamespace(num_replicas_in_sync=1)
    watcher.watch(SimpleNamespace(optimizer=None, distribute_strategy=alone))
    assert watcher._gradients is None


def test_a_single_weight_is_looked_at_and_an_update_without_any_is_left_alone():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, use_bias=False, name="only")])
    health, _ = trained(model)
    assert list(health.groups) == ["1 only"]
    model.optimizer.apply([], [])


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras saving a variable
def test_a_model_saved_while_it_is_watched_loads_and_trains_on(tmp_path):
    model = small_model()
    trained(model)
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    again.fit(numpy.ones((2, 4)), numpy.ones((2, 1)), verbose=0)
    assert int(again.optimizer.iterations) == BATCHES + 1
