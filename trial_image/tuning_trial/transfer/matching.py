"""Which layers of one model correspond to which of another. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True)
class Weighted:
    """A layer with weights: its name, its class's name, and the shapes of its weights in Keras' order."""

    name: str
    kind: str
    shapes: tuple[tuple[int, ...], ...]

    @property
    def is_named(self) -> bool:
        """Say whether somebody named it: of itself Keras calls the third Conv2D `conv2d_2`."""
        snake = re.sub("([a-z])([A-Z])", r"\1_\2", re.sub("(.)([A-Z][a-z]+)", r"\1_\2", self.kind)).lower()
        return re.fullmatch(rf"{re.escape(snake)}(_\d+)?", self.name) is None


def pairs(found: Sequence[Weighted], wanted: Sequence[Weighted]) -> list[tuple[int, int]]:
    """Return which layer found goes to which wanted: two places, ordered by the second.

    Layers that both sides have named go together by name, where their shapes agree. All others go together
    by their order: in the longest runs in which kind and shapes agree, so a layer that only one side has
    does not shift the rest. How Keras numbers its own names depends on what else a process has built.

    Args:
        found: the layers of the file.
        wanted: the layers of the model.
    """
    places = {layer.name: i for i, layer in enumerate(found) if layer.is_named}
    named = [
        (places[layer.name], j)
        for j, layer in enumerate(wanted)
        if layer.is_named and layer.name in places and found[places[layer.name]].shapes == layer.shapes
    ]
    rest_found = [i for i in range(len(found)) if i not in {i for i, _ in named}]
    rest_wanted = [j for j in range(len(wanted)) if j not in {j for _, j in named}]
    matcher = SequenceMatcher(
        None, [_look(found[i]) for i in rest_found], [_look(wanted[j]) for j in rest_wanted], autojunk=False
    )
    ordered = [
        (rest_found[block.a + k], rest_wanted[block.b + k])
        for block in matcher.get_matching_blocks()
        for k in range(block.size)
    ]
    unlike = {(i, j) for i, j in ordered if found[i].is_named and wanted[j].is_named}
    return sorted({*named, *ordered} - unlike, key=lambda pair: pair[1])


def _look(layer: Weighted) -> tuple[str, tuple[tuple[int, ...], ...]]:
    return layer.kind, layer.shapes
