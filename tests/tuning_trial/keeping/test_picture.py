"""The picture of real models: a box for each layer, below those that it follows."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import numpy
import pytest
from tuning_trial.keeping.picture import boxes, picture

keras = pytest.importorskip("keras")
pytestmark = pytest.mark.tensorflow
layers = keras.layers


def branches() -> Any:
    inputs = keras.Input((4,), name="in")
    left, right = layers.Dense(2, name="left")(inputs), layers.Dense(2, name="right")(inputs)
    both = layers.Add(name="both")([left, right])
    return keras.Model(inputs, layers.Dense(1, name="out")(both))


def follows(model: Any) -> dict[str, tuple[str, ...]]:
    return {box.name: box.follows for box in boxes(model)}


def test_a_graph_s_layers_follow_those_that_feed_them() -> None:
    assert follows(branches()) == {
        "in": (),
        "left": ("in",),
        "right": ("in",),
        "both": ("left", "right"),
        "out": ("both",),
    }


def test_a_chain_s_layers_follow_one_another() -> None:
    chain = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="a"), layers.Dense(2, name="b")])
    assert follows(chain) == {"a": (), "b": ("a",)}
    assert [box.about for box in boxes(chain)] == ["Dense  ·  ? × 3  ·  15", "Dense  ·  ? × 2  ·  8"]


class Own(keras.Model):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.one, self.other = layers.Dense(3, name="one"), layers.Dense(2, name="other")

    def call(self, x: Any) -> Any:
        return self.other(self.one(x))


def test_layers_of_a_model_without_a_graph_are_a_column() -> None:
    model = Own()
    model(numpy.ones((1, 4)))
    drawing = ET.fromstring(picture(model))
    space = "{http://www.w3.org/2000/svg}"
    rows = [int(box[0].attrib["y"]) for box in drawing.findall(f"{space}g")]
    assert rows == sorted(set(rows))
    assert [box[1].text for box in drawing.findall(f"{space}g")] == ["one", "other"]


def test_a_line_leads_to_each_layer_from_each_that_feeds_it() -> None:
    drawing = ET.fromstring(picture(branches()))
    assert len(drawing.findall("{http://www.w3.org/2000/svg}line")) == 5
