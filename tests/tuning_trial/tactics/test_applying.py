"""Tactics that the manifest gives and the user's file knows nothing of, on real trainings."""

import numpy as np
import pytest
from tuning_trial.errors import UserError
from tuning_trial.tactics.given import NEEDS, Given

keras = pytest.importorskip("keras")
import tensorflow as tf  # noqa: E402 - after the check for Keras
from tuning_trial.tactics.applying import training  # noqa: E402
from tuning_trial.tactics.chosen import Updates  # noqa: E402
from tuning_trial.tactics.pipeline import changed_data, count_updates  # noqa: E402
from tuning_trial.tactics.recompiling import changed_optimizer, soft_loss, soft_metrics  # noqa: E402

pytestmark = pytest.mark.tensorflow

FILE = """
import keras, numpy
SEEN = {}

class Look(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        SEEN.update(optimizer=self.model.optimizer, loss=self.model.loss, jit=self.model.jit_compile,
                    steps=self.model.steps_per_execution, strategy=self.model.distribute_strategy)

def build_model(hp):
    model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(3)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.1, clipnorm=3.0), loss, metrics=['accuracy'], jit_compile=False)
    SEEN['policy'] = model.layers[-1].compute_dtype
    return model

def load_data():
    x = numpy.random.default_rng(0).random((24, 4, 4, 1)).astype('float32')
    y = numpy.arange(24) % 3
    return (x, y), (x, y)
"""
OWN = """
class Mine(keras_tuner.HyperModel):
    build = staticmethod(build_model)
    def fit(self, hp, model, *arguments, **keywords):
        keywords['callbacks'] = [*keywords['callbacks'], Look()]
        return model.fit(*arguments, **keywords)
"""


def run(here, parameters, source=FILE, **options):
    """Run the file with the parameters; return what the training was seen to be made with, and what ran."""
    own = (
        "import keras_tuner"
        + source.replace("def build_model", "def make")
        + OWN.replace("build_model", "make")
    )
    ran = here.run(own, parameters, epochs=options.pop("epochs", 2), **options)
    return vars(__import__("sys").modules["tutorial"])["SEEN"], ran


@pytest.fixture
def _policy():
    yield
    keras.mixed_precision.set_global_policy("float32")


@pytest.mark.usefixtures("_policy")
def test_a_precision_that_building_undoes_is_refused(here):
    source = FILE.replace("    model = ", "    keras.backend.clear_session()\n    model = ", 1)
    words = r"mixed_precision='bfloat16' has no effect: .* 'float32', as after keras.backend.clear_session"
    with pytest.raises(UserError, match=words):
        run(here, {"mixed_precision": "bfloat16"}, source)
    assert run(here, {"mixed_precision": "none"}, source)[0]["policy"] == "float32"


def test_a_file_that_knows_no_tactics_is_trained_with_those_of_the_manifest(here, capsys):
    parameters = {
        "optimizer": "adamw", "learning_rate": 0.02, "schedule": "cosine", "weight_decay": 0.1, "xla": True,
        "steps_per_execution": 2, "label_smoothing": 0.1, "batch_size": 8,
    }  # fmt: skip
    seen, ran = run(here, parameters)
    assert type(seen["optimizer"]) is keras.optimizers.AdamW
    schedule = seen["optimizer"]._learning_rate
    assert (schedule.initial_learning_rate, schedule.decay_steps) == (pytest.approx(0.02), 6)
    assert (seen["optimizer"].weight_decay, seen["optimizer"].clipnorm) == (0.1, 3.0)
    assert (seen["jit"], seen["steps"], seen["loss"].label_smoothing) == (True, 2, 0.1)
    assert "label_smoothing=0.1" in capsys.readouterr().err
    assert set(ran.metrics) >= {"accuracy", "val_accuracy"}


def test_afterwards_the_model_has_its_author_s_loss_and_judges_plain_labels(here):
    _, ran = run(here, {"label_smoothing": 0.1, "learning_rate": 0.01})
    assert type(ran.model.loss) is keras.losses.SparseCategoricalCrossentropy
    assert float(ran.model.optimizer.learning_rate) == pytest.approx(0.01)
    judged = ran.model.evaluate(np.zeros((3, 4, 4, 1)), np.arange(3), verbose=0, return_dict=True)
    assert set(judged) == {"loss", "accuracy"}


BATCHES = """
_arrays = load_data
def load_data():
    import tensorflow
    parts = [tensorflow.data.Dataset.from_tensor_slices(part) for part in _arrays()]
    return [part.batch(8, drop_remainder=True) for part in parts]
"""


@pytest.mark.parametrize("data", ["", BATCHES], ids=["arrays", "batches"])
@pytest.mark.parametrize("tactic", [{"label_smoothing": 0.1}, {"sparsity": 0.5}], ids=str)
def test_a_model_that_does_not_begin_with_an_input_is_trained_like_one_that_does(here, tactic, data):
    parameters = tactic | {"batch_size": 8} if not data else tactic
    losses = [
        run(here, parameters, source + data, epochs=1, seed=3)[1].metrics["loss"]
        for source in (FILE, FILE.replace("keras.Input((4, 4, 1)), ", ""))
    ]
    assert losses[0] == pytest.approx(losses[1])


SUBCLASS = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.inner = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(3)])
    def call(self, x):
        return self.inner(x)

"""


def test_a_class_of_the_file_s_own_that_does_not_tell_its_classes_is_refused(here):
    source = FILE.replace("def build_model", SUBCLASS + "def build_model")
    source = source.replace(
        "keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(3)])",
        "Net()",
        1,
    )
    source = source.replace("    SEEN['policy'] = model.layers[-1].compute_dtype\n", "")
    with pytest.raises(UserError, match=r"mix_up makes labels one-hot, and Net does not tell its classes"):
        here.run(source, {"mix_up": 0.2}, epochs=1)


def test_a_parameter_that_the_code_asks_for_is_the_code_s(here):
    source = FILE.replace("SGD(0.1", "SGD(10 * hp.Float('learning_rate', 0.001, 1)")
    seen, _ = run(here, {"learning_rate": 0.01, "momentum": 0.5}, source)
    assert float(seen["optimizer"].learning_rate) == pytest.approx(0.1)
    assert seen["optimizer"].momentum == 0.5


@pytest.mark.usefixtures("_policy")
def test_a_model_is_built_under_the_precision_and_the_strategy(here):
    seen, _ = run(here, {"mixed_precision": "bfloat16", "mirrored": True}, epochs=1)
    assert seen["policy"] == "bfloat16"
    assert isinstance(seen["strategy"], tf.distribute.MirroredStrategy)


@pytest.mark.usefixtures("_policy")
def test_a_precision_that_the_code_asks_for_is_left_to_it(here):
    source = FILE.replace(
        "    model =", "    hp.Choice('mixed_precision', ['none', 'bfloat16'])\n    model ="
    )
    seen, _ = run(here, {"mixed_precision": "bfloat16"}, source, epochs=1)
    assert seen["policy"] == "float32"


def test_an_augmented_training_leaves_validation_data_alone():
    x, y = np.random.default_rng(0).random((60, 4, 4, 1), "float32"), np.arange(60) % 3
    given = Given.of({"mix_up": 1.0})
    arguments = {"x": x, "y": y, "batch_size": 30, "validation_data": (x, y)}
    changed = changed_data(arguments, given, ["mix_up"], "numbers", 3, 0)
    _, labels = next(iter(changed["x"]))
    assert bool(((labels > 0.001) & (labels < 0.999)).numpy().any())
    assert np.array_equal(changed["validation_data"][0], x)
    assert np.array_equal(changed["validation_data"][1], np.eye(3)[y])


def test_patience_ends_a_training_that_gets_no_better(here):
    _, ran = run(here, {"patience": 1, "learning_rate": 1e-12}, epochs=9)
    assert ran.steps == 2


@pytest.mark.parametrize(
    ("parameters", "change", "words"),
    [
        ({"label_smoothing": 0.1}, ("loss, metrics", "'mse', metrics"), "to the loss 'mse'"),
        ({"rotation": 0.1}, (".random((24, 4, 4, 1))", ".random((24, 16))"), "'rotation' is for images"),
        ({"beta_1": 0.8}, ("", ""), "'beta_1' is none of SGD"),
        ({"mix_up": 0.2}, ("'accuracy'", "'mae'"), "mix_up makes labels one-hot, and the metric 'mae'"),
        ({"schedule": "constant", "staircase": True}, ("", ""), "'staircase' has no effect with"),
        ({"decay_rate": 0.5}, ("", ""), "'decay_rate' has no effect with schedule='constant'; give sched"),
        ({"clip_norm": 1.0, "clip_value": 1.0}, ("", ""), "exclude each other"),
    ],
)  # fmt: skip
def test_what_cannot_be_applied_is_refused_by_both_names_before_training(here, parameters, change, words):
    source = FILE.replace(*change)
    source = source.replace("Input((4, 4, 1))", "Input((16,))") if "24, 16" in source else source
    with pytest.raises(UserError, match=words):
        run(here, parameters, source)


def test_a_training_of_the_file_s_own_that_never_fits_is_told(here):
    source = FILE + (
        "\nimport keras_tuner\nclass Loop(keras_tuner.HyperModel):\n"
        "    build = staticmethod(build_model)\n"
        "    def fit(self, hp, model, *arguments, **keywords):\n        return {'val_accuracy': 0.5}\n"
        "build = build_model\ndel build_model\n"
    )
    with pytest.raises(UserError, match="'learning_rate' acts in model"):
        here.run(source, {"learning_rate": 0.1})


def test_a_file_s_own_schedule_is_warmed_up_and_is_not_given_another_peak():
    own = keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(1.0, 90))
    warm = changed_optimizer(own, Given.of({"warm_up": 0.1}), Updates(100))._learning_rate
    assert [float(warm(i)) for i in (0, 4, 10)] == pytest.approx([0.1, 0.5, 1.0])
    with pytest.raises(UserError, match="and the file's own schedule CosineDecay"):
        changed_optimizer(own, Given.of({"learning_rate": 0.1}), Updates(100))


def test_clipping_and_decay_take_the_place_of_the_file_s():
    own = keras.optimizers.AdamW(0.1, clipnorm=1.0)
    own.exclude_from_weight_decay(var_names=["kernel"])
    changed = changed_optimizer(own, Given.of({"clip_value": 0.5}), None)
    assert (changed.clipvalue, changed.clipnorm, changed.weight_decay) == (0.5, None, 0.004)
    changed.build([kernel := keras.Variable(np.ones(1, "float32"), name="kernel")])
    assert not changed._use_weight_decay(kernel)
    assert changed_optimizer(own, Given.of({"weight_decay": 0.0}), None).weight_decay == 0.0


@pytest.mark.parametrize(
    ("arguments", "updates"),
    [
        ({"x": np.zeros(100), "batch_size": 32, "epochs": 3}, Updates(12, 32)),
        ({"x": np.zeros(100), "validation_split": 0.5, "epochs": 1}, Updates(2, 32)),
        ({"x": tf.data.Dataset.range(100).batch(10), "epochs": 2}, Updates(20, 10)),
        (
            {"x": tf.data.Dataset.range(9).batch(3).repeat(), "epochs": 2, "steps_per_epoch": 7},
            Updates(14, 3),
        ),
        ({"x": tf.data.Dataset.range(9).batch(3).repeat(), "epochs": 2}, None),
    ],
)
def test_updates_are_counted_by_what_fit_is_given(arguments, updates):
    assert count_updates(arguments, 1, is_scaled=True) == updates


def test_an_accumulation_that_the_training_never_completes_is_refused():
    with pytest.raises(UserError, match="accumulate=9 is more than the 8 batches of the training"):
        count_updates({"x": np.zeros((64, 1)), "batch_size": 16, "epochs": 2}, 9)


def test_data_that_is_there_only_once_loses_no_batch_by_being_counted():
    once = iter([np.zeros(2), np.ones(2)])
    data = tf.data.Dataset.from_generator(lambda: once, output_signature=tf.TensorSpec(2, "float64"))
    assert count_updates({"x": data, "steps_per_epoch": 2}, 1) == Updates(2)
    assert len([*data]) == 2


def test_a_schedule_over_data_without_a_length_is_refused():
    with pytest.raises(UserError, match="schedule='cosine' needs the length"):
        changed_optimizer(keras.optimizers.SGD(0.1), Given.of({"schedule": "cosine"}), None)


@pytest.mark.parametrize("name", NEEDS)
def test_a_tactic_without_effect_says_when_it_has_one(name):
    other, fitting = NEEDS[name]
    off = {"optimizer": "rmsprop", "schedule": "one_cycle"}[other]
    value = True if name == "staircase" else 1 if name == "decays" else 0.5
    with pytest.raises(UserError, match=f"'{name}' has no effect with {other}='{off}'; give it `when"):
        Given.of({name: value, other: off})
    assert Given.of({name: value, other: fitting[0]}).values[name] == value
    assert Given.of({name: value, other: off}, forgiving=True).has(name)


@pytest.mark.parametrize("name", ["categorical_crossentropy", "binary_crossentropy"])
def test_a_loss_by_name_is_smoothed(name):
    loss, labels = soft_loss(name, 0.2, ["label_smoothing"])
    assert (loss.label_smoothing, labels) == (0.2, "one-hot" if name[0] == "c" else "binary")


def test_sparse_metrics_keep_their_names_with_one_hot_labels():
    metrics = [
        "accuracy",
        "sparse_categorical_accuracy",
        keras.metrics.SparseTopKCategoricalAccuracy(2, name="top"),
    ]
    changed = soft_metrics(metrics, ["mix_up"])
    assert changed[0] == "accuracy"
    assert [m.name for m in changed[1:]] == ["sparse_categorical_accuracy", "top"]
    assert float(changed[2](np.eye(3)[[0]], [[0.3, 0.1, 0.6]])) == 1.0


def test_labels_of_two_classes_are_mixed():
    model = keras.Sequential(
        [keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(1, "sigmoid")]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    x, y = np.random.default_rng(0).random((8, 4, 4, 1), "float32"), np.arange(8) % 2
    arguments = {"x": x, "y": y, "validation_split": 0.25, "epochs": 1, "batch_size": 4}
    with training(model, arguments, Given.of({"mix_up": 0.3, "label_smoothing": 0.1})) as changed:
        history = model.fit(**changed, verbose=0)
    assert {"loss", "accuracy", "val_loss", "val_accuracy"} == set(history.history)
