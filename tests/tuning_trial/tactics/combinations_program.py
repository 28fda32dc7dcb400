"""Trains with each pair of speed tactics on two logical CPU devices; prints, as JSON, what became of each.

A pair that the table refuses is tried all the same: the table must not refuse what works.
"""

import itertools
import json
import sys
import tempfile
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from tuning_trial import variants
from tuning_trial.errors import UserError
from tuning_trial.tactics import Tactics, Updates, compile_options, make_optimizer, prepare, speed
from tuning_trial.tactics.applying import training
from tuning_trial.tactics.given import Given
from tuning_trial.transfer.applying import without_units
from tuning_trial.variants.pruning import Prune
from tuning_trial.variants.structured import kept

ON: dict[str, dict[str, Any]] = {
    "mirrored": {"mirrored": True},
    "accumulate": {"accumulate": 2},
    "xla": {"xla": True},
    "steps_per_execution": {"steps_per_execution": 2},
    "float16": {"mixed_precision": "float16"},
    "bfloat16": {"mixed_precision": "bfloat16"},
    "sparsity": {"sparsity": 0.5},
    "removed": {"removed": 0.5},
}


def make(chosen: Tactics, seed: int = 0) -> tuple[Any, dict[str, Any]]:
    """Return a model, and what its fit is given."""
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
    return model, {"x": x, "y": y, "batch_size": 8, "epochs": 2, "verbose": 0}


def train(chosen: Tactics, seed: int = 0) -> list[float]:
    model, arguments = make(chosen, seed)
    model = without_units(model, Given.of({"removed": chosen.removed}))
    assert model.layers[0].units == (2 if chosen.removed else 4)
    losses = model.fit(**arguments, callbacks=[Prune(chosen)]).history["loss"]
    zeros = [float((layer.kernel.numpy() == 0).mean()) for layer in model.layers if hasattr(layer, "kernel")]
    assert zeros == [chosen.sparsity] * 2, zeros
    return losses


def transfer(chosen: Tactics, directory: str) -> dict[str, bool]:
    """Start from a file and learn from it; say what of the first layer moved in each of two epochs.

    It is frozen in the first, unless it has lost units.
    """
    given = Given.of(
        {"pretrained": "a.keras", "teacher": "a.keras", "clip_norm": 1.0}
        | ({"removed": chosen.removed} if chosen.removed else {"frozen": 0.5, "frozen_epochs": 1})
        | ({"sparsity": chosen.sparsity} if chosen.sparsity else {})
    )
    model, arguments = make(chosen)
    model = without_units(model, given, directory)
    kernels = []
    look = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: kernels.append(model.get_weights()[0]))
    with training(model, arguments | {"callbacks": [look]}, given, directory=directory) as changed:
        losses = model.fit(**changed).history["loss"]
    read = keras.saving.load_model(f"{directory}/a.keras", compile=False).get_weights()[0]
    if chosen.removed:
        read = read[:, kept(read, chosen.removed)]
    moved = [not np.array_equal(a, b) for a, b in itertools.pairwise([read, *kernels])]
    return {"stays": not moved[0], "moves": moved[1], "is_finite": bool(np.isfinite(losses).all())}


class Batches(keras.utils.PyDataset):
    """The data in batches of its own making."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        super().__init__()
        self._x, self._y, self._size = (arguments[name] for name in ("x", "y", "batch_size"))

    def __len__(self) -> int:
        return len(self._x) // self._size

    def __getitem__(self, i: int) -> tuple[Any, Any]:
        return tuple(array[i * self._size : (i + 1) * self._size] for array in (self._x, self._y))


def export(chosen: Tactics) -> dict[str, float]:
    """Train, export variants by batches of a PyDataset, and return the loss of each and the model's own."""
    model, arguments = make(chosen)
    batches = Batches(arguments)
    model.fit(batches, epochs=2, verbose=0)
    found = variants.export(model, ["dynamic", "float16", "int8"], batches, batches)
    losses = {name: value for name, value in found.items() if name.endswith("_loss")}
    return losses | {"own": model.evaluate(arguments["x"], arguments["y"], verbose=0)}


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
    strategy = prepare(Tactics(mirrored=True))
    plain = tf.distribute.get_strategy()
    # A second strategy would take the first one's collective operations, of other shapes, for its own.
    speed.strategy_of = lambda chosen: strategy if chosen.mirrored else plain
    pairs = {name: Tactics(**given) for name, given in ON.items()}
    for one, other in itertools.combinations(ON, 2):
        if not ON[one].keys() & ON[other].keys():
            pairs[f"{one}+{other}"] = Tactics(**ON[one], **ON[other])
    results = {pair: {"with_table": outcome(chosen)} for pair, chosen in pairs.items()}
    speed.refuse_combinations = lambda *_, **__: None
    for pair, chosen in pairs.items():
        if results[pair]["with_table"] == "refused":
            results[pair]["without_table"] = outcome(chosen)
    same = [train(Tactics(deterministic=True), seed=3) for _ in range(2)]
    other = train(Tactics(deterministic=True), seed=4)
    with tempfile.TemporaryDirectory() as directory:
        make(Tactics())[0].save(f"{directory}/a.keras")
        transfers = {name: transfer(Tactics(**given), directory) for name, given in ON.items()}
    json.dump(
        {
            "pairs": results,
            "replicas": strategy.num_replicas_in_sync,
            "same": same,
            "other": other,
            "transfers": transfers,
            "losses": export(Tactics(mirrored=True)),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
