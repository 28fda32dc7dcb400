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
    keras.mixed_precision.set_global_policy(policy_of(chosen))
    if chosen.deterministic:
        keras.utils.set_random_seed(seed or 0)
        tensorflow.config.experimental.enable_op_determinism()
    return strategy_of(chosen)


def policy_of(chosen: Tactics) -> str:
    """Return the name of Keras' policy for the precision."""
    return "float32" if chosen.mixed_precision == "none" else f"mixed_{chosen.mixed_precision}"


def strategy_of(chosen: Tactics) -> Any:
    """Return the strategy to build in: a mirrored one over all GPUs, or else all logical CPUs."""
    if not chosen.mirrored:
        return tensorflow.distribute.get_strategy()
    kind = "GPU" if tensorflow.config.list_logical_devices("GPU") else "CPU"
    devices = tensorflow.config.list_logical_devices(kind)
    return tensorflow.distribute.MirroredStrategy([device.name for device in devices])


def compile_options(chosen: Tactics) -> dict[str, Any]:
    """Return the arguments of `model.compile` that are about speed.

    Left to itself Keras uses XLA wherever it thinks it can; as a tactic it is on or off.
    """
    return {"jit_compile": chosen.xla, "steps_per_execution": chosen.steps_per_execution}
