"""The small GAN: it learns to make what looks like its images, and is saved and judged like any other."""

from __future__ import annotations

import numpy as np
import pytest

from tests.tuning_trial.in_process import Here
from tests.tuning_trial.recipes.training import make, train

pytestmark = pytest.mark.tensorflow

WHITE = np.full((64, 6, 5, 1), 0.95, "float32")  # the sides are no multiples of one another
GIVEN = {"width": 4, "depth": 2, "latent_dim": 4, "batch_size": 16, "learning_rate": 0.01}


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own, as it saves
def test_it_comes_closer_to_its_images_and_is_saved(here: Here) -> None:
    import keras

    keras.utils.set_random_seed(0)  # adversaries swing, and the last epoch counts
    (here.directory / "a").mkdir()
    data = make({"image": WHITE}, None, 0, test=True)
    first = train(here, "gan", data, GIVEN | {"learning_rate": 1e-9}, objectives=[])
    session = {"objectives": [], "final": True, "artifact_dir": str(here.directory / "a")}
    ran = train(here, "gan", data, GIVEN, epochs=10, **session)
    assert ran.metrics["val_distance"] < first.metrics["val_distance"] / 2
    told = {"loss", "generator_loss", "discriminator_loss", "val_distance", "test_distance"}
    assert told <= ran.metrics.keys()
    check_it_is_the_same_again(here, ran.model)


def check_it_is_the_same_again(here: Here, model) -> None:
    import keras

    again = keras.models.load_model(here.directory / "a" / "model.keras")
    noise = np.zeros((2, 4), "float32")
    assert again(noise).shape == (2, 6, 5, 1)
    assert np.allclose(again(noise), model(noise))


def test_the_distance_is_0_for_alike_and_the_shift_for_shifted_images() -> None:
    from tuning_trial.recipes.adversarial import sliced_distance

    images = np.random.default_rng(0).random((20, 2, 2, 1)).astype("float32")
    assert float(sliced_distance(images, images[::-1])) == pytest.approx(0, abs=1e-6)
    near, far = (float(sliced_distance(images, images + by)) for by in (0.1, 0.2))
    assert far == pytest.approx(2 * near, rel=0.01)
