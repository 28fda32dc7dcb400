"""A look at gradients changes nothing of the training, however the groups are parted among looks."""

import numpy
import pytest

keras = pytest.importorskip("keras")
import tensorflow  # noqa: E402
from tuning_trial.gradients import look  # noqa: E402
from tuning_trial.keras_callback import KerasCallback  # noqa: E402

pytestmark = pytest.mark.tensorflow
BATCHES = 12


def small_model(optimizer, **options):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Embedding(9, 3), keras.layers.Flatten(), keras.layers.Dense(3, "relu")]
    model = keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dropout(0.1), keras.layers.Dense(1)])
    model.compile(optimizer, "mse", **options)
    return model


def train(model, *callbacks):
    x = numpy.random.default_rng(0).integers(0, 9, size=(BATCHES * 2, 4))
    y = x[:, :1].astype("float32")
    model.fit(x, y, 2, epochs=2, shuffle=False, verbose=0, callbacks=callbacks)
    return model.get_weights()


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: keras.optimizers.Adam(0.01),
        lambda: keras.optimizers.SGD(0.01, gradient_accumulation_steps=2),
        lambda: keras.optimizers.SGD(0.01, use_ema=True, clipnorm=0.1),
        lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01)),
    ],
    ids=["adam", "accumulation", "ema", "loss-scale"],
)
@pytest.mark.parametrize("options", [{}, {"steps_per_execution": 5}], ids=str)
def test_what_is_learnt_is_the_same_to_the_bit(optimizer, options):
    bare = train(small_model(optimizer(), **options))
    callback = KerasCallback()
    watched = train(small_model(optimizer(), **options), callback)
    assert callback._watcher.health.measurements == 10
    for one, other in zip(watched, bare, strict=True):
        numpy.testing.assert_array_equal(one, other)


def test_a_look_is_at_so_many_bytes_or_at_one_group(monkeypatch):
    model = keras.Sequential([keras.Input((8,)), *(keras.layers.Dense(n) for n in (8, 8, 100, 1, 1, 1))])
    monkeypatch.setattr(look, "BYTES", 600)  # the first two take 576, the third 3,600, the last ones 412
    names = [[name.partition(" ")[0] for name in one._names] for one in look.looks_at(model)]
    assert names == [["1", "2"], ["3"], ["4", "5", "6"]]


def test_what_is_seen_is_the_same_however_the_groups_are_parted(monkeypatch):
    found = []
    for most in (look.BYTES, 1):
        monkeypatch.setattr(look, "BYTES", most)
        callback = KerasCallback()
        model = small_model("adam")
        train(model, callback)
        found.append((callback._watcher.health, len(look.looks_at(model))))
    (together, looks), (apart, more) = found
    assert (looks, more) == (1, 3)
    assert [name.partition(" ")[0] for name in together.groups] == ["1", "2", "3"]
    norms = [[group.norm for group in health.groups.values()] for health in (together, apart)]
    assert norms[0] == pytest.approx(norms[1], rel=1e-6)
    assert together.measurements == apart.measurements


def test_a_look_is_not_taken_apart_into_switches():
    """TensorFlow runs a graph that has some with a slower executor."""
    model = small_model("adam")
    (one,) = look.looks_at(model)
    weights = model.trainable_weights
    gradients = [tensorflow.ones(weight.shape) for weight in weights]
    graph = tensorflow.function(lambda due: one.through(due, gradients, weights))
    made = graph.get_concrete_function(tensorflow.TensorSpec((), "bool")).graph
    conditionals = [operation for operation in made.get_operations() if "If" in operation.type]
    assert [operation.type for operation in conditionals] == ["If"]
    assert "_lower_using_switch_merge" not in conditionals[0].node_def.attr
