"""What the command line says of the data. Pure, and without NumPy, which an SDK-only image lacks."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["images", "unlabelled images", "texts", "classes of features", "numbers of features"]


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
