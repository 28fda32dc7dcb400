"""TFLite variants of recipes' models: each architecture is converted, run and judged by LiteRT."""

from __future__ import annotations

from typing import Any

import pytest
from tuning_trial.errors import UserError
from tuning_trial.recipes.catalogue import RECIPES, read

from tests.tuning_trial.in_process import Here, Ran
from tests.tuning_trial.recipes.test_recipes import TRAINED

pytest.importorskip("ai_edge_litert")
pytestmark = pytest.mark.tensorflow


def exported(here: Here, name: str, *kinds: str, **given: Any) -> Ran:
    from tuning_trial.recipes.task import make_training

    make, own = TRAINED[name]
    given = own | {"batch_size": 8, "epochs": 1} | given
    session = here.session(parameters=given)
    training = make_training(session, RECIPES[name], given, make(), export=kinds)
    training.run()
    return Ran(session, training._hp, training)


@pytest.mark.parametrize(
    "name", ["image-se-resnet", "image-vit", "text-transformer", "text-gru", "tabular-classification"]
)
def test_a_variant_judges_as_the_model_does(name: str, here: Here) -> None:
    ran = exported(here, name, "dynamic", "float16")
    assert ran.metrics["tflite_float32_accuracy"] == pytest.approx(ran.metrics["val_accuracy"])
    assert ran.metrics["tflite_float32_loss"] == pytest.approx(ran.metrics["val_loss"], rel=1e-3)
    for kind in ("dynamic", "float16"):
        assert ran.metrics[f"tflite_{kind}_loss"] == pytest.approx(ran.metrics["val_loss"], rel=0.1)
        assert ran.metrics[f"tflite_{kind}_latency_ms"] > 0


def test_full_integers_are_calibrated_by_the_recipe_s_own_batches(here: Here) -> None:
    ran = exported(here, "image-resnet", "int8", flip=True)
    assert ran.metrics["tflite_int8_loss"] == pytest.approx(ran.metrics["val_loss"], rel=0.2)


def test_several_workers_make_no_variants() -> None:
    from tuning_trial.recipes.workers import refuse

    recipe = RECIPES["image-cnn"]
    with pytest.raises(UserError, match="--export int8 and TF_CONFIG exclude each other"):
        refuse(recipe, read(recipe, {})[1], 0, ("int8",))


def test_a_kind_that_does_not_exist_is_refused_before_the_data_is_read(here: Here) -> None:
    from tuning_trial.datasets.request import Request
    from tuning_trial.recipes.command import train_recipe

    here.session()
    with pytest.raises(UserError, match="there is no variant 'int4' to export"):
        train_recipe(RECIPES["image-cnn"], Request("nowhere.npz"), {}, None, ("int4",))
