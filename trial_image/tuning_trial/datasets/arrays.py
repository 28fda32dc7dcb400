"""Arrays: `.npz` files, and what a function of the user's returns."""

import importlib
import sys
import traceback
from pathlib import Path
from typing import Any, BinaryIO

import numpy

from tuning_trial.datasets.examples import Found, Part, bad
from tuning_trial.errors import Interrupted, UserError, is_out_of_memory, last_line

NAMES: dict[Part, tuple[str, ...]] = {
    "all": ("x", "y"),
    "train": ("x_train", "y_train"),
    "validation": ("x_val", "y_val"),
    "test": ("x_test", "y_test"),
}
ARCHIVES, ARRAY = (b"PK\x03\x04", b"PK\x05\x06"), b"\x93NUMPY"  # how .npz and .npy files begin
EXPECTED = "x and y, or x_train, y_train and perhaps x_val, y_val, x_test, y_test"


def read_npz(path: Path) -> dict[Part, Found]:
    """Read the parts of a file; `y` may be left out where nothing is to be told.

    Raises:
        UserError: it is no such file, or has other arrays.
    """
    arrays = _arrays(path)
    others = [name for name, array in arrays.items() if not isinstance(array, numpy.ndarray)]
    if others:
        raise bad(path.name, f"holds {others[0]!r}, which is no array", "write it with numpy.savez")
    parts = {part: _pair(path.name, arrays, *names) for part, names in NAMES.items() if names[0] in arrays}
    if "all" not in parts and "train" not in parts:
        raise bad(path.name, f"has the arrays {', '.join(arrays) or '(none)'}", f"name them {EXPECTED}")
    return parts


def read_function(place: str) -> dict[Part, Found]:
    """Call `module:function`, looked up from the working directory too.

    It returns (x, y), a dict of columns, or two or three of such parts: training, validation, test.

    Raises:
        UserError: there is no such function, it fails, or returns something else.
    """
    result = _called(place)
    if isinstance(result, (tuple, list)) and len(result) in (2, 3) and isinstance(result[0], (tuple, dict)):
        names: tuple[Part, ...] = ("train", "validation", "test")
        return {part: _found(place, value) for part, value in zip(names, result, strict=False)}
    return {"all": _found(place, result)}


def _arrays(path: Path) -> dict[str, Any]:
    arrays: dict[str, Any] = {}
    name = ""  # of the array that is being read
    try:
        with path.open("rb") as file:
            _refuse_no_archive(path.name, file)
            with numpy.load(file, allow_pickle=False) as archive:
                for name in archive.files:
                    arrays[name] = archive[name]
    except UserError:
        raise
    except OSError as error:
        mend = "see that it is a file that may be read"
        raise bad(path.name, f"cannot be read ({last_line(error, 200)})", mend) from None
    except Exception as error:  # whatever a damaged file makes NumPy stumble over
        if is_out_of_memory(error):
            raise
        if "allow_pickle" in str(error):  # NumPy's own advice, which is to run what the file holds
            raise bad(path.name, f"the array {name!r} holds Python objects",
                      "make it numbers or words, as by x.astype(str)") from None  # fmt: skip
        found = f"its array {name!r} is" if name else "is"
        found += f" damaged ({last_line(error, 200)})"
        raise bad(path.name, found, "write it anew with numpy.savez") from None
    return arrays


def _refuse_no_archive(where: str, file: BinaryIO) -> None:
    begin = file.read(len(ARRAY))
    file.seek(0)
    if begin == ARRAY:
        raise bad(where, "holds one array, as .npy files do", f"write {EXPECTED} with numpy.savez")
    if not begin.startswith(ARCHIVES):
        found = f"is no .npz file: it begins with {begin[:4]!r}, a zip archive with {ARCHIVES[0]!r}"
        raise bad(where, found, "write it with numpy.savez")


def _called(place: str) -> Any:
    module, _, name = place.partition(":")
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    function = None
    try:
        function = getattr(importlib.import_module(module), name)
        return function()
    except (UserError, Interrupted):
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise
        what = last_line(error, 400)
        own = getattr(getattr(function, "__code__", None), "co_filename", None)
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == own]
        if own and lines:  # it was found and called, and went wrong by itself
            traceback.print_exc()
            raise bad(place, f"failed at {Path(own).name}:{lines[-1]}: {what}", "mend that line") from error
        mend = "name a module on the path and a function in it that needs no arguments, as module:function"
        raise bad(place, f"failed: {what}", mend) from error


def _found(where: str, value: Any) -> Found:
    if isinstance(value, dict) and value:
        return Found(where, "table", {name: numpy.asarray(column) for name, column in value.items()})
    if isinstance(value, numpy.ndarray):
        return Found(where, "arrays", {"x": value})
    if isinstance(value, (tuple, list)) and len(value) == 2:
        return _pair(where, {"x": numpy.asarray(value[0]), "y": numpy.asarray(value[1])}, "x", "y")
    raise bad(where, f"returned something of type {type(value).__name__}",
              "return (x, y), a dict of columns, or two or three of such parts")  # fmt: skip


def _pair(where: str, arrays: dict[str, Any], x: str, y: str) -> Found:
    columns = {"x": arrays[x]} | ({"y": arrays[y]} if y in arrays else {})
    lengths = {name: len(array) if array.ndim else None for name, array in columns.items()}
    if len(set(lengths.values())) > 1 or None in lengths.values():
        shapes = " and ".join(f"{name} of shape {array.shape}" for name, array in columns.items())
        raise bad(where, f"has {shapes}", "give x and y one entry an example each")
    if not lengths["x"]:
        raise bad(where, f"{x} is empty, of shape {arrays[x].shape}", "give it at least two examples a class")
    return Found(where, "arrays", columns)
