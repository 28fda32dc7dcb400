"""Pruning on small models that are really trained."""

import numpy as np
import pytest
from tuning_trial import sdk
from tuning_trial.errors import UserError
from tuning_trial.tactics import Tactics, read

keras = pytest.importorskip("keras")
from tuning_trial.variants.masks import mask_of  # noqa: E402 - after the check for Keras
from tuning_trial.variants.pruning import Prune, latest_point, sparsity_at  # noqa: E402

pytestmark = pytest.mark.tensorflow


def trained(chosen, epochs=4, policy=None, **options):
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
    model = keras.Sequential(
        [keras.Input((8,)), keras.layers.Dense(16, "relu", dtype=policy), keras.layers.Dense(1)]
    )
    optimizer = keras.optimizers.Adam(0.01, **options)
    model.compile(optimizer if policy is None else keras.optimizers.LossScaleOptimizer(optimizer), "mse")
    history = model.fit(x, x[:, :1], 8, epochs, verbose=0, callbacks=[Prune(chosen)])
    return model, history.history


def zeros(model):
    return [float((layer.kernel.numpy() == 0).mean()) for layer in model.layers]


def test_the_polynomial_is_zhus_and_guptas():
    chosen = Tactics(sparsity=0.8, pruning_begin=0.1, pruning_end=0.5, pruning_frequency=10)
    assert latest_point(chosen, 9, 100) is None
    points = [latest_point(chosen, update, 100) for update in (10, 19, 20, 39, 50, 99)]
    assert points == [10, 10, 20, 30, 50, 50]
    shares = [sparsity_at(chosen, point, 100) for point in (10, 20, 30, 40, 50)]
    assert shares == pytest.approx([0.8 * (1 - (1 - p) ** 3) for p in (0, 0.25, 0.5, 0.75, 1)])


def test_constant_sparsity_is_all_there_from_its_beginning_on():
    chosen = Tactics(sparsity=0.5, pruning_schedule="constant", pruning_begin=0.5)
    assert latest_point(chosen, 49, 100) is None
    assert sparsity_at(chosen, latest_point(chosen, 50, 100), 100) == 0.5


def test_an_end_that_is_no_whole_number_of_frequencies_is_reached():
    chosen = Tactics(sparsity=0.5, pruning_end=0.95, pruning_frequency=100)
    assert sparsity_at(chosen, latest_point(chosen, 95, 100), 100) == 0.5


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"sparsity": 1}, "'sparsity' is 1; make it a number from 0 to 0.999"),
        (
            {"pruning_begin": 0.9, "pruning_end": 0.5},
            "'pruning_end' is 0.5; make it a number from pruning_begin",
        ),
        ({"pruning_frequency": 0.5}, "'pruning_frequency' is 0.5; make it a whole number from 1"),
        ({"pruning_block": "4"}, "'pruning_block' is '4'; make it rows x columns, such as 1x4"),
        ({"pruning_pooling": "min"}, "'pruning_pooling' is 'min'; make it one of avg, max"),
        ({"pruning_schedule": "linear"}, "make it one of polynomial, constant"),
    ],
)
def test_a_value_out_of_range_is_named_with_its_range(wrong, message):
    with pytest.raises(UserError, match=message):
        read({"units": 3, **wrong})


def test_zeros_grow_and_stay_although_adam_moves_every_weight():
    model, history = trained(Tactics(sparsity=0.75, pruning_end=0.5, pruning_frequency=1))
    assert zeros(model) == [0.75, 0.75]
    assert history["sparsity"] == sorted(history["sparsity"])
    assert history["sparsity"][-1] == 0.75
    assert history["sparse_bytes"][-1] < history["sparse_bytes"][0]
    assert history["compressed_bytes"][-1] < history["compressed_bytes"][0]


def test_by_default_nothing_is_pruned():
    model, history = trained(Tactics(), epochs=1)
    assert zeros(model) == [0, 0]
    assert history["sparsity"] == [0]


def test_blocks_go_as_a_whole():
    model, _ = trained(Tactics(sparsity=0.5, pruning_schedule="constant", pruning_block="2x4"), epochs=1)
    blocks = model.layers[0].kernel.numpy().reshape(4, 2, 4, 4)
    assert set((blocks == 0).mean((1, 3)).ravel()) == {0, 1}


@pytest.mark.parametrize("pooling", ["avg", "max"])
def test_blocks_go_by_the_pooling_that_is_chosen(pooling):
    model, _ = trained(Tactics(), epochs=0)
    whole = model.layers[0].kernel.numpy()
    stays = {name: mask_of(whole, 0.5, (2, 4), name) for name in ("avg", "max")}
    assert not np.array_equal(stays["avg"], stays["max"])
    at_once = {"sparsity": 0.5, "pruning_schedule": "constant", "pruning_begin": 0.0}
    model, _ = trained(Tactics(**at_once, pruning_block="2x4", pruning_pooling=pooling), epochs=1)
    assert np.array_equal(model.layers[0].kernel.numpy() != 0, stays[pooling])


HALF, ACCUMULATING = {"policy": "mixed_float16"}, {"gradient_accumulation_steps": 2}


@pytest.mark.parametrize("options", [HALF, ACCUMULATING, HALF | ACCUMULATING])
def test_updates_are_counted_under_loss_scaling_and_accumulation(options):
    model, _ = trained(Tactics(sparsity=0.5, pruning_end=1.0, pruning_frequency=1), epochs=2, **options)
    assert zeros(model) == [0.5, 0.5]


def test_a_layer_that_is_thawed_is_pruned_from_then_on():
    class Thaw(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.model.layers[0].trainable = epoch > 0

    x = np.random.default_rng(0).normal(size=(16, 8)).astype("float32")
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4), keras.layers.Dense(1)])
    model.layers[0].trainable = False
    model.compile("sgd", "mse")
    chosen = Tactics(sparsity=0.5, pruning_schedule="constant")
    model.fit(x, x[:, :1], 8, 2, verbose=0, callbacks=[Thaw(), Prune(chosen)])
    assert zeros(model) == [0.5, 0.5]


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own, as it saves
def test_a_model_that_is_thawed_with_a_fresh_optimizer_is_pruned_to_the_end(here, tmp_path):
    own = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(1)])
    own.save(tmp_path / "p.keras")
    given = {"sparsity": 0.5, "pretrained": str(tmp_path / "p.keras"), "frozen": 0.5, "frozen_epochs": 2}
    ran = here.run(PLAIN, given, epochs=4, objectives=("sparsity",))
    assert zeros(ran.model) == [0.5, 0.5]


def test_what_was_pruned_stays_so_when_the_file_calls_fit_again(here):
    twice = PLAIN.replace("def build_model(hp)", "def plain(hp)") + (
        "\nimport keras_tuner\nclass Own(keras_tuner.HyperModel):\n    def build(self, hp):\n"
        "        return plain(hp)\n    def fit(self, hp, model, *data, **options):\n"
        "        model.fit(*data, **options)\n        return model.fit(*data, **options)\n"
    )
    here.run(twice, {"sparsity": 0.5}, epochs=4, objectives=("sparsity",))
    assert [row["sparsity"] for row in sdk.current().curves.rows()[4:]] == [0.5] * 4


def test_a_pruning_that_would_prune_nothing_is_refused(here):
    with pytest.raises(UserError, match=r"sparsity=0.5 prunes nothing: .* 100x100 .*; give a smaller"):
        here.run(PLAIN, {"sparsity": 0.5, "pruning_block": "100x100"}, epochs=1, objectives=())


def test_data_that_does_not_tell_its_length_is_refused():
    import tensorflow

    data = tensorflow.data.Dataset.from_generator(
        lambda: iter([(np.ones((2, 1)), np.ones((2, 1)))]),
        output_signature=(tensorflow.TensorSpec((None, 1)), tensorflow.TensorSpec((None, 1))),
    )
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(UserError, match="the dataset does not say"):
        model.fit(data, callbacks=[Prune(Tactics(sparsity=0.5))], verbose=0, shuffle=False)


def test_a_trial_reports_what_pruning_brings(here):
    source = """
import keras, keras_tuner, numpy as np
from tuning_trial import tactics
from tuning_trial.variants.pruning import Prune

class Pruned(keras_tuner.HyperModel):
    def build(self, hp):
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(1)])
        model.compile("adam", "mse")
        return model

    def fit(self, hp, model, *arguments, callbacks, **keywords):
        chosen = tactics.read({"sparsity": hp.Float("sparsity", 0.5, 0.95), "pruning_end": 0.5})
        return model.fit(*arguments, callbacks=[Prune(chosen), *callbacks], **keywords)

def load_data():
    x = np.random.default_rng(0).normal(size=(16, 4)).astype("float32")
    return (x, x[:, :1]), (x, x[:, :1])
"""
    ran = here.run(source, {"sparsity": 0.75}, epochs=3, objectives=("sparsity",))
    assert ran.metrics["sparsity"] == 0.75
    assert {"sparse_bytes", "compressed_bytes"} <= ran.metrics.keys()


PLAIN = """
import keras, numpy as np

def build_model(hp):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model

def load_data():
    x = np.random.default_rng(0).normal(size=(16, 4)).astype("float32")
    return (x, x[:, :1]), (x, x[:, :1])
"""


def test_the_manifest_alone_prunes_a_file_that_knows_nothing_of_it(here):
    given = {"sparsity": 0.5, "pruning_end": 0.5, "schedule": "cosine"}
    ran = here.run(PLAIN, given, epochs=2, objectives=("sparsity",))
    assert ran.metrics["sparsity"] == 0.5
    assert zeros(ran.model) == [0.5, 0.5]
    assert here.run(PLAIN, {"sparsity": 0.0}, epochs=1, objectives=("sparsity",)).metrics["sparsity"] == 0


def test_the_manifest_alone_prunes_a_fit_of_the_files_own(here):
    own = PLAIN.replace("def build_model(hp)", "def plain(hp)") + (
        "\nimport keras_tuner\nclass Own(keras_tuner.HyperModel):\n    def build(self, hp):\n"
        "        return plain(hp)\n    def fit(self, hp, model, *data, **options):\n"
        "        return model.fit(*data, **options)\n"
    )
    given = {"sparsity": 0.5, "pruning_schedule": "constant"}
    assert here.run(own, given, epochs=1, objectives=("sparsity",)).metrics["sparsity"] == 0.5


def test_a_model_with_a_compile_of_its_own_is_pruned_all_the_same(here):
    own = PLAIN.replace("def build_model(hp)", "def plain(hp)") + (
        "\nclass Own(keras.Sequential):\n    def compile(self, loss):\n"
        "        super().compile('sgd', loss)\n"
        "\ndef build_model(hp):\n    model = Own(plain(hp).layers)\n    model.build((None, 4))\n"
        "    model.compile('mse')\n    return model\n"
    )
    given = {"sparsity": 0.5, "pruning_schedule": "constant"}
    assert here.run(own, given, epochs=1, objectives=("sparsity",)).metrics["sparsity"] == 0.5


def test_what_has_no_effect_without_sparsity_is_refused_by_name(here):
    with pytest.raises(UserError, match="'pruning_end' has no effect without sparsity"):
        here.run(PLAIN, {"pruning_end": 0.5}, epochs=1, objectives=())
    with pytest.raises(UserError, match=r"has no effect without sparsity; give it `when: .*min: …"):
        here.run(PLAIN, {"sparsity": 0.0, "pruning_end": 0.5}, epochs=1, objectives=())
