"""A recipe's model with its preparation in front and its classes' names behind: raw rows in, answers out."""

from collections.abc import Sequence
from typing import Any

import keras

from tuning_trial.recipes.preparing import Prepared

layers = keras.layers


def end_to_end(model: Any, data: Prepared, classes: Sequence[Any]) -> Any:
    """Return a model of Keras' own layers around a trained one, which it shares its weights with.

    It takes texts (batch), images (batch × height × width × channels, from 0 to 1), or a mapping with one
    column (batch) of numbers or words for each column of the table. A `/` in a column's name becomes `_`, for
    Keras has its own use for it.

    Args:
        model: trained on what `prepare` made.
        data: what it made, and by which means.
        classes: in the order of their numbers; none where numbers are foretold.

    Returns:
        A model that gives numbers (batch × 1), or a mapping of `class` (batch; names) and `probabilities`
        (batch × classes, in the order of the classes).
    """
    inputs, prepared = _inputs(data)
    answer = model(prepared)
    return keras.Model(inputs, _named(answer, [str(name) for name in classes]) if classes else answer)


def _inputs(data: Prepared) -> tuple[Any, Any]:
    if data.numbering is not None:
        texts = keras.Input((), dtype="string", name="text")
        return texts, data.numbering(texts)
    if not data.numbers and not data.categories:
        images = keras.Input(data.shape, name="image")
        return images, images
    numbers = {name: keras.Input((1,), name=_name(name)) for name in data.numbers}
    words = {name: keras.Input((1,), dtype="string", name=_name(name)) for name in data.categories}
    columns = [*numbers.values(), *(_numbered(words[name], data.categories[name]) for name in words)]
    inputs = {_name(name): column for name, column in (numbers | words).items()}
    return inputs, layers.Concatenate(dtype="float32")(columns) if len(columns) > 1 else columns[0]


def _numbered(words: Any, values: Sequence[str]) -> Any:
    """As `prepare` numbers them: 0 for a value that is none of these, and the others from 1."""
    lookup = layers.StringLookup(vocabulary=[*values], num_oov_indices=1, mask_token=None)
    return keras.ops.cast(lookup(words), "float32")


def _named(logits: Any, names: list[str]) -> dict[str, Any]:
    if len(names) == 2:
        second = layers.Activation("sigmoid", dtype="float32")(logits)
        first = layers.Rescaling(-1.0, 1.0, dtype="float32")(second)
        probabilities = layers.Concatenate(dtype="float32")([first, second])
    else:
        probabilities = layers.Activation("softmax", dtype="float32")(logits)
    name = layers.StringLookup(vocabulary=names, num_oov_indices=0, mask_token=None, invert=True)
    return {"class": name(keras.ops.argmax(probabilities, axis=-1)), "probabilities": probabilities}


def _name(column: str) -> str:
    return column.replace("/", "_")
