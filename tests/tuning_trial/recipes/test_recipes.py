"""Every recipe trains, and every part of the structure changes the model as it should."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tuning_trial.contract import Objective
from tuning_trial.errors import UserError
from tuning_trial.recipes.catalogue import RECIPES, read

from tests.tuning_trial.in_process import Here
from tests.tuning_trial.recipes.training import make, train

pytestmark = pytest.mark.tensorflow

RNG = np.random.default_rng(0)
Y = np.arange(24) % 3
IMAGES = (RNG.random((24, 8, 8, 1)) * 0.3 + Y[:, None, None, None] * 0.3).astype("float32")
TEXTS = np.array([f"it is {['good', 'bad', 'odd'][y]} number {i}" for i, y in enumerate(Y)], dtype=object)
SIZES = RNG.normal(5, 3, 24).astype("float32")
COLOURS = np.array(["red", "blue", "green"], dtype=object)[Y]
SMALL_ENCODER = {"embed_dim": 4, "num_heads": 2, "ff_dim": 8, "depth": 1}


def images(**options: Any):
    return make({"image": IMAGES}, Y, 3, **options)


def texts(**options: Any):
    return make({"text": TEXTS}, Y, 3, **options)


def rows(y=Y, classes: int = 3, **options: Any):
    return make({"size": SIZES, "colour": COLOURS}, y, classes, **options)


NUMBERS = SIZES * 1000 + 50_000
MAE = Objective("val_mae", "Minimize")
TRAINED = {
    "image-cnn": (images, {"width": 4, "depth": 1}),
    "image-resnet": (images, {"width": 4, "depth": 2}),
    "image-se-resnet": (images, {"width": 4, "depth": 1, "squeeze_ratio": 2, "attention": True}),
    "image-vit": (images, SMALL_ENCODER),
    "text-transformer": (texts, SMALL_ENCODER | {"sequence_length": 5, "vocabulary": 20}),
    "text-lstm": (texts, {"embed_dim": 4, "width": 3, "depth": 2, "sequence_length": 5}),
    "text-gru": (texts, {"embed_dim": 4, "width": 3, "sequence_length": 5, "dropout": 0.2}),
    "tabular-classification": (rows, {"width": 4, "residual": True, "normalisation": "layer"}),
}


@pytest.mark.parametrize("name", TRAINED)
def test_a_recipe_trains_and_is_judged_on_the_test_set_at_the_very_end(name: str, here: Here) -> None:
    data, given = TRAINED[name]
    ran = train(here, name, data(test=True), given | {"batch_size": 8}, final=True)
    told = {"loss", "accuracy", "val_loss", "val_accuracy", "test_loss", "test_accuracy"}
    assert told <= ran.metrics.keys()
    assert all(np.isfinite(value) for value in ran.metrics.values())


def test_there_is_no_test_metric_before_the_final_evaluation(here: Here) -> None:
    ran = train(here, "tabular-classification", rows(test=True), {"width": 2})
    assert not [name for name in ran.metrics if name.startswith("test_")]


def test_dead_relus_are_found_by_the_first_training_rows(here: Here) -> None:
    import keras

    ran = train(here, "tabular-classification", rows(), {"width": 16})
    relus = [layer for layer in ran.model.layers if type(layer) is keras.layers.Activation]
    outputs = keras.Model(ran.model.inputs, [layer.output for layer in relus])
    seen = outputs([ran.task.hypermodel.prepared().train[0]])
    dead = [float((np.asarray(one).max(axis=0) <= 0).mean()) for one in seen]
    assert max(dead) > 0
    assert list(ran.health.dead.values()) == pytest.approx(dead)


def test_a_regression_tells_errors_in_the_target_s_unit(here: Here) -> None:
    given = {"width": 16, "learning_rate": 0.03, "batch_size": 8}
    ran = train(here, "tabular-regression", rows(NUMBERS, 0), given, epochs=20, objectives=[MAE])
    assert {"val_mae", "val_rmse"} <= ran.metrics.keys()
    assert 10 < ran.metrics["val_mae"] < NUMBERS.std() / 2
    assert ran.metrics["val_loss"] < 1


def test_two_classes_have_one_output_and_the_right_accuracy(here: Here) -> None:
    data = make({"x": (Y == 1).astype("float32")}, (Y == 1).astype("int64"), 2)
    ran = train(here, "tabular-classification", data, {"width": 4, "learning_rate": 0.05}, epochs=20)
    assert ran.model.output_shape == (None, 1)
    assert ran.metrics["val_accuracy"] == 1.0


def model_of(name: str, data: Any, **given: Any) -> Any:
    import importlib

    from tuning_trial.recipes.preparing import prepare

    structure, _ = read(RECIPES[name], given)
    prepared = prepare(data.splits[0], None, len(data.classes), RECIPES[name].kind, structure)
    module, _, function = RECIPES[name].build.partition(":")
    build = getattr(importlib.import_module(f"tuning_trial.recipes.{module}"), function)
    return build(structure, prepared)


def kinds(model: Any) -> list[str]:
    return [type(layer).__name__ for layer in model.layers]


SMALL_CNN = {"width": 4, "depth": 1}


@pytest.mark.parametrize(
    ("given", "kind", "count"),
    [
        ({}, "Conv2D", 3),
        ({"depth": 2}, "Conv2D", 5),
        ({"residual": True}, "Add", 1),
        ({"residual": True, "depth": 2}, "Conv2D", 6),  # a shortcut that halves the image
        ({"squeeze_excitation": True}, "Multiply", 1),
        ({"attention": True}, "MultiHeadAttention", 1),
        ({"normalisation": "layer"}, "LayerNormalization", 3),
        ({"normalisation": "none"}, "BatchNormalization", 0),
        ({"dropout": 0.3}, "Dropout", 1),
        ({"conv_dropout": 0.1}, "SpatialDropout2D", 1),
    ],
)
def test_the_structure_is_what_the_parameters_say(given, kind, count) -> None:
    assert kinds(model_of("image-cnn", images(), **SMALL_CNN | given)).count(kind) == count


def test_width_activation_ratio_and_penalties_reach_the_layers() -> None:
    given = {
        "width": 6,
        "activation": "swish",
        "squeeze_excitation": True,
        "squeeze_ratio": 3,
        "l1": 0.1,
        "l2": 0.2,
    }
    layers = model_of("image-cnn", images(), **SMALL_CNN | given).layers
    convolutions = [layer for layer in layers if type(layer).__name__ == "Conv2D"]
    assert [layer.filters for layer in convolutions] == [6] * 3
    assert convolutions[0].kernel_regularizer.get_config() == pytest.approx({"l1": 0.1, "l2": 0.2})
    assert activations(layers) == {"silu"}
    assert [layer.units for layer in layers if type(layer).__name__ == "Dense"] == [2, 6, 3]


def activations(layers: Any) -> set[str]:
    return {layer.activation.__name__ for layer in layers if type(layer).__name__ == "Activation"}


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "gelu", "swish"])
def test_each_activation_is_keras_own_of_that_name(name: str) -> None:
    import keras

    (found,) = activations(model_of("image-cnn", images(), **SMALL_CNN, activation=name).layers)
    assert found == keras.activations.get(name).__name__


@pytest.mark.parametrize(("given", "kind"), [("dropout", "Dropout"), ("conv_dropout", "SpatialDropout2D")])
def test_as_much_is_dropped_as_is_asked_for(given: str, kind: str) -> None:
    layers = model_of("image-cnn", images(), **SMALL_CNN, **{given: 0.3}).layers
    assert [layer.rate for layer in layers if type(layer).__name__ == kind] == [0.3]


def test_squeezing_is_by_16_where_nothing_else_is_said() -> None:
    layers = model_of("image-se-resnet", images(), width=32, depth=1).layers
    assert [layer.units for layer in layers if type(layer).__name__ == "Dense"] == [2, 32, 3]


@pytest.mark.parametrize(("name", "kind"), [("text-lstm", "LSTM"), ("text-gru", "GRU")])
def test_a_recurrent_recipe_has_layers_of_its_kind(name: str, kind: str) -> None:
    model = model_of(name, texts(), width=3, depth=2, sequence_length=4, embed_dim=5, vocabulary=9)
    found = [layer for layer in model.layers if type(layer).__name__ in ("LSTM", "GRU")]
    assert [(type(layer).__name__, layer.units) for layer in found] == [(kind, 3)] * 2


def test_a_transformer_has_its_embedding_heads_and_inner_width() -> None:
    given = SMALL_ENCODER | {"sequence_length": 7, "vocabulary": 9, "depth": 2}
    model = model_of("text-transformer", texts(), **given)
    embeddings = [tuple(layer.embeddings.shape) for layer in model.layers if hasattr(layer, "embeddings")]
    assert embeddings == [(9, 4), (7 + 1, 4)]  # of words; of places, of which 0 is none
    attentions = [layer for layer in model.layers if type(layer).__name__ == "MultiHeadAttention"]
    assert [layer.num_heads for layer in attentions] == [2, 2]
    dense = [layer.units for layer in model.layers if type(layer).__name__ == "Dense"]
    assert dense == [8, 4] * 2 + [3]  # ff_dim and back to the width, in each block; the classes


def test_a_vision_transformer_looks_at_patches_of_that_side() -> None:
    for patch, places in ((4, 4), (2, 16), (3, 9)):  # of 8 × 8 pixels; what is over has patches too
        model = model_of("image-vit", images(), **SMALL_ENCODER, patch=patch)
        attentions = [layer for layer in model.layers if type(layer).__name__ == "MultiHeadAttention"]
        assert [tuple(layer.output.shape) for layer in attentions] == [(None, places, 4)]


def test_a_vision_transformer_sees_every_pixel_where_patches_do_not_divide_the_side() -> None:
    model = model_of("image-vit", images(), **SMALL_ENCODER, patch=5)
    one_pixel = np.zeros((64, 8, 8, 1), "float32")
    one_pixel.reshape(64, 64)[range(64), range(64)] = 1
    assert not np.isclose(model(one_pixel), model(np.zeros((1, 8, 8, 1)))).all(axis=1).any()


def test_a_transformer_heeds_the_order_of_words_and_not_what_comes_after_them() -> None:
    given = SMALL_ENCODER | {"sequence_length": 4, "vocabulary": 9}
    model = model_of("text-transformer", texts(), **given)

    def answer(*words: int) -> Any:
        return model(np.array([words])).numpy()

    assert not np.allclose(answer(2, 3, 0, 0), answer(3, 2, 0, 0), atol=1e-4)
    embedding = model.layers[1]
    before = answer(2, 3, 0, 0)
    embedding.embeddings.assign(np.concatenate([[[9.0] * 4], embedding.embeddings.numpy()[1:]]))
    assert answer(2, 3, 0, 0) == pytest.approx(before, abs=1e-5)


def test_a_patch_that_is_larger_than_the_image_is_refused() -> None:
    with pytest.raises(UserError, match="patch is 9, and an image has 8 × 8 pixels; make it 8 at"):
        model_of("image-vit", images(), patch=9)


def test_words_are_numbered_and_columns_measured_by_the_training_part_alone() -> None:
    from tuning_trial.datasets.examples import Examples
    from tuning_trial.datasets.splits import Split
    from tuning_trial.recipes.preparing import prepare

    def part(text: str, size: float, colour: str) -> Examples:
        return Examples("here", {"text": np.array([text], dtype=object)}, np.array([0])), Examples(
            "here",
            {"size": np.array([size], "float32"), "colour": np.array([colour], dtype=object)},
            np.array([0]),
        )

    structure, _ = read(RECIPES["text-gru"], {"sequence_length": 3})
    (train_text, train_row), (other_text, other_row) = part("a b", 2.0, "red"), part("b c", 9.0, "blue")
    words = prepare(Split(train_text, other_text), None, 2, "texts", structure)
    assert words.words == 4  # none, unknown, a, b
    assert words.validation[0].tolist()[0][1:] == [1, 0]
    columns = prepare(Split(train_row, other_row), None, 2, "classes of features", structure)
    assert (columns.means, columns.categories) == ([2.0], {"colour": ["red"]})
    assert columns.validation[0].tolist() == [[9.0, 0.0]]


def test_tactics_work_by_their_names(here: Here) -> None:
    given = SMALL_CNN | {
        "batch_size": 8,
        "optimizer": "adamw",
        "weight_decay": 1e-3,
        "schedule": "one_cycle",
        "warm_up": 0.1,
        "accumulate": 2,
        "label_smoothing": 0.1,
        "flip": True,
        "cut_mix": 1.0,
        "mixed_precision": "bfloat16",
        "patience": 1,
        "clip_norm": 1.0,
    }
    import keras

    try:
        ran = train(here, "image-cnn", images(), given, epochs=2)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    optimizer = ran.model.optimizer
    assert type(optimizer).__name__ == "AdamW"
    assert optimizer.gradient_accumulation_steps == 2
    assert ran.model.loss.label_smoothing == 0.1
    assert np.isfinite(ran.metrics["val_accuracy"])


@pytest.mark.parametrize("name", ["image-cnn", "gan"])
def test_a_recipe_is_pruned_by_the_manifest(name: str, here: Here) -> None:
    given = SMALL_CNN | {"batch_size": 8, "sparsity": 0.5, "pruning_end": 0.5}
    ran = train(here, name, images(), given, epochs=2, objectives=("sparsity",))
    kernels = [v.numpy() for v in ran.model.trainable_variables if len(v.shape) > 1]
    assert [(k == 0).mean() for k in kernels] == pytest.approx([0.5] * len(kernels), abs=0.02)
    assert ran.metrics["sparsity"] == pytest.approx(0.5, abs=0.02)


def test_an_early_stop_watches_the_first_objective(here: Here) -> None:
    given = {"width": 2, "learning_rate": 1e-12, "patience": 1}
    ran = train(here, "tabular-classification", rows(), given, epochs=9)
    assert ran.steps == 2


def test_epochs_and_batch_size_are_the_manifest_s_first(here: Here) -> None:
    ran = train(here, "tabular-classification", rows(), {"width": 2, "epochs": 3, "batch_size": 12}, epochs=1)
    assert ran.steps == 3
    assert ran.model.optimizer.iterations.numpy() == 6
