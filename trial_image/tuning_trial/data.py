"""The data that `load_data()` of the user's file returns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tuning_trial.errors import UserError
from tuning_trial.user_code import UserFile


@dataclass(frozen=True)
class Data:
    """The user's data: each part is (x, y), a tf.data.Dataset or a PyDataset."""

    train: Any
    validation: Any
    test: Any | None


def load(file: UserFile) -> Data:
    """Call load_data() and look at what it returns.

    Raises:
        UserError: it is not two or three parts, each (x, y) of equal length or a dataset.
    """
    parts = file.call(file.load_data)
    if not isinstance(parts, (tuple, list)) or len(parts) not in (2, 3):
        raise _bad_data(file, f"load_data returns {describe(parts)}")
    names = ("train", "validation", "test")
    checked = [_part(file, name, part) for name, part in zip(names, parts, strict=False)]
    return Data(checked[0], checked[1], checked[2] if len(checked) == 3 else None)


def is_dataset(value: Any) -> bool:
    """Say whether it is a tf.data.Dataset, by what only datasets have: nothing need be imported to ask."""
    return hasattr(value, "element_spec")


def refuse_lists(arguments: Mapping[str, Any]) -> None:
    """See that `fit` is given arrays; of several inputs a list of them, which is no list of numbers.

    Args:
        arguments: of `fit`, by name.

    Raises:
        UserError: inputs or targets are a list of something else, which Keras would print as a whole.
    """
    for name in ("x", "y"):
        values = arguments.get(name)
        if isinstance(values, list) and values and not hasattr(values[0], "shape"):
            raise UserError(f"{name} is a list, and Keras trains on arrays", f"give it numpy.array({name})")


def describe(value: Any) -> str:
    """Name a value's type, and a sequence's length, for a message."""
    length = f" of {len(value)}" if isinstance(value, (tuple, list)) else ""
    return f"something of type {type(value).__name__}{length}"


def _part(file: UserFile, name: str, part: Any) -> Any:
    if is_dataset(part):
        if int(part.cardinality()) == 0:
            raise _empty(file, name)
        return part
    if hasattr(part, "num_batches"):  # a PyDataset; nothing need be imported to ask
        if part.num_batches == 0:
            raise _empty(file, name)
        return part
    if not isinstance(part, (tuple, list)) or len(part) != 2:
        raise _bad_data(file, f"the {name} part of load_data is {describe(part)}")
    x, y = part
    if x is None:
        raise _bad_data(file, f"the {name} part of load_data has None as its inputs")
    if _count(x) == 0:
        raise _empty(file, name)
    have_shapes = hasattr(x, "shape") and hasattr(y, "shape")  # dicts and lists have none
    if have_shapes and x.shape[:1] != y.shape[:1]:
        raise _bad_data(file, f"the {name} part of load_data has inputs {x.shape} and targets {y.shape}")
    return (x, y)


def _count(x: Any) -> int | None:
    """How many examples there are, None where that is unknown; a sparse matrix has a shape and no length."""
    shape = getattr(x, "shape", None)
    if shape is not None:
        return shape[0] if shape else None
    return len(x) if hasattr(x, "__len__") else None


def _empty(file: UserFile, name: str) -> Exception:
    mend = "look at what it reads and at how it splits that"
    return file.at(file.load_data, f"the {name} part of load_data has no example", mend)


def _bad_data(file: UserFile, what: str) -> Exception:
    mend = "return (x, y), (x_val, y_val) and perhaps (x_test, y_test), each a pair, a Dataset or a PyDataset"
    return file.at(file.load_data, what, mend)
