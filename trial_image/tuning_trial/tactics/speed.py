"""Mixed precision, XLA, several steps at once, several devices, and the same numbers each time."""

from typing import Any

import keras
import tensorflow

from tuning_trial.tactics.chosen import Tactics
from tuning_trial.tactics.combinations import refuse_combinations


def prepare(chosen: Tactics, seed: int | None = None) -> Any:
    """Set what holds for the whole process, before any model is built; return the strategy to build in.

    Under float16 Keras scales the loss by itself (LossScaleOptimizer). MirroredStrategy takes all visible
    GPUs, and without one all logical CPU devices.

    Raises:
        UserError: two tactics exclude each other on these devices.
    """
    gpus = tensorflow.config.list_logical_devices("GPU")
    refuse_combinations(chosen, on_cpus=not gpus)
    precision = chosen.mixed_precision
    keras.mixed_precision.set_global_policy("float32" if precision == "none" else f"mixed_{precision}")
    if chosen.deterministic:
        keras.utils.set_random_seed(seed or 0)
        tensorflow.config.experimental.enable_op_determinism()
    if not chosen.mirrored:
        return tensorflow.distribute.get_strategy()
    devices = gpus or tensorflow.config.list_logical_devices("CPU")
    return tensorflow.distribute.MirroredStrategy([device.name for device in devices])


def compile_options(chosen: Tactics) -> dict[str, Any]:
    """Return the arguments of `model.compile` that are about speed.

    Left to itself Keras uses XLA wherever it thinks it can; as a tactic it is on or off.
    """
    return {"jit_compile": chosen.xla, "steps_per_execution": chosen.steps_per_execution}
