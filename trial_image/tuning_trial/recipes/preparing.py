"""A split as arrays for a model; whatever is fitted to data is fitted to its training part only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy

from tuning_trial.datasets.examples import Examples
from tuning_trial.datasets.request import Kind
from tuning_trial.datasets.splits import Split
from tuning_trial.recipes.structure import Structure


@dataclass(frozen=True)
class Prepared:
    """Arrays, and what a model is built by.

    train, validation, test: (x, y); x is images, word numbers (int64), or numbers and then category numbers.
    shape: of an example. classes: 0 where there are none.
    numbering: the layer that makes word numbers of texts; 0 is for none, 1 for unknown ones.
    numbers: the columns of numbers. means, variances: of each of them.
    categories: values by column; number 0 is an unknown one.
    scale, offset: deviation and mean of the numbers to foretell.
    """

    train: tuple[Any, Any]
    validation: tuple[Any, Any]
    test: tuple[Any, Any] | None
    shape: tuple[int, ...]
    classes: int
    numbering: Any = None
    numbers: Sequence[str] = ()
    means: list[float] = field(default_factory=list)
    variances: list[float] = field(default_factory=list)
    categories: Mapping[str, list[str]] = field(default_factory=dict)
    scale: float = 1.0
    offset: float = 0.0

    @property
    def outputs(self) -> int:
        """How many numbers a model gives: two classes need but one."""
        return self.classes if self.classes > 2 else 1

    @property
    def words(self) -> int:
        """How many word numbers there are."""
        return int(self.numbering.vocabulary_size())


def prepare(split: Split, test: Examples | None, classes: int, kind: Kind, structure: Structure) -> Prepared:
    """Return the parts as arrays.

    Args:
        split, test: of the data.
        classes: how many, 0 without.
        kind: of the recipe.
        structure: vocabulary and sequence_length of texts.
    """
    if kind == "texts":
        encode, fitted = _fit_words(split.train, structure)
    elif kind in ("classes of features", "numbers of features"):
        encode, fitted = _fit_columns(split.train)
    else:
        encode, fitted = _images, {}
    if kind == "numbers of features":
        fitted |= {"scale": float(split.train.y.std()) or 1.0, "offset": float(split.train.y.mean())}

    def arrays(part: Examples) -> tuple[Any, Any]:
        return encode(part), numpy.zeros(len(part)) if part.y is None else part.y

    train = arrays(split.train)
    judged = arrays(test) if test is not None else None
    return Prepared(train, arrays(split.validation), judged, train[0].shape[1:], classes, **fitted)


def _images(part: Examples) -> Any:
    return part.inputs["image"]


def _fit_words(train: Examples, structure: Structure) -> tuple[Any, dict[str, Any]]:
    """Number the most frequent words of the training texts."""
    import keras

    vectorize = keras.layers.TextVectorization(
        max_tokens=structure.vocabulary, output_sequence_length=structure.sequence_length
    )
    vectorize.adapt(train.inputs["text"].tolist())

    def encode(part: Examples) -> Any:
        return keras.ops.convert_to_numpy(vectorize(part.inputs["text"].tolist()))

    return encode, {"numbering": vectorize}


def _fit_columns(train: Examples) -> tuple[Any, dict[str, Any]]:
    """Measure the columns of numbers, number the values of the others; 0 is for one that training lacks."""
    numbers = [name for name, column in train.inputs.items() if column.dtype != object]
    categories = {n: sorted(set(column)) for n, column in train.inputs.items() if column.dtype == object}
    places = {name: {value: i + 1 for i, value in enumerate(values)} for name, values in categories.items()}

    def encode(part: Examples) -> Any:
        columns = [part.inputs[name] for name in numbers]
        columns += [[where.get(value, 0) for value in part.inputs[name]] for name, where in places.items()]
        return numpy.stack(columns, axis=1).astype("float32")

    return encode, {
        "numbers": numbers,
        "means": [float(train.inputs[name].mean()) for name in numbers],
        "variances": [float(train.inputs[name].var()) for name in numbers],
        "categories": categories,
    }
