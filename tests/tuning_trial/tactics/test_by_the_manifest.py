"""What a manifest's tactics make of a file's own optimizer is what they are by themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tuning_trial.tactics import Tactics, Updates
from tuning_trial.tactics.chosen import OPTIMIZERS, SCHEDULES
from tuning_trial.tactics.given import Given

keras = pytest.importorskip("keras")
from tuning_trial.tactics import make_optimizer  # noqa: E402 - after the check for Keras
from tuning_trial.tactics.recompiling import changed_optimizer  # noqa: E402
from tuning_trial.tactics.schedule import make_schedule  # noqa: E402

from tests.tuning_trial.tactics.test_applying import run  # noqa: E402

pytestmark = pytest.mark.tensorflow
UPDATES = Updates(90, 64)


def changed(**given: Any) -> Any:
    """A file's SGD with these tactics."""
    return changed_optimizer(keras.optimizers.SGD(0.2), Given.of(given), UPDATES)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_file_s_optimizer_becomes_any_other_and_keeps_its_rate(optimizer: str) -> None:
    made = changed(optimizer=optimizer)
    wanted = make_optimizer(Tactics(optimizer=optimizer, learning_rate=0.2), UPDATES)
    assert type(made) is type(wanted)
    assert made.get_config() == pytest.approx(wanted.get_config() | {"name": made.name})


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_weight_decay_of_a_manifest_spares_bias_and_normalisation(optimizer: str) -> None:
    made = changed(optimizer=optimizer, weight_decay=0.1)
    names = ("kernel", "bias", "gamma", "beta")
    made.build([keras.Variable(np.ones(1, "float32"), name=name) for name in names])
    decayed = [v.name for v in made._trainable_variables if made._use_weight_decay(v)]
    assert (made.weight_decay, decayed) == (0.1, ["kernel"])


SHAPES: dict[str, dict[str, Any]] = {
    "exponential": {"decay_rate": 0.5, "decays": 3, "staircase": True},
    "step": {"decay_rate": 0.5, "decays": 3},
    "cosine": {"final_rate": 0.2},
    "cosine_restarts": {"decays": 3, "final_rate": 0.2},
    "cyclical": {"decays": 3, "final_rate": 0.2},
}


@pytest.mark.parametrize("accumulate", [1, 2])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_file_s_rate_becomes_the_peak_of_any_schedule(schedule: str, accumulate: int) -> None:
    shape = SHAPES.get(schedule, {}) | {"schedule": schedule, "warm_up": 0.1, "accumulate": accumulate}
    made = changed(**shape, rate_scaling="sqrt")
    wanted = make_schedule(Tactics(learning_rate=0.1, **shape), UPDATES)  # 0.2 · √(64/256)
    steps = range(0, 90 * accumulate, 7)
    assert [float(made._learning_rate(i)) for i in steps] == pytest.approx([float(wanted(i)) for i in steps])
    assert (made.gradient_accumulation_steps or 1) == accumulate


@pytest.mark.parametrize(("scaling", "rate"), [("none", 0.1), ("sqrt", 0.1 / 4), ("linear", 0.1 / 16)])
def test_the_rate_is_scaled_by_the_batch_that_is_trained_with(here: Any, scaling: str, rate: float) -> None:
    seen, _ = run(here, {"rate_scaling": scaling, "batch_size": 16}, epochs=1)
    assert float(seen["optimizer"].learning_rate) == pytest.approx(rate)


@pytest.mark.parametrize(
    ("tactic", "argument"),
    [("clip_value", "clipvalue"), ("clip_norm", "clipnorm"), ("clip_global_norm", "global_clipnorm")],
)
def test_each_way_of_clipping_is_keras_own(tactic: str, argument: str) -> None:
    assert changed(**{tactic: 0.7}).get_config()[argument] == 0.7


@pytest.fixture
def _policy():
    yield
    keras.mixed_precision.set_global_policy("float32")


@pytest.mark.usefixtures("_policy")
def test_half_precision_scales_the_loss_around_the_optimizer_of_the_manifest(here: Any) -> None:
    seen, ran = run(here, {"mixed_precision": "float16", "optimizer": "adamw"}, epochs=1)
    assert seen["policy"] == "float16"
    assert type(seen["optimizer"]) is keras.optimizers.LossScaleOptimizer
    assert type(seen["optimizer"].inner_optimizer) is keras.optimizers.AdamW
    assert np.isfinite(ran.metrics["loss"])
