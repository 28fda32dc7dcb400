"""Trainings of a model without some of its units: what is removed by the manifest alone, and when."""

import json

import numpy as np
import pytest
from tuning_trial.errors import UserError
from tuning_trial.tactics.given import Given

keras = pytest.importorskip("keras")
from tuning_trial.transfer.applying import without_units  # noqa: E402 - after the check for Keras
from tuning_trial.variants.structured import remove_units  # noqa: E402

from tests.tuning_trial.recipes.training import make as examples  # noqa: E402
from tests.tuning_trial.recipes.training import train  # noqa: E402

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # TensorFlow, NumPy 2
]

FILE = """
import keras, numpy

def build_model(hp):
    layers = keras.layers
    model = keras.Sequential([keras.Input((6, 6, 1)), layers.Conv2D(4, 3), layers.BatchNormalization(),
                              layers.Flatten(), layers.Dense(8), layers.Dense(3)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=['accuracy'])
    return model

DIE = []

class Die(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch in DIE:
            raise RuntimeError('killed')

def load_data():
    x = numpy.random.default_rng(0).random((24, 6, 6, 1)).astype('float32')
    return (x, numpy.arange(24) % 3), (x, numpy.arange(24) % 3)
"""
FIT = """
import keras_tuner

class Own(keras_tuner.HyperModel):
    def build(self, hp):
        return plain(hp)

    def fit(self, hp, model, *data, callbacks, **options):
"""


def with_fit(body):
    return FILE.replace("def build_model", "def plain") + FIT + f"        {body}\n"


@pytest.fixture
def file(here):
    """A file of a model that was trained, in the directory of the trial's."""
    model = here.run(FILE, {"batch_size": 4}, epochs=2).model
    model.save(here.directory / "trained.keras")
    model.save_weights(here.directory / "trained.weights.h5")
    return keras.saving.load_model(here.directory / "trained.keras")


@pytest.mark.parametrize("name", ["trained.keras", "trained.weights.h5"])
def test_the_manifest_alone_removes_units_of_a_trained_model_and_trains_the_rest(here, file, capsys, name):
    given = {"pretrained": name, "removed": 0.5, "learning_rate": 1e-12, "batch_size": 24}
    ran = here.run(FILE, given, epochs=1, objectives=("sparse_bytes",))
    assert [layer.kernel.shape for layer in ran.model.layers if hasattr(layer, "kernel")] == [
        (3, 3, 1, 2),
        (32, 4),
        (4, 3),
    ]
    for weight, wanted in zip(
        ran.model.get_weights()[:2], remove_units(file, 0.5).get_weights(), strict=False
    ):
        np.testing.assert_allclose(weight, wanted, atol=1e-6)
    said = capsys.readouterr().err
    assert said.count("layers taken over") == 1
    assert f"removed=0.5: {ran.model.count_params()} of the model's {file.count_params()} parameters" in said
    assert ran.metrics["sparse_bytes"] == ran.metrics["model_bytes"] == 4 * ran.model.count_params()
    assert ran.metrics["model_parameters"] == ran.model.count_params()


def test_of_a_model_that_the_file_has_trained_before_too(here, file):
    loads = FILE.replace("    layers = keras.layers\n", "    return keras.models.load_model('FILE')\n")
    loads = loads.replace("FILE", str(here.directory / "trained.keras"))
    ran = here.run(loads, {"removed": 0.25, "learning_rate": 1e-12, "batch_size": 24}, epochs=1)
    np.testing.assert_allclose(
        ran.model.get_weights()[0], remove_units(file, 0.25).get_weights()[0], atol=1e-6
    )


def test_a_share_of_0_removes_nothing_and_has_the_same_figures(here):
    ran = here.run(FILE, {"removed": 0.0}, epochs=1, objectives=("sparse_bytes",))
    assert ran.metrics["model_parameters"] == 4 * 10 + 16 + 64 * 8 + 8 + 27
    assert ran.metrics["sparse_bytes"] == ran.metrics["model_bytes"]


def test_the_trained_parameters_of_a_sparse_model_without_units_are_told_of_once(here):
    given = {"removed": 0.5, "sparsity": 0.5, "pruning_end": 0.5, "cache": False}
    ran = here.run(FILE, given, epochs=2, objectives=("sparsity",))
    assert ran.metrics["sparsity"] == pytest.approx(0.5, abs=0.02)
    assert ran.model.layers[0].filters == 2


def test_a_training_that_goes_on_from_its_checkpoint_gives_the_same_numbers(here, file):
    source = with_fit(
        "return model.fit(*data, callbacks=[Die(), *callbacks], **{**options, 'shuffle': False})"
    )

    def run(place, *dies):
        (here.directory / place).mkdir(exist_ok=True)
        given = {"pretrained": "trained.keras", "removed": 0.5, "batch_size": 8}
        directory = str(here.directory / place)
        return here.run(source + f"\nDIE += {[*dies]}", given, epochs=3, artifact_dir=directory)

    whole = run("whole")
    with pytest.raises(RuntimeError, match="killed"):
        run("torn", 2)
    again = run("torn")
    assert again.metrics["loss"] == pytest.approx(whole.metrics["loss"], abs=1e-6)
    for one, other in zip(whole.model.get_weights(), again.model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)
    kept = keras.saving.load_model(here.directory / "torn/model.keras")
    assert kept.layers[0].filters == 2
    record = json.loads((here.directory / "torn/record.json").read_text())
    assert record["parameters"]["removed"] == 0.5


def test_a_training_loop_of_the_files_own_gets_the_smaller_model(here):
    body = (
        "model.optimizer.build(model.trainable_variables); return {'val_accuracy': model.layers[0].filters}"
    )
    ran = here.run(with_fit(body), {"removed": 0.5})
    assert ran.metrics["val_accuracy"] == 2


def test_a_file_that_asks_for_it_does_it_by_itself(here):
    asks = FILE.replace("    layers = ", "    hp.Float('removed', 0.1, 0.9)\n    layers = ")
    assert here.run(asks, {"removed": 0.5}, epochs=1).model.layers[0].filters == 4


def test_what_the_manifest_gives_and_cannot_be_is_refused_before_training(here, file):
    with pytest.raises(UserError, match=r"removed=0\.5 and frozen=0\.5 exclude each other"):
        here.run(FILE, {"removed": 0.5, "pretrained": "trained.keras", "frozen": 0.5})
    own = FILE.replace("keras.Sequential(", "Own(") + "\nclass Own(keras.Sequential):\n    pass\n"
    with pytest.raises(UserError, match=r"removed=0\.5: units are removed from .*, and this is Own; build"):
        here.run(own, {"removed": 0.5})
    with pytest.raises(UserError, match=r"'removed' is 1; make it a number from 0 to 0\.99"):
        here.run(FILE, {"removed": 1})


def test_the_models_of_all_folds_lose_units(here, capsys):
    numbers = np.random.default_rng(0).random((2, 24))
    data = examples({"a": numbers[0], "b": numbers[1]}, np.arange(24) % 3, 3, 3)
    small = {"width": 8, "batch_size": 8}
    train(here, "tabular-classification", data, small).model.save(here.directory / "kept.keras")
    capsys.readouterr()
    given = {**small, "pretrained": str(here.directory / "kept.keras"), "removed": 0.5}
    ran = train(here, "tabular-classification", data, given)
    said = capsys.readouterr().err
    assert said.count("removed=0.5: ") == said.count("layers taken over") == 3
    assert [w.shape for w in ran.model.get_weights() if w.ndim > 1] == [(2, 4), (4, 4), (4, 3)]


def test_the_gan_has_no_such_parameter(here):
    images = {"image": np.zeros((6, 8, 8, 1), "float32")}
    with pytest.raises(UserError, match="the recipe gan has no parameter 'removed'"):
        train(here, "gan", examples(images, np.zeros(6), 1), {"removed": 0.5})


def test_a_program_of_ones_own_does_it_in_two_steps(here, file):
    given = Given.of({"pretrained": "trained.keras", "removed": 0.5})
    model = keras.models.clone_model(file)
    assert without_units(model, given, here.directory).layers[0].filters == 2
    assert without_units(model, Given.of({"removed": 0}), here.directory) is model
