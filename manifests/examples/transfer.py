"""Transfer: reads the digits 5 to 9 from 50 examples, with layers that have learnt to read 0 to 4.

`pretrained`, `frozen` and `frozen_epochs` are tactics in transfer.yaml: the model below knows nothing of
them. So that the example stands alone, the file to start with is made here when it is not there yet; for one
of yours, mount a volume, give its path, and leave `pretrain` out.
"""

import os
from pathlib import Path

import keras
from sklearn.datasets import load_digits

SOURCE = Path("/tmp/digits-0-to-4.keras")


def network(name):
    """Return an untrained classifier of five digits; each task has a last layer of its own name."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(64, "relu", name="first"),
            layers.Dense(64, "relu", name="second"),
            layers.Dense(5, "softmax", name=name),
        ]
    )


def digits(first):
    """Return images and labels of five digits from `first` on; the labels are 0 to 4."""
    found = load_digits()
    ours = (found.target >= first) & (found.target < first + 5)
    return (found.data[ours] / 16.0).astype("float32"), found.target[ours] - first


def pretrain():
    """Learn to read 0 to 4, and keep that: several trials may do so at once."""
    x, y = digits(0)
    model = network("lower")
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=10, verbose=0)
    partial = SOURCE.with_name(f"{os.getpid()}-{SOURCE.name}")
    model.save(partial)
    partial.rename(SOURCE)


def build_model(hp):
    """Return the compiled model."""
    model = network("upper")
    optimizer = keras.optimizers.Adam(hp.Float("learning_rate", 1e-4, 1e-2, sampling="log", default=1e-3))
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def load_data():
    """Return 50 examples to train on, and all others to validate on."""
    if not SOURCE.exists():
        pretrain()
    x, y = digits(5)
    return (x[:50], y[:50]), (x[50:], y[50:])
