"""Finds the Keras files that tactics name, and looks at them before TensorFlow is imported."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tuning_trial.errors import UserError

WEIGHTS = ".weights.h5"
SUFFIXES = (".keras", ".h5")
HDF5 = b"\x89HDF\r\n\x1a\n"  # how any such file begins
TACTICS = ("pretrained", "teacher")


def find(name: str, value: str, directory: Path) -> Path:
    """Return the path of the Keras file that a tactic names.

    Args:
        name: of the tactic.
        value: the path, absolute or relative to `directory`.
        directory: where the user's program is.

    Raises:
        UserError: there is no such file, or it is none that Keras has written.
    """
    path = directory / value
    if not path.is_file():
        raise UserError(
            f"{name}={value!r}: there is no file {str(path.absolute())!r}",
            "give an absolute path, or one relative to the program's file; on a cluster, mount a volume",
        )
    if not _is_written_by_keras(path):
        raise UserError(
            f"{name}={value!r}: {str(path.absolute())!r} is no Keras file: found {_kind(path)}",
            "expected what `model.save('….keras')` or `model.save('….h5')` writes",
        )
    return path


def named(parameters: Mapping[str, Any], directory: Path) -> dict[str, Path]:
    """Return the Keras files that a trial's tactics name and that are there, by tactic."""
    values = {name: parameters.get(name) for name in TACTICS}
    paths = {name: directory / value for name, value in values.items() if isinstance(value, str)}
    return {name: path for name, path in paths.items() if path.is_file()}


def refuse_unusable(parameters: Mapping[str, Any], program: Path) -> None:
    """Look at the files that a manifest names before TensorFlow is imported, which takes seconds.

    A program in whose text a tactic's name stands may ask for it by itself, and mean something else by it.

    Args:
        parameters: of the trial.
        program: the user's file.

    Raises:
        UserError: as `find`.
    """
    source = program.read_text(encoding="utf-8", errors="replace")
    for name in TACTICS:
        value = parameters.get(name)
        if isinstance(value, str) and value.endswith(SUFFIXES) and name not in source:
            find(name, value, program.parent)


def _is_written_by_keras(path: Path) -> bool:
    if path.name.endswith(".h5"):
        with path.open("rb") as file:
            return file.read(len(HDF5)) == HDF5
    return path.name.endswith(".keras") and "config.json" in _members(path)


def _kind(path: Path) -> str:
    if not path.name.endswith(SUFFIXES):
        return f"the ending {path.suffix!r}"
    if path.name.endswith(".keras") and zipfile.is_zipfile(path):
        return f"a zip file of {', '.join(_members(path)[:3])}"
    return f"a file of {path.stat().st_size} bytes that does not begin as one"


def _members(path: Path) -> list[str]:
    if not zipfile.is_zipfile(path):
        return []
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()
