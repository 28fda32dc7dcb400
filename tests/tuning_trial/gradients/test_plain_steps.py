"""Most steps of a longer training run in a graph that cannot look; what is seen and learnt stays the same."""

import numpy
import pytest

keras = pytest.importorskip("keras")

from tuning_trial.gradients import plain_steps  # noqa: E402
from tuning_trial.keras_callback import KerasCallback  # noqa: E402

pytestmark = pytest.mark.tensorflow
BATCHES = 60  # an epoch
NEVER = 10**9


class Graphs(keras.callbacks.Callback):
    """Notes which train_function each batch has."""

    def __init__(self):
        super().__init__()
        self.used = []

    def on_train_batch_begin(self, batch, logs=None):
        self.used.append(self.model.train_function)


def small_model(**options):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(3, "relu", name="first"), keras.layers.Dropout(0.1)]
    model = keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(1, name="last")])
    model.compile(**{"optimizer": keras.optimizers.Adam(0.01), "loss": "mse"} | options)
    return model


def train(model, *callbacks, epochs=4, batch_size=1):
    x = numpy.random.default_rng(0).normal(size=(BATCHES, 4)).astype("float32")
    graphs = Graphs()
    y = x[:, :1]
    model.fit(x, y, batch_size, epochs, shuffle=False, verbose=0, callbacks=[*callbacks, graphs])
    return graphs.used


def switched(used):
    """The batches whose graph is not that of the batch before."""
    return [i for i in range(1, len(used)) if used[i] is not used[i - 1]]


def test_a_plain_graph_is_made_after_some_updates_and_left_for_each_look(monkeypatch):
    monkeypatch.setattr(plain_steps, "AFTER", 70)
    model, callback = small_model(), KerasCallback()
    used = train(model, callback)
    assert switched(used) == [70, 99, 100, 199, 200]
    assert used[99] is used[199] is used[0] is model.train_function
    assert used[70] is used[100] is used[200]
    assert callback._watcher.health.measurements == 12  # the first ten, and two of the hundredth


def test_a_short_training_has_one_graph(monkeypatch):
    monkeypatch.setattr(plain_steps, "AFTER", 4 * BATCHES)
    assert switched(train(small_model(), KerasCallback())) == []


@pytest.mark.parametrize(
    "options", [{"run_eagerly": True}, {"jit_compile": True}, {"steps_per_execution": 7}], ids=str
)
def test_what_would_gain_nothing_keeps_its_one_graph(monkeypatch, options):
    monkeypatch.setattr(plain_steps, "AFTER", 0)
    model = small_model(**options)
    model.optimizer.iterations.assign(10)
    assert switched(train(model, KerasCallback(), epochs=1)) == []


class OwnFunction(keras.Sequential):
    """Makes its train_function itself, and only once."""

    def make_train_function(self, force=False):
        if self.train_function is None:
            super().make_train_function()
        return self.train_function


def test_a_model_that_makes_but_one_graph_is_still_looked_at(monkeypatch):
    monkeypatch.setattr(plain_steps, "AFTER", 70)
    model = OwnFunction([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    callback = KerasCallback()
    assert switched(train(model, callback)) == []
    assert callback._watcher.health.measurements == 12


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: keras.optimizers.Adam(0.01),
        lambda: keras.optimizers.SGD(0.01, gradient_accumulation_steps=2),
        lambda: keras.optimizers.SGD(0.01, use_ema=True),
        lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01)),
    ],
    ids=["adam", "accumulation", "ema", "loss-scale"],
)
def test_what_is_seen_and_learnt_stays_the_same(monkeypatch, optimizer):
    found = []
    for after in (12, NEVER):
        monkeypatch.setattr(plain_steps, "AFTER", after)
        model, callback = small_model(optimizer=optimizer()), KerasCallback()
        used = train(model, callback, epochs=12, batch_size=7)  # nine batches each, the last one smaller
        assert bool(switched(used)) == (after != NEVER)
        found.append((model.get_weights(), callback._watcher.health))
    (weights, seen), (expected, seen_before) = found
    assert seen == seen_before
    for one, other in zip(weights, expected, strict=True):
        numpy.testing.assert_array_equal(one, other)


def test_an_optimizer_that_counts_other_than_batches_is_looked_at_once_in_a_hundred_batches(monkeypatch):
    monkeypatch.setattr(plain_steps, "AFTER", 10)
    model, callback = small_model(), KerasCallback()

    class Twice(keras.callbacks.Callback):
        """Counts on by itself, as a second update of each batch would."""

        def on_train_batch_end(self, batch, logs=None):
            self.model.optimizer._iterations.assign_add(1)

    train(model, callback, Twice(), epochs=5)  # which begin at 0, 120, 240, 360 and 480
    assert callback._watcher.health.measurements == 5 + 3  # of the first ten, and 299, 399, 499


def test_compiling_anew_makes_both_graphs_anew(monkeypatch):
    monkeypatch.setattr(plain_steps, "AFTER", 20)
    model, callback = small_model(), KerasCallback()
    before = train(model, callback, epochs=1)
    model.compile(model.optimizer, "mae")
    after = train(model, callback, epochs=1)
    assert not set(map(id, before)) & set(map(id, after))
    assert switched(after) == [39, 40]  # updates 99 and 100
    assert model.train_function is after[39]


def test_a_training_that_was_broken_off_goes_on_and_is_looked_at(monkeypatch):
    monkeypatch.setattr(plain_steps, "AFTER", 20)
    model, callback = small_model(), KerasCallback()

    class Break(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 30:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(model, callback, Break())
    broken_off = model.train_function
    used = train(model, callback, epochs=2)
    assert used[0] is broken_off
    assert callback._watcher.health.measurements == 11
    assert model.train_function is not broken_off
