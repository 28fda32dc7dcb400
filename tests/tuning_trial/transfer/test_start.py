"""Trainings that start from a Keras file: what is taken over, what is frozen, and for how long."""

import json
from hashlib import sha256

import numpy as np
import pytest
from tuning_trial.errors import UserError
from tuning_trial.tactics.given import Given

keras = pytest.importorskip("keras")
from tuning_trial import sdk, tactics  # noqa: E402 - after the check for Keras
from tuning_trial.keras_callback import KerasCallback  # noqa: E402
from tuning_trial.recipes.command import refuse_files  # noqa: E402
from tuning_trial.tactics.applying import Applying, training  # noqa: E402

from tests.tuning_trial.recipes.training import make as examples  # noqa: E402
from tests.tuning_trial.recipes.training import train  # noqa: E402

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # TensorFlow, NumPy 2
]

X, Y = np.random.default_rng(0).random((24, 6, 6, 1), "float32"), np.arange(24) % 3
FILE = """
import keras, numpy

def build_model(hp):
    model = make(3)
    fit = model.fit
    model.fit = lambda *a, **k: fit(*a, **k | {'shuffle': False, 'callbacks': [Watch(), *k['callbacks']]})
    return model

def make(classes):
    layers = keras.layers
    model = keras.Sequential([keras.Input((6, 6, 1)), layers.Conv2D(4, 3), layers.BatchNormalization(),
                              layers.Flatten(), layers.Dropout(0.2), layers.Dense(8), layers.Dense(classes)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=['accuracy'])
    return model

SEEN, DIE = [], []

class Watch(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        SEEN.clear()
        SEEN.append(self.model.get_weights())

    def on_epoch_begin(self, epoch, logs=None):
        if epoch in DIE:
            raise RuntimeError('killed')

    def on_epoch_end(self, epoch, logs=None):
        SEEN.append(self.model.get_weights())

def load_data():
    x = numpy.random.default_rng(0).random((24, 6, 6, 1)).astype('float32')
    return (x, numpy.arange(24) % 3), (x, numpy.arange(24) % 3)
"""


def make(classes=3, names=(None,) * 3):
    """A model with weights in four layers, at random."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Conv2D(4, 3, name=names[0]),
            layers.BatchNormalization(moving_mean_initializer="random_normal"),
            layers.Flatten(),
            layers.Dense(8, name=names[1]),
            layers.Dense(classes, name=names[2]),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def equal(one, other):
    return [bool(np.array_equal(a, b)) for a, b in zip(one, other, strict=True)]


@pytest.fixture
def file(tmp_path):
    model = make(5)
    model.save(tmp_path / "five.keras")
    return model


@pytest.mark.parametrize("name", ["five.keras", "five.h5", "five.weights.h5"])
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_layers_that_agree_are_taken_over_and_a_share_of_them_is_frozen(file, tmp_path, capsys, name):
    if name.endswith("weights.h5"):
        file.save_weights(tmp_path / name)
    else:
        file.save(tmp_path / name)
    model = make(3)
    head = model.layers[-1].get_weights()
    begun = tactics.start(model, f"{tmp_path.name}/{name}", 0.5, tmp_path.parent)
    assert begun.taken == tuple(model.layers[i] for i in (0, 1, 3))
    assert begun.frozen == begun.taken[:2]
    for i in (0, 1, 3):
        assert all(equal(model.layers[i].get_weights(), file.layers[i].get_weights()))
    assert all(equal(model.layers[-1].get_weights(), head))
    assert "3 of the model's 4 layers taken over, 2 of them frozen" in capsys.readouterr().err


def test_a_model_inside_of_a_model_is_opened(file, tmp_path):
    inputs = keras.Input((6, 6, 1))
    inside = keras.Sequential(make(5).layers[:3])
    model = keras.Model(inputs, keras.layers.Dense(2)(inside(inputs)))
    assert tactics.start(model, "five.keras", 1, tmp_path).frozen == tuple(inside.layers[:2])


def test_a_start_that_leaves_nothing_to_train_is_refused(file, tmp_path):
    with pytest.raises(UserError, match=r"frozen=1\.0 leaves nothing of the model to train"):
        tactics.start(make(5), "five.keras", 1.0, tmp_path)


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ([keras.Input((9,)), keras.layers.Dense(7)], r"conv2d\S* \(3×3×1×4, 4\).*1 layers with .*9×7"),
        ([keras.layers.Dense(7)], r"no weights yet.*keras\.Input"),
    ],
)
def test_a_file_of_which_nothing_fits_is_refused_by_what_was_found_and_expected(
    file, tmp_path, layers, words
):
    with pytest.raises(UserError, match=words):
        tactics.start(keras.Sequential(layers), "five.keras", 0, tmp_path)


def test_a_file_of_weights_of_another_model_or_none_at_all_is_refused(tmp_path):
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)]).save_weights(tmp_path / "other.weights.h5")
    before = (model := make()).get_weights()
    with pytest.raises(UserError, match="found weights of other layers or other shapes"):
        tactics.start(model, "other.weights.h5", 0, tmp_path)
    assert all(equal(before, model.get_weights()))
    (tmp_path / "torn.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(99))
    with pytest.raises(UserError, match=r"pretrained='torn\.h5': Keras cannot read it as a model: OSError"):
        tactics.start(model, "torn.h5", 0, tmp_path)


def seen():
    return vars(__import__("sys").modules["tutorial"])


def test_frozen_layers_stay_as_they_are_and_move_after_so_many_epochs(here, file):
    """A BatchNormalization's moving mean and variance included."""
    given = {"pretrained": "five.keras", "frozen": 0.67, "frozen_epochs": 2, "schedule": "cosine"}
    here.write("")
    file.save(here.directory / "five.keras")
    ran = here.run(FILE, given, epochs=4)
    begun, first, second, third, last = seen()["SEEN"]
    whole = file.get_weights()
    assert all(equal(begun[:8], whole[:8]))
    assert equal(second, begun)[:6] == [True] * 6
    assert not any(equal(second, first)[6:])
    assert not any(equal(third, second))
    assert not any(equal(last, third)[:4])
    assert all(layer.trainable for layer in ran.model.layers)
    assert float(ran.model.optimizer.learning_rate) == pytest.approx(0, abs=1e-4)  # the cosine's end
    assert ran.steps == 4


def test_frozen_for_all_of_the_training(here, file):
    file.save(here.directory / "five.keras")
    here.run(FILE, {"pretrained": "five.keras", "frozen": 1.0, "accumulate": 2, "batch_size": 8}, epochs=2)
    begun, _, last = seen()["SEEN"]
    assert equal(begun, last) == [True] * 8 + [False] * 2


def test_a_thaw_that_never_comes_is_told_in_the_log_and_in_the_advice(here, file, capsys):
    file.save(here.directory / "five.keras")
    here.run(FILE, {"pretrained": "five.keras", "frozen": 1.0, "frozen_epochs": 2}, epochs=2)
    told = "frozen_epochs=2 and epochs=2: the frozen layers are never trained; give it less than epochs"
    assert capsys.readouterr().err.count(told) == 1
    assert [told in one for one in sdk.current().advice[:1]] == [True]


def test_a_thaw_that_comes_is_no_advice(here, file):
    file.save(here.directory / "five.keras")
    here.run(FILE, {"pretrained": "five.keras", "frozen": 1.0, "frozen_epochs": 1}, epochs=2)
    assert not any("frozen" in one for one in sdk.current().advice)


def test_a_training_that_goes_on_from_its_checkpoint_gives_the_same_numbers(here, file):
    """Torn right before the thaw, and again an epoch after it."""
    given = {"pretrained": "five.keras", "frozen": 0.67, "frozen_epochs": 1, "schedule": "cosine"}
    file.save(here.directory / "five.keras")

    def run(place, source=FILE):
        keras.utils.set_random_seed(1)
        (here.directory / place).mkdir(exist_ok=True)
        ran = here.run(source, given | {"batch_size": 8}, epochs=3, artifact_dir=str(here.directory / place))
        return seen()["SEEN"], ran.metrics["loss"]

    whole, loss = run("whole")
    for dies in (1, 2):
        with pytest.raises(RuntimeError, match="killed"):
            run("torn", FILE + f"\nDIE.append({dies})")
    again, same = run("torn")
    assert len(again) == 2  # before and after the last epoch
    assert all(np.allclose(*pair, rtol=0, atol=1e-7) for pair in zip(whole[-1], again[-1], strict=True))
    assert same == pytest.approx(loss, abs=1e-6)


def test_gradients_are_watched_again_after_the_thaw(tmp_path, file):
    model = make()
    given = Given.of({"pretrained": "five.keras", "frozen": 1.0, "frozen_epochs": 1})
    callback = KerasCallback()
    arguments = {"x": X, "y": Y, "epochs": 2, "callbacks": [callback]}
    with training(model, arguments, given, directory=tmp_path) as changed:
        model.fit(**changed, verbose=0)
    assert len(callback._watcher.health.groups) == 4
    assert callback._watcher.health.measurements >= 1


def test_each_model_of_a_file_starts_so_and_a_second_training_of_it_goes_on(tmp_path, file):
    applying = Applying(lambda: {"pretrained": "five.keras", "frozen": 0.5}, directory=tmp_path)
    begun = file.get_weights()
    for model in (make(), make()):
        with applying.fit(model, {"x": X, "y": Y}):
            assert equal(model.get_weights(), begun)[:8] == [True] * 8
    with applying.fit(model, {"x": X, "y": Y, "verbose": 0}) as changed:
        model.fit(**changed)
    moved = model.get_weights()
    with applying.fit(model, {"x": X, "y": Y}):
        assert all(equal(model.get_weights(), moved))
    assert (equal(moved, begun)[:2], equal(moved[6:7], begun[6:7])) == ([True, True], [False])
    thawing = Applying(
        lambda: {"pretrained": "five.keras", "frozen": 0.5, "frozen_epochs": 1}, directory=tmp_path
    )
    with thawing.fit(model, {"x": X, "y": Y}):
        pass
    with pytest.raises(UserError, match="frozen_epochs=1 spans one training"), thawing.fit(model, {}):
        pass


def test_a_tactic_of_the_start_alone_says_what_it_needs():
    with pytest.raises(UserError, match="'frozen' has no effect without pretrained; give pretrained too"):
        Given.of({"frozen": 0.5})
    with pytest.raises(UserError, match=r"'frozen_epochs' has no .*; give it `when: {parameter: pretrained"):
        Given.of({"frozen_epochs": 2, "pretrained": "none"})
    with pytest.raises(UserError, match="'frozen_epochs' has no effect without frozen; give frozen too"):
        Given.of({"frozen_epochs": 2, "pretrained": "five.keras"})


def test_a_schedule_over_data_without_a_length_cannot_be_thawed(tmp_path, file):
    model = make()
    model.compile(keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(1.0, 9)), model.loss)
    batches = ((X, Y) for _ in range(3))
    given = Given.of({"pretrained": "five.keras", "frozen": 1.0, "frozen_epochs": 1})
    with (
        pytest.raises(UserError, match="frozen_epochs=1 under a schedule"),
        training(model, {"x": batches, "epochs": 2}, given, directory=tmp_path),
    ):
        pass


def test_a_recipe_starts_from_what_another_trial_of_it_kept(here):
    data = examples({"image": X}, Y, 3)
    small = {"width": 2, "depth": 1, "batch_size": 8}
    train(here, "image-cnn", data, small).model.save(here.directory / "kept.keras")
    given = {**small, "pretrained": str(here.directory / "kept.keras"), "frozen": 0.5}
    kept = keras.saving.load_model(given["pretrained"]).get_weights()
    place = here.directory / "artifacts"
    place.mkdir()
    ran = train(here, "image-cnn", data, given, artifact_dir=str(place))
    same = equal(kept, ran.model.get_weights())
    assert (all(same[:2]), any(same[-2:])) == (True, False)
    content = sha256((here.directory / "kept.keras").read_bytes()).hexdigest()
    told = json.loads((place / "record.json").read_text())["files"]
    assert told == {"pretrained": {"name": "kept.keras", "sha256": content}}


def test_a_file_that_a_recipe_s_tactic_names_and_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UserError, match="there is no file"):
        refuse_files(tactics.Tactics(teacher=str(tmp_path / "six.keras")))
