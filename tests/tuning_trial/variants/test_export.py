"""TFLite variants of models that are really trained, run by LiteRT."""

import gzip

import numpy as np
import pytest
from tuning_trial import sdk, variants
from tuning_trial.contract import Objective
from tuning_trial.errors import Interrupted, UserError

keras = pytest.importorskip("keras")
pytest.importorskip("ai_edge_litert")
from tuning_trial.variants import tflite  # noqa: E402 - after the check for LiteRT
from tuning_trial.variants.interpreted import Interpreted  # noqa: E402
from tuning_trial.variants.measuring import Judging, judged, latency  # noqa: E402
from tuning_trial.variants.tflite import plain, trace  # noqa: E402

from tests.tuning_trial.variants.in_process import convert  # noqa: E402

pytestmark = pytest.mark.tensorflow
layers = keras.layers

FILE = """
import keras, numpy as np

def build_model(hp):
    layers = keras.layers
    model = keras.Sequential([keras.Input((16,)), layers.Dense(128, "relu"), layers.Dense(2, "softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model

def load_data():
    x = np.random.default_rng(0).normal(size=(96, 16)).astype("float32")
    y = (x[:, 0] > 0).astype("int32")
    return (x[:64], y[:64]), (x[64:], y[64:])
"""


def samples(*shapes, count=8, low=-1.0):
    random = np.random.default_rng(0)
    return [[random.uniform(low, 1, (1, *shape)).astype("float32") for shape in shapes] for _ in range(count)]


def outputs(model, inputs):
    return [np.asarray(one) for one in keras.tree.flatten(model(inputs if len(inputs) > 1 else inputs[0]))]


def assert_alike(model, kind, known, tolerance):
    variant = Interpreted(convert(model, kind, known))
    for inputs in known:
        for got, wanted in zip(variant(inputs), outputs(model, inputs), strict=True):
            np.testing.assert_allclose(got, wanted, atol=tolerance)


@pytest.fixture
def float32_again():
    yield
    keras.mixed_precision.set_global_policy("float32")


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # h5py's, as Keras saves
def test_a_trial_reports_its_variants_beside_float32_and_one_of_their_metrics_may_be_the_objective(
    here, tmp_path, capfd
):
    place = tmp_path / "kept"
    place.mkdir()
    ran = here.run(
        FILE,
        epochs=3,
        export=("dynamic", "float16", "int8"),
        objectives=("tflite_int8_accuracy",),
        artifact_dir=str(place),
    )
    kinds = ("float32", "dynamic", "float16", "int8")
    for kind in kinds:
        content = (place / f"model-{kind}.tflite").read_bytes()
        assert ran.metrics[f"tflite_{kind}_bytes"] == len(content)
        assert ran.metrics[f"tflite_{kind}_compressed_bytes"] == len(gzip.compress(content, 1))
        assert ran.metrics[f"tflite_{kind}_sparse_bytes"] == len(content)  # no kernel of it has zeros
        assert ran.metrics[f"tflite_{kind}_latency_ms"] > 0
    assert ran.metrics["tflite_float32_accuracy"] == pytest.approx(ran.metrics["val_accuracy"])
    assert ran.metrics["tflite_float32_loss"] == pytest.approx(ran.metrics["val_loss"], rel=1e-4)
    assert next(iter(ran.metrics)) == "tflite_int8_accuracy"
    assert ran.metrics["tflite_int8_loss"] == pytest.approx(ran.metrics["val_loss"], rel=0.1)
    weights = 16 * 128
    for kind in kinds[1:]:  # not 3 of 4 bytes: an int8 file tells its ranges, too
        assert ran.metrics[f"tflite_{kind}_bytes"] < ran.metrics["tflite_float32_bytes"] - weights
    assert ran.steps == 3
    said = capfd.readouterr().err
    for kind in kinds:  # who tries a file by hand sees the figures nowhere else
        accuracy, size = (ran.metrics[f"tflite_{kind}_{name}"] for name in ("accuracy", "bytes"))
        assert f"variant {kind}: bytes {size:.0f}  " in said
        assert f"  accuracy {accuracy:.4g}\n" in said


FIGURES = ("bytes", "compressed_bytes", "sparse_bytes", "latency_ms", "accuracy", "loss")


def test_a_pruned_model_s_variants_have_all_figures_and_sparse_bytes_save_what_was_pruned(here):
    given = {"sparsity": 0.95, "pruning_schedule": "constant", "pruning_begin": 0.0}
    kinds = ("dynamic", "float16", "int8")
    ran = here.run(FILE, given, epochs=1, export=kinds, objectives=("sparsity",))
    for kind, size in {"float32": 4, "dynamic": 1, "float16": 2, "int8": 1}.items():
        own = {name: ran.metrics[f"tflite_{kind}_{name}"] for name in FIGURES}
        dense, left = 128 * 16, round(128 * 16 * 0.05)  # of the first kernel, outputs × inputs in TFLite
        assert own["bytes"] - own["sparse_bytes"] >= dense * size - left * (size + 2) - 129 * 4, kind
        assert own["compressed_bytes"] < own["bytes"]
    spared = ran.metrics["model_bytes"] - ran.metrics["sparse_bytes"]
    assert ran.metrics["tflite_float32_bytes"] - ran.metrics["tflite_float32_sparse_bytes"] == pytest.approx(
        spared, rel=0.2
    )


def test_the_variants_are_those_of_the_best_epochs_model(here):
    source = FILE.replace("keras.optimizers.Adam(0.01)", "keras.optimizers.SGD(30.0)")
    ran = here.run(source, epochs=6, export=("float16",), seed=1)
    assert ran.metrics["tflite_float32_accuracy"] == pytest.approx(ran.metrics["val_accuracy"])


def test_an_objective_that_no_variant_has_is_the_users_to_mend(here):
    with pytest.raises(UserError, match="'tflite_int8_acc' is none of the metrics"):
        here.run(FILE, epochs=1, export=("int8",), objectives=("tflite_int8_acc",))


def test_a_sigterm_while_variants_are_made_is_no_mistake_in_the_objective(here, monkeypatch):
    made = variants.export

    def interrupted(*arguments):
        sdk.current().interrupted = True
        return made(*arguments)

    monkeypatch.setattr(variants, "export", interrupted)
    ran = here.run(FILE, epochs=1, export=("int8",), objectives=("tflite_int8_accuracy",))
    assert not any(name.startswith("tflite_int8_") for name in ran.metrics)


def test_an_objective_that_only_validation_data_would_tell_says_so(here):
    alone = FILE.replace("def load_data():", "def fit_alone():")
    searching = alone + (
        "import keras_tuner\n(x, y), _ = fit_alone()\n"
        "keras_tuner.RandomSearch(build_model, 'val_loss').search(x, y, validation_split=0.5, epochs=1)\n"
    )
    with pytest.raises(UserError, match=r"'tflite_int8_loss' is none .*; name one of them, or give fit"):
        here.run(searching, export=("int8",), objectives=("tflite_int8_loss",))


def test_an_objective_of_a_variant_that_was_not_asked_for_is_refused_after_the_first_epoch(here):
    with pytest.raises(UserError, match="'tflite_int8_accuracy' is none of the metrics"):
        here.run(FILE, epochs=9, export=("float16",), objectives=("tflite_int8_accuracy",))


def test_a_kind_that_does_not_exist_is_named_before_any_training():
    with pytest.raises(UserError, match="no variant 'int4' to export; make it one of dynamic, float16, int8"):
        variants.check(("float16", "int4"))


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_of_mixed_precision_a_float32_clone_is_converted(float32_again, policy):
    keras.mixed_precision.set_global_policy(policy)
    model = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Conv2D(2, 3),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dense(2, dtype="float32"),
        ]
    )
    clone = plain(model)
    assert {layer.compute_dtype for layer in clone.layers} == {"float32"}
    assert {layer.compute_dtype for layer in model.layers[:-1]} == {policy.removeprefix("mixed_")}
    assert_alike(model, "float32", samples((6, 6, 1)), 0.05)


@pytest.mark.parametrize("kind", ["float32", "int8"])
def test_recurrent_models_are_converted_at_batch_size_1(kind):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4, 2)), layers.Bidirectional(layers.LSTM(3)), layers.Dense(2)])
    assert_alike(model, kind, samples((4, 2)), 0.1 if kind == "int8" else 1e-5)


LOOP = """
import tensorflow

class Sum(keras.layers.Layer):
    def call(self, x):
        return tensorflow.while_loop(lambda i, _: i < 3, lambda i, y: (i + 1, y + x), (0, x))[1]
"""


def test_a_loop_of_ones_own_cannot_be_calibrated(tmp_path):
    given = {"keras": keras}
    exec(LOOP, given)
    model = keras.Sequential([keras.Input((2,)), given["Sum"]()])
    with pytest.raises(UserError, match="TFLite cannot calibrate a model with a loop in it; leave int8 out"):
        trace(model, "int8", samples((2,)), tmp_path)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # h5py's, as Keras saves
def test_a_converter_that_dies_costs_the_trial_that_variant_and_nothing_else(
    here, tmp_path, monkeypatch, capfd
):
    monkeypatch.setattr(
        tflite, "_loops", lambda called: False
    )  # what is refused, for it is known to be fatal
    place = tmp_path / "kept"
    place.mkdir()
    source = FILE.replace("layers.Dense(2,", "Sum(), layers.Dense(2,") + LOOP
    ran = here.run(source, epochs=1, export=("int8", "float16"), artifact_dir=str(place))
    assert "no variant int8: TensorFlow's converter died of it (SIGSEGV" in capfd.readouterr().err
    assert {"tflite_float32_bytes", "tflite_float16_accuracy", "val_accuracy"} <= ran.metrics.keys()
    assert not [name for name in ran.metrics if name.startswith("tflite_int8")]
    kept = {path.name for path in place.iterdir()}
    assert {"model.keras", "model-float16.tflite", "model-float32.tflite"} <= kept


@pytest.mark.parametrize("kind", ["float32", "int8"])
def test_several_inputs_and_outputs_keep_their_order(kind):
    keras.utils.set_random_seed(0)
    first, second = keras.Input((3,), name="z"), keras.Input((2,), name="a")
    both = layers.Concatenate()([first, second])
    model = keras.Model([first, second], [layers.Dense(2)(both), layers.Dense(1)(first)])
    assert_alike(model, kind, samples((3,), (2,)), 0.1 if kind == "int8" else 1e-5)


def test_ranges_are_taken_of_each_input_s_own_examples():
    keras.utils.set_random_seed(0)
    sizes = (1000, 1, 30, 0.1, 5, 200)
    given = [keras.Input((4,)) for _ in sizes]
    model = keras.Model(given, [layers.Dense(2)(one) for one in given])
    known = [[x * size for x, size in zip(one, sizes, strict=True)] for one in samples(*[(4,)] * 6)]
    variant = Interpreted(convert(model, "int8", known))
    for inputs in known:
        for got, wanted, size in zip(variant(inputs), outputs(model, inputs), sizes, strict=True):
            np.testing.assert_allclose(got, wanted, atol=0.05 * size)


def compiled(**options):
    keras.utils.set_random_seed(0)
    first, second = keras.Input((3,), name="z"), keras.Input((2,), name="a")
    model = keras.Model({"z": first, "a": second}, layers.Dense(1)(layers.Concatenate()([first, second])))
    model.compile(loss="mse", metrics=["mae"], **options)
    return model


def test_data_may_be_a_dataset_of_named_inputs_and_counts_as_keras_counts_it(here):
    import tensorflow

    model, random = compiled(), np.random.default_rng(0)
    x = {name: random.normal(size=(7, size)).astype("float32") for name, size in (("z", 3), ("a", 2))}
    data = tensorflow.data.Dataset.from_tensor_slices((x, random.normal(size=(7, 1)))).batch(3)
    here.session(objectives=())
    found = variants.export(model, ["float16"], data, data)
    wanted = model.evaluate(data, verbose=0, return_dict=True)
    assert found["tflite_float32_mae"] == pytest.approx(wanted["mae"], rel=1e-4)
    assert found["tflite_float32_loss"] == pytest.approx(wanted["loss"], rel=1e-4)


def test_a_variant_that_cannot_be_had_is_said_and_left_out_unless_it_is_the_objective(here, capfd):
    class Own(keras.Model):
        def call(self, x):
            return x

    data = (np.ones((2, 1), "float32"), np.ones((2, 1)))
    here.session(objectives=("val_loss",))
    assert variants.export(Own(), ["int8"], data) == {}
    assert "no variant int8: Own does not say what its inputs are" in capfd.readouterr().err
    here.session(objectives=("tflite_int8_bytes",))
    with pytest.raises(UserError, match="build it by Keras' functional API"):
        variants.export(Own(), ["int8"], data)


def test_a_metric_that_fails_on_a_variant_s_outputs_costs_that_variant_and_nothing_else(here, capfd):
    def only_in_a_graph(y, predicted):
        return keras.ops.mean(predicted) if hasattr(predicted, "op") else predicted.nowhere

    model = compiled()
    model.compile(loss="mse", metrics=[only_in_a_graph])
    data = ({"z": np.ones((3, 3)), "a": np.ones((3, 2))}, np.ones((3, 1)))
    model.fit(*data, verbose=0)
    here.session(objectives=("val_loss",))
    assert variants.export(model, ["float16"], data, data) == {}
    assert "no variant float16: TFLite variants cannot be measured on this data" in capfd.readouterr().err
    here.session(objectives=("tflite_float16_loss",))
    with pytest.raises(UserError, match="mend the data, the loss or the metric that this is about"):
        variants.export(model, ["float16"], data, data)


def test_a_model_of_nan_has_no_accuracy_whatever_the_integers_make_of_it(here):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax")])
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.set_weights([np.full((4, 3), np.nan), np.zeros(3)])
    data = (np.ones((6, 4), "float32"), np.arange(6) % 3)
    here.session(objectives=("val_loss",))
    found = variants.export(model, ["int8"], data, data)
    for kind in ("float32", "int8"):
        assert np.isnan([found[f"tflite_{kind}_accuracy"], found[f"tflite_{kind}_loss"]]).all()
        assert found[f"tflite_{kind}_bytes"] > 0


class Count(keras.metrics.Metric):
    def __init__(self):
        super().__init__(name="count")
        self.batches = self.add_weight(shape=(), initializer="zeros", name="batches")

    def update_state(self, y, predicted, sample_weight=None):
        self.batches.assign_add(1)

    def result(self):
        return {"batches": self.batches, "twice": 2 * self.batches}


def test_a_metric_may_give_its_own_variable_several_numbers_or_one_for_each_class(here):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax")])
    model.compile(loss="categorical_crossentropy", metrics=[Count(), keras.metrics.F1Score()])
    data = (np.ones((6, 4), "float32"), np.eye(3)[np.arange(6) % 3])
    model.fit(*data, verbose=0)
    here.session(objectives=("val_loss",))
    found = variants.export(model, [], data, data)
    told = {name: value for name, value in found.items() if name.endswith(("batches", "twice", "f1_score"))}
    assert told == {"tflite_float32_batches": 1, "tflite_float32_twice": 2}


def test_a_model_of_words_has_no_variant(here, capfd):
    words = keras.Input((1,), dtype="string", name="text")
    model = keras.Model(words, layers.Dense(1)(layers.Hashing(4, output_mode="one_hot")(words)))
    data = (keras.ops.convert_to_tensor([["good"], ["bad"]]), np.ones((2, 1)))
    here.session(objectives=("val_loss",))
    assert variants.export(model, ["float16"], data, data) == {}
    assert "no variant float16: the model's input 'text' is of words" in capfd.readouterr().err


def test_after_a_sigterm_no_variant_is_half_measured(here):
    model = compiled()
    session = here.session(objectives=())
    calls = []

    def interrupt():
        calls.append(1)
        session.interrupted = len(calls) == 2

    data = ({"z": np.ones((3, 3)), "a": np.ones((3, 2))}, np.ones((3, 1)))
    assert judged(model, lambda inputs: [np.ones((1, 1))], data, interrupt)["loss"] == 0
    session.interrupted = True
    assert variants.export(model, ["int8"], data, data) == {}


def test_a_long_judgement_says_how_far_it_has_come(here, capfd):
    seconds = iter([0, 1, 5, 11, 12, 13, 30, 31])
    look = Judging(here.session(), "int8", lambda: next(seconds))
    for _ in range(5):
        look()
    assert capfd.readouterr().err.splitlines() == [
        "tuning-trial: variant int8: 2 examples judged so far",
        "tuning-trial: variant int8: 4 examples judged so far",
    ]


def test_a_conversion_is_left_when_the_trial_is():
    looks = []

    def leave():
        looks.append(1)
        if len(looks) == 2:
            raise Interrupted("SIGTERM")

    model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    with pytest.raises(Interrupted):
        tflite.convert(model, ("float32", "int8"), samples((2,)), leave)


def test_latency_is_the_median_of_a_bounded_number_of_calls():
    times = iter(range(10_000))
    assert latency(lambda i: None, lambda: next(times) * 0.001) == pytest.approx(0.001)
    slow = iter(range(10_000))
    assert latency(lambda i: None, lambda: next(slow) * 0.5) == pytest.approx(0.5)
    assert next(slow) < 10


def test_the_objective_keeps_the_last_model_until_it_is_told():
    from tuning_trial.record import Observation, Record, observe

    record = Record()
    for step in (1, 2, 3):
        record = observe(record, Observation(step, {"loss": step}), (Objective("size"),), set())
    assert record.kept.step == 3
