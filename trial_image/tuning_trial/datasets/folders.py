"""Folders: one directory for each class, or such folders below train, validation and test."""

from pathlib import Path

import numpy

from tuning_trial.datasets.examples import Found, Part, bad

PARTS: dict[str, Part] = {
    "train": "train",
    "validation": "validation",
    "val": "validation",
    "valid": "validation",
    "test": "test",
}
LAYOUT = "put the files of each class into a directory of its name (or that below train/, validation/, test/)"


def read_folder(path: Path) -> dict[Part, Found]:
    """List the files of each class, sorted by name; hidden ones are passed over.

    Raises:
        UserError: there are no classes, or one of them is empty.
    """
    below = _directories(path)
    if below and {one.name for one in below} <= PARTS.keys() and any(one.name == "train" for one in below):
        return {PARTS[one.name]: _classes(one) for one in below}
    return {"all": _classes(path)}


def _classes(path: Path) -> Found:
    classes = _directories(path)
    if not classes:
        raise bad(str(path), "holds no directories", LAYOUT)
    files: list[Path] = []
    names: list[str] = []
    for one in classes:
        here = sorted(f for f in one.rglob("*") if f.is_file() and not f.name.startswith("."))
        if not here:
            raise bad(str(one), "is empty", LAYOUT)
        files += here
        names += [one.name] * len(here)
    paths = numpy.array([str(file) for file in files], dtype=object)
    return Found(str(path), "files", {"file": paths, "y": numpy.array(names, dtype=object)})


def _directories(path: Path) -> list[Path]:
    return sorted(one for one in path.iterdir() if one.is_dir() and not one.name.startswith("."))
