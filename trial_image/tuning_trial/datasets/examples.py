"""What goes from hand to hand: what was found in a place, and examples."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy

from tuning_trial.errors import UserError

ROUNDING = 0.01  # of a column's deviation, at most, by which a number in 32 bits may be off
Part = Literal["all", "train", "validation", "test"]


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
    classes: their names, in the order of their numbers; () where there are none.
    """

    where: str
    inputs: Mapping[str, Any]
    y: Any = field(default=None)
    classes: tuple[Any, ...] = ()

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))

    def take(self, places: Any) -> "Examples":
        """Return the examples at these places, in their order."""
        inputs = {name: column[places] for name, column in self.inputs.items()}
        return replace(self, inputs=inputs, y=None if self.y is None else self.y[places])


def bad(where: str, found: str, mend: str) -> UserError:
    """Return the error of data: the place, what was found there, and what to do."""
    return UserError(f"{where}: {found}", mend)


def counted(count: int, noun: str) -> str:
    """Return "1 class", "2 classes"."""
    return f"{count} {noun if count == 1 else noun + ('es' if noun.endswith('s') else 's')}"


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


def in_float32(where: str, name: str, column: Any) -> Any:
    """Return numbers as models take them.

    Raises:
        UserError: in 32 bits some are infinite, or are off by more than ROUNDING of their deviation.
    """
    wide = column.astype("float64")
    with numpy.errstate(over="ignore", invalid="ignore"):
        narrow = wide.astype("float32")
        lost, deviation = numpy.abs(wide - narrow).max(), wide.std()
    if not numpy.isfinite(narrow).all() or (deviation and lost > ROUNDING * deviation):
        largest = wide[numpy.abs(wide).argmax()]
        found = f"{name} has numbers such as {largest:.15g}, which 32 bits cannot hold or not tell apart"
        raise bad(where, found, "subtract what they have in common, or scale them")
    return narrow
