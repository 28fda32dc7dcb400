"""Trains with each pair of speed tactics on two logical CPU devices; prints, as JSON, what became of each.

A pair that the table refuses is tried all the same: the table must not refuse what works.
"""

import itertools
import json
import sys

import keras
import numpy as np
import tensorflow as tf
from tuning_trial.errors import UserError
from tuning_trial.tactics import Tactics, Updates, compile_options, make_optimizer, prepare, speed

ON = {"mirrored": True, "accumulate": 2, "xla": True, "steps_per_execution": 2, "mixed_precision": "float16"}


def train(chosen: Tactics, seed: int = 0) -> list[float]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(32, 4)).astype("float32")
    y = (x[:, :1] > 0).astype("float32")
    with prepare(chosen, seed).scope():
        last = keras.layers.Dense(1, "sigmoid", dtype="float32")
        model = keras.Sequential(
            [keras.Input((4,)), keras.layers.Dense(4, "relu"), keras.layers.Dropout(0.2), last]
        )
        optimizer = make_optimizer(chosen, Updates(8))
        model.compile(optimizer, "binary_crossentropy", **compile_options(chosen))
    return model.fit(x, y, batch_size=8, epochs=2, verbose=0).history["loss"]


def outcome(chosen: Tactics) -> str:
    try:
        train(chosen)
        return "works"
    except UserError:
        return "refused"
    except Exception as error:
        return f"fails: {type(error).__name__}"


def main() -> None:
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    pairs = [*([name] for name in ON), *map(list, itertools.combinations(ON, 2))]
    results = {"+".join(pair): {"with_table": outcome(Tactics(**{n: ON[n] for n in pair}))} for pair in pairs}
    speed.refuse_combinations = lambda *_, **__: None
    for pair in pairs:
        result = results["+".join(pair)]
        if result["with_table"] == "refused":
            result["without_table"] = outcome(Tactics(**{n: ON[n] for n in pair}))
    strategy = prepare(Tactics(mirrored=True))
    same = [train(Tactics(deterministic=True), seed=3) for _ in range(2)]
    other = train(Tactics(deterministic=True), seed=4)
    json.dump(
        {"pairs": results, "replicas": strategy.num_replicas_in_sync, "same": same, "other": other},
        sys.stdout,
    )


if __name__ == "__main__":
    main()
