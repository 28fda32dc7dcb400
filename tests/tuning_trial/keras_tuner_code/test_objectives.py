"""What a compiled model is judged by, and which way is better."""

from functools import partial

import pytest

keras = pytest.importorskip("keras")
keras_tuner = pytest.importorskip("keras_tuner")

from tuning_trial.keras_tuner_code.objectives import direction, likely_objective  # noqa: E402
from tuning_trial.keras_tuner_code.search import caught_searches  # noqa: E402

pytestmark = pytest.mark.tensorflow


class Mine(keras.metrics.Metric):
    """Keras does not know whether more of it is better."""


def dice(truth, guess):
    return keras.ops.mean(guess)


def compiled(*metrics):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    model.compile("adam", "mse", metrics=list(metrics) or None)
    return model


@pytest.mark.parametrize(
    ("metric", "name", "goal"),
    [
        ("accuracy", "val_accuracy", "Maximize"),
        ("acc", "val_acc", "Maximize"),
        ("mse", "val_mse", "Minimize"),
        ("f1_score", "val_f1_score", "Maximize"),
        (keras.metrics.F1Score(average="macro"), "val_f1_score", "Maximize"),
        (keras.metrics.SparseTopKCategoricalAccuracy(name="top"), "val_top", "Maximize"),
        (keras.metrics.MeanIoU(2), "val_mean_io_u", "Maximize"),
        (keras.metrics.RootMeanSquaredError(name="off"), "val_off", "Minimize"),
        (keras.metrics.mean_squared_error, "val_mean_squared_error", "Minimize"),
    ],
)
def test_the_first_metric_is_the_objective_and_keras_knows_its_goal(metric, name, goal):
    assert likely_objective(compiled(metric, "mae")) == ({"metric": name, "goal": goal}, [])


@pytest.mark.parametrize(("metric", "name"), [(dice, "dice"), (Mine(name="mine"), "mine")])
def test_where_nobody_knows_the_goal_the_loss_is_the_objective_and_a_note_says_why(metric, name):
    objective, (note,) = likely_objective(compiled(metric, "accuracy"))
    assert objective == {"metric": "val_loss", "goal": "Minimize"}
    assert note == (
        f"the objective is val_loss, for whether more of val_{name} is better cannot be told; "
        f"if it is, have {{metric: val_{name}, goal: Maximize}} there"
    )


@pytest.mark.parametrize(
    "build",
    [compiled, keras.Sequential, lambda: None, lambda: compiled(["mse"]), lambda: compiled(partial(dice))],
)
def test_without_a_metric_that_can_be_named_the_loss_is_the_objective(build):
    assert likely_objective(build()) == ({"metric": "val_loss", "goal": "Minimize"}, [])


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("val_loss", "min"),
        ("val_f1_score", "max"),
        ("val_weighted_auc", "max"),
        ("cosine_similarity", "max"),
        ("val_mean_io_u", None),  # Keras cannot make one without the number of classes
        ("val_mine", None),
    ],
)
def test_a_name_tells_the_direction_where_keras_has_such_a_metric(name, wanted):
    assert direction(name) == wanted


def test_a_search_for_a_score_by_its_name_is_not_one_for_the_worst(tmp_path):
    with caught_searches():
        tuner = keras_tuner.RandomSearch(
            lambda hp: compiled(), objective="val_f1_score", directory=tmp_path, project_name="p"
        )
    assert tuner.oracle.objective.direction == "max"
