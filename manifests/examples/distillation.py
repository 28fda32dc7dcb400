"""Distillation: a network of 8 units learns to read digits from a larger one's second thoughts too.

`teacher` and how much it counts are tactics in distillation.yaml: the model below knows nothing of them.
So that the example stands alone, the teacher is trained here when its file is not there yet; for one of
yours, mount a volume, give its path, and leave `train_teacher` out.
"""

import os
from pathlib import Path

import keras
from sklearn.datasets import load_digits

TEACHER = Path("/tmp/digits-teacher.keras")


def network(units):
    """Return an untrained classifier of the ten digits."""
    dense = keras.layers.Dense
    return keras.Sequential([keras.Input((64,)), dense(units, "relu"), dense(10, "softmax")])


def train_teacher(x, y):
    """Train a large one on the same examples, and keep it: several trials may do so at once."""
    model = network(256)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=20, verbose=0)
    partial = TEACHER.with_name(f"{os.getpid()}-{TEACHER.name}")
    model.save(partial)
    partial.rename(TEACHER)


def build_model(hp):
    """Return the compiled model, the student."""
    model = network(8)
    optimizer = keras.optimizers.Adam(hp.Float("learning_rate", 1e-3, 1e-1, sampling="log", default=1e-2))
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def load_data():
    """Return two thirds of the examples to train on, and the others to validate on."""
    digits = load_digits()
    x, y = (digits.data / 16.0).astype("float32"), digits.target
    if not TEACHER.exists():
        train_teacher(x[:1200], y[:1200])
    return (x[:1200], y[:1200]), (x[1200:], y[1200:])
