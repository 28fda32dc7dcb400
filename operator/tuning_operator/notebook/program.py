"""The functions and the data of a notebook as a file for `tuning-trial`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import cloudpickle

from tuning_operator.errors import ImageError
from tuning_operator.local.files import write_whole

FILE = "model.py"
SOURCE = '''\
"""What tuning_operator.tune() was given, for its trials; written anew by each call."""

import sys
from pathlib import Path

import cloudpickle

sys.path += [place for place in {places!r} if place not in sys.path]  # the caller's own modules


def given(name):
    return cloudpickle.loads(Path(__file__).with_name(name).read_bytes())


build_model = given("model.pkl")


def load_data():
    data = given("data.pkl")
    return data() if callable(data) else data
'''


def write_program(directory: Path, build_model: Any, data: Any) -> Path:
    """Write the file, with what it is made of beside it, and return its absolute path.

    Each is replaced in one step, since a trial that an earlier call left behind may be reading.
    Raises ImageError where something cannot be handed to another process.
    """
    directory.mkdir(parents=True, exist_ok=True)
    for name, words, thing in (
        ("model.pkl", "build_model", build_model),
        ("data.pkl", "data", data),
    ):
        write_whole(directory / name, _pickled(words, thing))
    places = [str(Path(place).absolute()) for place in sys.path if Path(place).is_dir()]
    write_whole(directory / FILE, SOURCE.format(places=places))
    return (directory / FILE).absolute()


def _pickled(words: str, thing: Any) -> bytes:
    try:
        pickled: bytes = cloudpickle.dumps(thing)
    except Exception as error:  # whatever the thing's own code raises
        raise ImageError(
            f"{words} cannot be handed to the trials' processes ({type(error).__name__}: {error}): make what "
            "it needs inside of the function, or give data as arrays or as a function that loads them"
        ) from error
    return pickled
