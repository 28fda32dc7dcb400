"""Regularisation, augmentation, the finder and speed, on small models that are really trained."""

import numpy as np
import pytest
from tuning_trial.errors import UserError
from tuning_trial.tactics import Tactics

keras = pytest.importorskip("keras")
from tuning_trial.tactics import (  # noqa: E402 - after the check for Keras
    classification_loss,
    compile_options,
    early_stopping,
    find_learning_rate,
    prepare,
    training_data,
    validation_data,
)
from tuning_trial.tactics.augmentation import AUGMENTATIONS  # noqa: E402
from tuning_trial.tactics.finder import USUAL, proposed_range, sweep_rates  # noqa: E402

pytestmark = pytest.mark.tensorflow


def images(count=8):
    """Images that differ from their mirror images and from one another, and labels of three classes."""
    ramp = np.linspace(0.2, 0.8, 64, dtype="float32").reshape(1, 8, 8, 1)
    return ramp * np.linspace(0.5, 1, count, dtype="float32").reshape(-1, 1, 1, 1), np.arange(count) % 3


def first_batch(data):
    x, y = next(iter(data))
    return np.asarray(x), np.asarray(y)


def test_label_smoothing_takes_from_the_right_class_and_spreads_it():
    labels, logits = np.array([[1.0, 0, 0, 0]]), np.array([[9.0, 1.0, 1.0, 1.0]])
    plain, smooth = (
        float(classification_loss(Tactics(label_smoothing=s), 4)(labels, logits)) for s in (0, 0.1)
    )
    logs = logits - np.log(np.exp(logits).sum())
    assert plain == pytest.approx(-logs[0, 0], rel=1e-4)
    assert smooth == pytest.approx(-(0.925 * logs[0, 0] + 0.025 * logs[0, 1:].sum()), rel=1e-4)


def test_two_classes_have_one_logit():
    assert float(classification_loss(Tactics(), 2)(np.array([[1.0]]), np.array([[0.0]]))) == pytest.approx(
        np.log(2)
    )


def test_early_stopping_gives_the_best_weights_back():
    assert early_stopping(Tactics()) == []
    (callback,) = early_stopping(Tactics(patience=2), "val_loss")
    model = keras.Sequential(
        [keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")]
    )
    model.compile(keras.optimizers.SGD(0.3), "mse")
    # trained away from what the validation wants: the first epoch is the best
    x = np.ones((4, 1))
    history = model.fit(x, 10 * x, validation_data=(x, 0 * x), epochs=9, callbacks=[callback], verbose=0)
    assert len(history.history["loss"]) == 3
    losses = history.history["val_loss"]
    assert model.evaluate(x, 0 * x, verbose=0) == pytest.approx(losses[0])


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_each_augmentation_changes_training_data_alone(name):
    x, y = images()
    chosen = Tactics(**{name: True if name == "flip" else 0.4})
    plain, _ = first_batch(training_data(x, y, Tactics(), batch_size=8, classes=3, seed=1))
    changed, labels = first_batch(training_data(x, y, chosen, batch_size=8, classes=3, seed=1))
    assert sorted(map(float, plain.sum((1, 2, 3)))) == pytest.approx(sorted(map(float, x.sum((1, 2, 3)))))
    assert changed.shape == plain.shape
    assert not np.allclose(changed, plain)
    mixes = name in ("mix_up", "cut_mix")
    assert labels.sum(1) == pytest.approx(np.ones(8), rel=1e-5)
    assert bool(((labels > 0.001) & (labels < 0.999)).any()) == mixes
    same, one_hot = first_batch(validation_data(x, y, batch_size=8, classes=3))
    assert np.array_equal(same, x)
    assert np.array_equal(one_hot.argmax(1), y)


def test_mix_up_and_cut_mix_together_draw_one_of_them_for_each_batch():
    x, y = np.concatenate([np.zeros((32, 4, 4, 1)), np.ones((32, 4, 4, 1))]), np.repeat([0, 1, 2, 2], 16)
    data = training_data(x, y, Tactics(mix_up=1.0, cut_mix=1.0), batch_size=8, classes=3)
    between = [bool(((b > 0.01) & (b < 0.99)).any()) for b in (np.asarray(b) for b, _ in data.repeat(3))]
    assert set(between) == {True, False}  # MixUp blends pixels, CutMix moves them


def test_an_augmentation_of_images_is_refused_for_a_table():
    with pytest.raises(UserError, match=r"'rotation' is for images, and an example has the shape \(5,\)"):
        training_data(np.zeros((4, 5)), np.zeros(4), Tactics(rotation=0.1), batch_size=2, classes=3)


def trainable(rate=0.01):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(rate), "mse")
    return model


def test_the_finder_sweeps_on_a_copy_and_draws_what_it_found(tmp_path):
    x = np.random.default_rng(0).normal(size=(256, 4)).astype("float32")
    model = trainable()
    before = model.get_weights()
    sweep = find_learning_rate(model, x, x.sum(1, keepdims=True), batches=60)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert float(model.optimizer.learning_rate) == pytest.approx(0.01)
    assert sweep.rates[0] == pytest.approx(1e-7)
    assert 1e-5 <= sweep.low < sweep.high <= 1e-1
    sweep.plot(str(tmp_path / "sweep.svg"))
    assert "<polyline" in (tmp_path / "sweep.svg").read_text()


@pytest.mark.parametrize(
    ("rates", "losses", "found"),
    [
        ([1e-6, 1e-5, 1e-4, 1e-3, 1e-2], [1.0, 1.0, 0.8, 0.5, 0.9], (1e-4, 1e-3)),
        ([1e-6, 1e-5, 1e-4], [1.0, 1.1, 1.2], USUAL),
        ([1e-7], [1.0], USUAL),
        ([1e-4, 1e-1, 1.0], [1.0, 0.2, 0.1], (1e-1, 1e-1)),
    ],
)
def test_the_range_lies_between_the_begin_of_the_fall_and_the_lowest_loss(rates, losses, found):
    low, high = proposed_range(rates, losses)
    assert (low, high) == (USUAL if found[0] == found[1] else found)


@pytest.fixture
def _policy():
    """Give the process its policy back."""
    yield
    keras.mixed_precision.set_global_policy("float32")


@pytest.mark.usefixtures("_policy")
@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_mixed_precision_computes_in_half_and_keeps_weights_whole(precision):
    prepare(Tactics(mixed_precision=precision))
    model = trainable()
    assert (model.layers[0].compute_dtype, model.layers[0].variable_dtype) == (precision, "float32")
    scales = type(model.optimizer).__name__ == "LossScaleOptimizer"
    assert scales == (precision == "float16")


def test_xla_and_several_steps_are_options_of_compile():
    assert compile_options(Tactics()) == {"jit_compile": False, "steps_per_execution": 1}
    assert compile_options(Tactics(xla=True, steps_per_execution=4)) == {
        "jit_compile": True,
        "steps_per_execution": 4,
    }


def test_the_finder_goes_from_1e_7_to_1_and_proposes_what_is_usual_where_nothing_is_learnt():
    """A loss that cannot change blows up nowhere, so the sweep comes to its end."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])

    def same(y, predicted):
        return 0 * keras.ops.mean(predicted) + 1

    model.compile(keras.optimizers.SGD(0.01), same)
    sweep = find_learning_rate(model, np.ones((64, 4)), np.ones((64, 1)), batches=15)
    assert (sweep.rates[0], sweep.rates[-1]) == pytest.approx((1e-7, 1.0))
    steps = np.diff(np.log10(sweep.rates))
    assert steps == pytest.approx([0.5] * 14)
    assert (sweep.low, sweep.high) == USUAL == (1e-5, 1e-1)


@pytest.mark.parametrize(
    ("data", "found"),
    [([], "the data has no batch"), ([(np.ones((2, 4)), np.full((2, 1), np.nan))], "its first batch is nan")],
)
def test_a_sweep_that_cannot_begin_says_why(data, found):
    with pytest.raises(UserError, match=f"no learning rate can be tried: .*{found}; give examples"):
        sweep_rates(trainable(), iter(data))


RAMP = np.linspace(0.2, 0.8, 64, dtype="float32").reshape(8, 8, 1)
ROWS, COLUMNS = np.mgrid[-16:17, -16:17]  # from the middle of an image
SPOT = np.exp(-(ROWS**2 + (COLUMNS - 7) ** 2) / 4.5)[..., None].astype("float32")  # to its right, 1.5 wide


def through(image=RAMP, count=16, **tactics):
    """Images before and after one augmentation, in the same order: all of them are alike."""
    x = np.stack([image] * count)
    data = training_data(x, np.zeros(count, int), Tactics(**tactics), batch_size=count, classes=3, seed=2)
    return image, np.asarray(next(iter(data))[0])


def test_a_flip_mirrors_some_from_left_to_right_and_leaves_others():
    image, changed = through(flip=True)
    mirrored = [bool(np.allclose(one, image[:, ::-1], atol=1e-5)) for one in changed]
    same = [bool(np.allclose(one, image, atol=1e-5)) for one in changed]
    assert 0 < sum(mirrored) < 16
    assert sum(mirrored) + sum(same) == 16


def spots(**tactics):
    """Where the spot is after an augmentation: each one's row, its column, and its width."""
    _, changed = through(SPOT, **tactics)
    shares = changed[..., 0] / changed.sum((1, 2, 3))[:, None, None]
    rows, columns = ((shares * place).sum((1, 2)) for place in (ROWS, COLUMNS))
    apart = (ROWS - rows[:, None, None]) ** 2 + (COLUMNS - columns[:, None, None]) ** 2
    return rows, columns, np.sqrt((shares * apart).sum((1, 2)) / 2)


def test_a_rotation_turns_about_the_middle_by_up_to_its_share_of_a_turn_to_either_side():
    rows, columns, widths = spots(rotation=0.1)
    assert np.hypot(rows, columns) == pytest.approx([7] * 16, rel=0.01)
    assert widths == pytest.approx([1.5] * 16, rel=0.1)
    turns = np.arctan2(rows, columns) / (2 * np.pi)
    assert -0.101 < turns.min() < -0.03
    assert 0.01 < turns.max() < 0.101


def test_a_zoom_changes_distances_from_the_middle_and_widths_by_one_factor_smaller_and_larger():
    rows, columns, widths = spots(zoom=0.2)
    assert rows == pytest.approx([0] * 16, abs=0.01)
    assert columns / 7 == pytest.approx(widths / 1.5, rel=0.1)
    assert 1 / 1.21 < columns.min() / 7 < 0.95
    assert 1.05 < columns.max() / 7 < 1 / 0.79


def test_a_translation_moves_by_up_to_its_share_in_each_direction_and_leaves_the_width():
    rows, columns, widths = spots(translation=0.1)
    assert widths == pytest.approx([1.5] * 16, rel=0.1)
    for moved in (rows, columns - 7):
        assert -0.101 * 33 < moved.min() < -0.5
        assert 0.5 < moved.max() < 0.101 * 33
    assert len(set(np.round(rows - columns, 3))) > 8  # each direction is drawn by itself


def test_contrast_keeps_an_image_s_mean_and_changes_its_spread():
    image, changed = through(contrast=0.3)
    assert changed.mean((1, 2, 3)) == pytest.approx([image.mean()] * 16, abs=1e-3)
    ratios = changed.std((1, 2, 3)) / image.std()
    assert 0.69 < ratios.min() < 0.95
    assert 1.05 < ratios.max() < 1.31


def test_what_is_not_asked_for_changes_nothing():
    image, changed = through()
    assert np.array_equal(changed, np.stack([image] * 16))
