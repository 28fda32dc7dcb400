"""From a request to the parts that a recipe trains on."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tuning_trial.datasets.arrays import read_function, read_npz
from tuning_trial.datasets.comparison import differences
from tuning_trial.datasets.examples import Examples, Found, Part, bad
from tuning_trial.datasets.features import feature_examples
from tuning_trial.datasets.folders import read_folder
from tuning_trial.datasets.images import image_examples
from tuning_trial.datasets.labels import class_numbers, name_classes, numbers
from tuning_trial.datasets.request import Kind, Request
from tuning_trial.datasets.splits import Split, fold, part_off, refuse_few
from tuning_trial.datasets.tables import read_table
from tuning_trial.datasets.texts import text_examples
from tuning_trial.session import say

RECORDS = (".tfrecord", ".tfrecords", ".tfrecord.gz")


@dataclass(frozen=True)
class Data:
    """Splits to train on (one, or one for each fold), the classes' names, and the test set.

    classes: () where numbers are foretold, or nothing.
    test: None before the final evaluation, and where there is none.
    """

    splits: tuple[Split, ...]
    classes: tuple[Any, ...]
    test: Examples | None


def needs_tensorflow(request: Request) -> bool:
    """Say whether a place is a TFRecord or a function of the user's, which may use TensorFlow."""
    places = [p for p in (request.data, request.validation_data, request.test_data) if p]
    return any(p.endswith(RECORDS) or _is_function(p) for p in places)


def refuse_absent(request: Request) -> None:
    """See that every file and directory is there, before anything is imported or read.

    Raises:
        UserError: one is not, or is empty.
    """
    for place in (request.data, request.validation_data, request.test_data):
        if place is None or _is_function(place):
            continue
        path = Path(place)
        if not path.exists():
            raise bad(place, f"there is no such file or directory in {Path.cwd()}",
                      "mount the data, and name it as it is seen from there")  # fmt: skip
        if path.is_file() and not path.stat().st_size:
            raise bad(place, "is empty, 0 bytes", "give a file with data")


def load(request: Request, kind: Kind, final: bool) -> Data:
    """Read, check and split the data, and warn where training and validation data differ.

    Args:
        request: of the command line.
        kind: what the recipe trains on.
        final: whether the test set is to be judged on.

    Raises:
        UserError: the data must be mended.
    """
    refuse_absent(request)
    found = _parts(request, final)
    main: Part = "train" if "train" in found else "all"
    parts = {part: _examples(one, request, kind) for part, one in found.items()}
    classes: tuple[Any, ...] = ()
    if kind in ("images", "texts", "classes of features"):
        classes = name_classes(found[main], parts[main].y, request.classes)
        for part, one in parts.items():
            parts[part] = replace(one, y=class_numbers(found[part], one.y, classes), classes=classes)
    elif kind == "numbers of features":
        parts = {p: replace(e, y=numbers(found[p], e.y)) for p, e in parts.items()}
    _refuse_other_shapes(parts, main)
    return _split(parts, main, request, classes, final)


def _parts(request: Request, final: bool) -> dict[Part, Found]:
    found = _read(request.data)
    others: tuple[tuple[Part, str | None], ...] = (
        ("validation", request.validation_data),
        ("test", request.test_data if final else None),
    )
    for part, place in others:
        if place is not None:
            there = _read(place)
            found[part] = there.get("all") or there.get(part) or there["train"]
    if not final:
        found.pop("test", None)
    return found


def _read(place: str) -> dict[Part, Found]:
    if _is_function(place):
        return read_function(place)
    path = Path(place)
    if path.is_dir():
        return read_folder(path)
    if place.endswith(RECORDS):
        from tuning_trial.datasets.records import read_records

        return read_records(path)
    readers: dict[str, Callable[[Path], dict[Part, Found]]] = {
        ".npz": read_npz,
        ".csv": read_table,
        ".parquet": read_table,
    }
    if path.suffix not in readers:
        mend = "give .npz, .csv, .parquet, .tfrecord, a directory for each class, or module:function"
        raise bad(place, f"has the ending {path.suffix!r}", mend)
    return readers[path.suffix](path)


def _examples(found: Found, request: Request, kind: Kind) -> Examples:
    if kind == "texts":
        return text_examples(found, request)
    if kind in ("images", "unlabelled images"):
        return image_examples(found, request, labelled=kind == "images")
    return feature_examples(found, request)


def _split(
    parts: dict[Part, Examples], main: Part, request: Request, classes: tuple[Any, ...], final: bool
) -> Data:
    rest, test = parts[main], parts.get("test")
    seed = request.split_seed
    if main == "all" and request.test_data is None and request.test_share:
        rest, off = part_off(rest, request.test_share, seed)
        rest = replace(rest, where=f"{rest.where} without its test set (--test-share {request.test_share:g})")
        test = off if final else None
    if request.folds:
        if "validation" in parts:
            raise bad(parts["validation"].where, f"there is validation data, and --folds {request.folds}",
                      "leave one of them out: folds validate on the training data in turn")  # fmt: skip
        splits = fold(rest, request.folds, seed)
    elif "validation" in parts:
        refuse_few(rest, 1)
        splits = [Split(rest, parts["validation"])]
    else:
        share = request.validation_share / (
            1 - request.test_share if main == "all" and not request.test_data else 1
        )
        splits = [Split(*part_off(rest, share, seed))]
    for sentence in differences(splits[0].train, splits[0].validation):
        say(sentence)
    return Data(tuple(splits), classes, test)


def _refuse_other_shapes(parts: dict[Part, Examples], main: Part) -> None:
    """See that each part has the inputs of the training part, of the same shape and kind."""

    def shapes(examples: Examples) -> dict[str, Any]:
        return {name: (c.shape[1:], c.dtype.kind) for name, c in examples.inputs.items()}

    expected = shapes(parts[main])
    for part, examples in parts.items():
        there = shapes(examples)
        for name in sorted(expected.keys() | there.keys()):
            if there.get(name) != expected.get(name):
                said = f"the {part} data has {_told(name, there)}, the training data {_told(name, expected)}"
                raise bad(examples.where, said, "give both the same columns and shapes")


def _told(name: str, shapes: dict[str, Any]) -> str:
    if name not in shapes:
        return f"no {name!r}"
    shape, kind = shapes[name]
    return f"{name!r} of {'words' if kind == 'O' else 'numbers'}" + (f" of shape {shape}" if shape else "")


def _is_function(place: str) -> bool:
    return ":" in place and not Path(place).exists()
