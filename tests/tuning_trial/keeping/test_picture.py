"""The picture of real models: a box for each layer, below those that it follows."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import numpy
import pytest
from tuning_trial.keeping.picture import HEIGHT, ROOM, boxes, picture

keras = pytest.importorskip("keras")
pytestmark = pytest.mark.tensorflow
layers = keras.layers
SPACE = "{http://www.w3.org/2000/svg}"


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
    rows = [int(box[0].attrib["y"]) for box in drawing.findall(f"{SPACE}g")]
    assert rows == sorted(set(rows))
    assert [box[1].text for box in drawing.findall(f"{SPACE}g")] == ["one", "other"]


def test_a_line_leads_to_each_layer_from_each_that_feeds_it() -> None:
    drawing = ET.fromstring(picture(branches()))
    assert len(drawing.findall(f"{SPACE}line")) == 5


def residual() -> Any:
    inputs = keras.Input((4,), name="in")
    inner = layers.Dense(4, name="second")(layers.Dense(4, name="first")(inputs))
    return keras.Model(inputs, layers.Add(name="sum")([inputs, inner]))


def test_a_shortcut_goes_around_the_layers_beside_it_and_not_behind_them() -> None:
    drawing = ET.fromstring(picture(residual()))
    tops = {box[1].text: int(box[0].attrib["y"]) for box in drawing.findall(f"{SPACE}g")}
    lines = [(int(a["y1"]), int(a["y2"])) for a in (one.attrib for one in drawing.findall(f"{SPACE}line"))]
    assert not [(y1, y2, top) for y1, y2 in lines for top in tops.values() if y1 < top < y2]
    (shortcut,) = drawing.findall(f"{SPACE}path")
    places = shortcut.attrib["d"].replace("M", "").replace("C", "").split()
    (start, _, _, end) = (tuple(map(int, place.split(","))) for place in places)
    right = {int(box[0].attrib["x"]) + int(box[0].attrib["width"]) for box in drawing.findall(f"{SPACE}g")}
    assert {start[0], end[0]} == right
    assert (start[1], end[1]) == (tops["in"] + HEIGHT // 2, tops["sum"] + HEIGHT // 2)


def test_words_stay_within_their_box() -> None:
    chain = keras.Sequential(
        [keras.Input((4,)), layers.Dense(3, name="x" * 60), layers.Dense(2, name="short")]
    )
    names = [box[1].attrib for box in ET.fromstring(picture(chain)).findall(f"{SPACE}g")]
    assert [name.get("textLength") for name in names] == [str(ROOM), None]
