"""Models of about 1, 5 and 20 ms a step on one core of a server; what they really take is measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

FEATURES, CLASSES = 64, 10


@dataclass(frozen=True)
class Shape:
    """A dense network: its width, hidden layers and batch."""

    width: int
    layers: int
    batch: int

    def build(self, keras: Any) -> Any:
        """Return the model, compiled as most are: Adam, cross-entropy, accuracy."""
        hidden = [keras.layers.Dense(self.width, "relu") for _ in range(self.layers)]
        model = keras.Sequential([keras.Input((FEATURES,)), *hidden, keras.layers.Dense(CLASSES)])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(1e-4), loss, metrics=["accuracy"])
        return model

    def data(self, steps: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Return as many examples as an epoch of so many steps trains on."""
        generator = np.random.default_rng(0)
        count = self.batch * steps
        x = generator.normal(size=(count, FEATURES)).astype("float32")
        return x, generator.integers(0, CLASSES, count)

    def __str__(self) -> str:
        return f"{self.layers} × {self.width}, {self.batch}"


@dataclass(frozen=True)
class Case:
    """Models that take about as long a step, and how many steps an epoch has.

    One operation more in a graph lets TensorFlow run the others in another order, which makes one network
    faster and the next one slower by more than what is to be measured: so there are several, a round each.
    """

    name: str
    steps: int
    shapes: tuple[Shape, ...]

    def shape(self, round_: int) -> Shape:
        """Return the network of this round, from 0."""
        return self.shapes[round_ % len(self.shapes)]


CASES = (
    Case("about 1 ms", 2000, (Shape(128, 2, 32), Shape(192, 2, 24), Shape(96, 3, 48), Shape(160, 3, 16))),
    Case(
        "about 5 ms",
        800,
        (
            Shape(640, 3, 64),
            Shape(768, 2, 96),
            Shape(512, 4, 80),
            Shape(1024, 2, 48),
            Shape(384, 6, 112),
            Shape(448, 3, 160),
            Shape(896, 3, 40),
            Shape(576, 4, 64),
        ),
    ),
    Case(
        "about 20 ms", 200, (Shape(896, 4, 160), Shape(1280, 3, 112), Shape(640, 6, 192), Shape(1024, 3, 208))
    ),
)
