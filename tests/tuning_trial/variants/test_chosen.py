"""The kind of a TFLite file as a parameter: chosen by the manifest, compared by the same names."""

import pytest
from tuning_trial.errors import UserError

keras = pytest.importorskip("keras")
pytest.importorskip("ai_edge_litert")
import numpy as np  # noqa: E402 - after the checks for Keras and LiteRT

from tests.tuning_trial.recipes.training import make, train  # noqa: E402
from tests.tuning_trial.variants.test_export import FIGURES, FILE  # noqa: E402

pytestmark = pytest.mark.tensorflow


def kinds(metrics):
    """Of which kinds there are files."""
    return {name.removesuffix("_latency_ms") for name in metrics if name.endswith("_latency_ms")}


def test_the_manifest_chooses_a_kind_and_its_figures_have_the_same_names_for_all(here):
    given, wanted = {"tflite": "float16"}, ("tflite_accuracy",)
    metrics = here.run(FILE, given, epochs=1, export=("dynamic",), objectives=wanted).metrics
    assert next(iter(metrics)) == "tflite_accuracy"
    for name in FIGURES:
        assert metrics[f"tflite_{name}"] == metrics[f"tflite_float16_{name}"]
    assert kinds(metrics) == {"tflite", "tflite_float32", "tflite_dynamic", "tflite_float16"}
    assert metrics["tflite_float16_bytes"] > metrics["tflite_dynamic_bytes"]


def test_the_plain_file_may_be_chosen_too(here):
    metrics = here.run(FILE, {"tflite": "float32"}, epochs=1).metrics
    assert kinds(metrics) == {"tflite", "tflite_float32"}
    assert metrics["tflite_bytes"] == metrics["tflite_float32_bytes"]


def test_none_makes_none_and_is_no_objective(here):
    assert not kinds(here.run(FILE, {"tflite": "none"}, epochs=1).metrics)
    words = "'tflite_bytes' is none of the metrics .* have that variant made by the tactic tflite"
    with pytest.raises(UserError, match=words):
        here.run(FILE, {"tflite": "none"}, epochs=2, objectives=("tflite_bytes",))


def test_a_kind_that_the_model_cannot_have_is_the_users_to_mend(here):
    custom = FILE.replace("[keras.Input((16,)), ", "[keras.Input((16,)), Erf(), ") + (
        "\nclass Erf(keras.layers.Layer):\n    def call(self, x):\n        return keras.ops.slogdet(\n"
        "            keras.ops.reshape(x, (-1, 4, 4)))[1][:, None] * x\n"
    )
    with pytest.raises(UserError, match="TFLite cannot express this model as dynamic"):
        here.run(custom, {"tflite": "dynamic"}, epochs=1)


def test_a_kind_that_does_not_exist_is_refused_before_training(here):
    with pytest.raises(
        UserError, match="'tflite' is 'int4'; make it one of none, float32, dynamic, float16, int8"
    ):
        here.run(FILE, {"tflite": "int4"}, epochs=1)


def test_a_file_that_asks_for_it_does_it_by_itself(here):
    asks = FILE.replace("    layers = ", "    hp.Choice('tflite', ['int8'])\n    layers = ")
    assert not kinds(here.run(asks, {"tflite": "int8"}, epochs=1).metrics)


def test_a_recipe_has_it_too_and_the_gan_has_not(here):
    inputs = {"a": np.linspace(-1, 1, 24), "b": np.linspace(1, 0, 24)}
    data = make(inputs, np.arange(24) // 12, 2)
    assert kinds(train(here, "tabular-classification", data, {"tflite": "dynamic"}).metrics) == {
        "tflite",
        "tflite_float32",
        "tflite_dynamic",
    }
    images = make({"image": np.zeros((6, 8, 8, 1), "float32")}, np.zeros(6), 1)
    with pytest.raises(UserError, match="the recipe gan has no parameter 'tflite'"):
        train(here, "gan", images, {"tflite": "dynamic"})
