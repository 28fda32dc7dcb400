"""What goes from hand to hand: a request, what was found in a place, and examples."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy

from tuning_trial.errors import UserError

Part = Literal["all", "train", "validation", "test"]


@dataclass(frozen=True)
class Request:
    """What the command line says of the data; a place is a file, a directory or `module:function`.

    target, text, image: columns of a table.
    categorical: columns that hold categories although they are numbers.
    classes: how many there are, where not all of them need occur.
    image_size: (height, width) in pixels to scale to; None: all images have one size.
    validation_share, test_share: of all examples, where a place does not hold them apart.
    folds: 0, or how often to train, each time on all but one of so many parts.
    split_seed: its own, so that all trials of a job have the same split.
    """

    data: str
    validation_data: str | None = None
    test_data: str | None = None
    target: str = "label"
    text: str = "text"
    image: str = "image"
    categorical: tuple[str, ...] = ()
    classes: int | None = None
    image_size: tuple[int, int] | None = None
    validation_share: float = 0.2
    test_share: float = 0.2
    folds: int = 0
    split_seed: int = 0


@dataclass(frozen=True)
class Found:
    """What stands in a place.

    where: names the place in messages.
    form: arrays has the columns x and y; files has file (paths) and y; a table has columns of its own.
    """

    where: str
    form: Literal["arrays", "files", "table"]
    columns: Mapping[str, Any]


@dataclass(frozen=True)
class Examples:
    """Inputs by name, each an array with one entry an example, and targets: class numbers or numbers.

    Images are height × width × channels from 0 to 1, texts strings, features numbers or strings.
    y: None where there is nothing to be told.
    """

    where: str
    inputs: Mapping[str, Any]
    y: Any = field(default=None)

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))

    def take(self, places: Any) -> "Examples":
        """Return the examples at these places, in their order."""
        inputs = {name: column[places] for name, column in self.inputs.items()}
        return replace(self, inputs=inputs, y=None if self.y is None else self.y[places])


def bad(where: str, found: str, mend: str) -> UserError:
    """Return the error of data: the place, what was found there, and what to do."""
    return UserError(f"{where}: {found}", mend)


def refuse_missing(where: str, name: str, column: Any) -> None:
    """See that every value of a column is there, and a number if it is one.

    Raises:
        UserError: a value is missing, NaN or infinite.
    """
    if column.dtype == object:
        gone = numpy.array([value is None for value in column], dtype=bool)
    elif numpy.issubdtype(column.dtype, numpy.floating):
        gone = ~numpy.isfinite(column).reshape(len(column), -1).all(axis=1)
    else:
        return
    if gone.any():
        count, first = int(gone.sum()), int(gone.argmax())
        many = f"{count} of {len(column)} examples, first in number {first + 1}"
        found = f"{name} is missing, NaN or infinite in {many}"
        raise bad(where, found, "fill these values in, or leave the examples out")
