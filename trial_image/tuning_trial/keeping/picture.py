"""A model's structure as a picture: layers as boxes, from the top down, in an SVG file.

Keras' own plot_model needs graphviz' program beside a Python package; an image of a trial has neither.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

PICTURE_FILE = "model.svg"
WIDTH, HEIGHT, GAP = 280, 44, 28  # of a box and between boxes, in pixels
ROOM = WIDTH - 12  # for the words in a box


@dataclass(frozen=True)
class Box:
    """A layer: its name, a line about it, and the names of the layers that it follows."""

    name: str
    about: str
    follows: tuple[str, ...] = ()


def picture(model: Any) -> bytes:
    """Draw a built Keras model. Layers inside of layers are not shown; a subclassed model is a column."""
    return draw(boxes(model)).encode()


def boxes(model: Any) -> list[Box]:
    """Return the model's layers with what they follow: as its graph says, else one after the other."""
    layers = list(model.layers)
    names = {id(layer): layer.name for layer in layers}
    if getattr(model, "_functional", None) is not None:  # a Sequential holds a graph of its own
        chain = [layer.name for layer in layers]
        follows = {name: tuple(chain[max(0, i - 1) : i]) for i, name in enumerate(chain)}
    else:
        follows = {layer.name: _parents(layer, names) for layer in layers}
    return [Box(layer.name, _about(layer), follows[layer.name]) for layer in layers]


def draw(boxes: Sequence[Box]) -> str:
    """Return the SVG: a row for each depth, and a line from every layer to those that follow it."""
    places = _places(boxes)
    lines = [_line(places[parent], places[box.name]) for box in boxes for parent in box.follows]
    drawn = [_drawn(box, places[box.name]) for box in boxes]
    width = max((x for x, _ in places.values()), default=0) + WIDTH + GAP
    height = max((y for _, y in places.values()), default=0) + HEIGHT + GAP
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif">'
    )
    return "\n".join(
        [head, f'<rect width="{width}" height="{height}" fill="white"/>', *lines, *drawn, "</svg>\n"]
    )


def _places(boxes: Sequence[Box]) -> dict[str, tuple[int, int]]:
    """A layer stands one row below the lowest that it follows; Keras lists layers after those."""
    depths: dict[str, int] = {}
    rows: dict[int, int] = {}
    places = {}
    for i, box in enumerate(boxes):
        is_loose = not box.follows and not any(box.name in other.follows for other in boxes)
        depth = i if is_loose else 1 + max((depths[p] for p in box.follows), default=-1)
        column = rows.get(depth, 0)
        depths[box.name], rows[depth] = depth, column + 1
        places[box.name] = (GAP + column * (WIDTH + GAP), GAP + depth * (HEIGHT + GAP))
    return places


def _drawn(box: Box, place: tuple[int, int]) -> str:
    x, y = place
    return (
        f'<g><rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="4" fill="#eef3fa" stroke="#4a6fa5"/>'
        f"{_words(box.name, (x, y + 18), 13, '#000')}{_words(box.about, (x, y + 35), 11, '#555')}</g>"
    )


def _words(words: str, place: tuple[int, int], size: int, colour: str) -> str:
    """In the middle of the box; narrowed where they are likely to be wider: a letter has .6 of its size."""
    x, y = place[0] + WIDTH // 2, place[1]
    fitted = f' textLength="{ROOM}" lengthAdjust="spacingAndGlyphs"' if len(words) * size * 0.6 > ROOM else ""
    look = f'text-anchor="middle" font-size="{size}" fill="{colour}"{fitted}'
    return f'<text x="{x}" y="{y}" {look}>{escape(words)}</text>'


def _line(start: tuple[int, int], end: tuple[int, int]) -> str:
    """A straight line; one that would run behind the boxes of its own column goes around them."""
    (x1, y1), (x2, y2) = start, end
    if x1 == x2 and y2 - y1 > HEIGHT + GAP:
        side, top, bottom = x1 + WIDTH, y1 + HEIGHT // 2, y2 + HEIGHT // 2
        bent = f"M{side},{top} C{side + GAP},{top} {side + GAP},{bottom} {side},{bottom}"
        return f'<path d="{bent}" fill="none" stroke="#4a6fa5"/>'
    half = WIDTH // 2
    return f'<line x1="{x1 + half}" y1="{y1 + HEIGHT}" x2="{x2 + half}" y2="{y2}" stroke="#4a6fa5"/>'


def _parents(layer: Any, names: Mapping[int, str]) -> tuple[str, ...]:
    nodes = [parent for node in getattr(layer, "_inbound_nodes", ()) for parent in node.parent_nodes]
    operations = [id(node.operation) for node in nodes]
    return tuple(dict.fromkeys(names[one] for one in operations if one in names and names[one] != layer.name))


def _about(layer: Any) -> str:
    """Class, shape of the output (batch size left open) and number of parameters."""
    output = getattr(layer, "output", None) if getattr(layer, "_inbound_nodes", None) else None
    shape = getattr(output, "shape", None)
    told = [type(layer).__name__]
    if shape is not None:
        told.append(" × ".join("?" if size is None else str(size) for size in shape))
    if layer.count_params():
        told.append(f"{layer.count_params():,}")
    return "  ·  ".join(told)
