"""Models of about 1, 5 and 20 ms a step on one core of a server; what they really take is measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

FEATURES, CLASSES = 64, 10


@dataclass(frozen=True)
class Case:
    """A dense network: its name, width, hidden layers and batch, and how many steps an epoch has."""

    name: str
    width: int
    layers: int
    batch: int
    steps: int

    def build(self, keras: Any) -> Any:
        """Return the model, compiled as most are: Adam, cross-entropy, accuracy."""
        hidden = [keras.layers.Dense(self.width, "relu") for _ in range(self.layers)]
        model = keras.Sequential([keras.Input((FEATURES,)), *hidden, keras.layers.Dense(CLASSES)])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(1e-4), loss, metrics=["accuracy"])
        return model

    def data(self) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Return as many examples as an epoch trains on."""
        generator = np.random.default_rng(0)
        count = self.batch * self.steps
        x = generator.normal(size=(count, FEATURES)).astype("float32")
        return x, generator.integers(0, CLASSES, count)


CASES = (
    Case("about 1 ms", width=128, layers=2, batch=32, steps=2000),
    Case("about 5 ms", width=640, layers=3, batch=64, steps=800),
    Case("about 20 ms", width=896, layers=4, batch=160, steps=200),
)
