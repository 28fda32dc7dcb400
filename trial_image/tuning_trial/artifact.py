"""Where the best model is kept: a directory, or an fsspec URL such as s3://bucket/models."""

import os
import tempfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tuning_trial.errors import UserError

MODEL_FILE = "model.keras"


def prepare(place: str) -> None:
    """Make the artifact directory and see that it is writable: to learn it after the training is too late.

    Raises:
        UserError: the directory cannot be made or written to, or a URL's driver is not in the image.
    """
    if _is_url(place):
        _open_url(place)
        return
    try:
        os.makedirs(place, exist_ok=True)
    except OSError as error:
        raise _not_writable(place, str(error)) from None
    if not os.access(place, os.W_OK):
        raise _not_writable(place, "no permission")


def save(model: Any, place: str) -> None:
    """Save a Keras model as `model.keras`, at once: no reader ever finds half a file."""
    if not _is_url(place):
        partial = Path(place) / f"partial-{MODEL_FILE}"  # Keras wants the file's name to end so
        model.save(partial)
        partial.replace(Path(place) / MODEL_FILE)
        return
    file_system, root = _open_url(place)
    with tempfile.TemporaryDirectory() as directory:
        local = os.path.join(directory, MODEL_FILE)
        model.save(local)
        file_system.makedirs(root, exist_ok=True)
        file_system.put_file(local, f"{root}/{MODEL_FILE}")


def _open_url(url: str) -> tuple[Any, str]:
    if find_spec("fsspec") is None:
        raise UserError(f"the artifact place {url!r} needs fsspec", "put it into the image")
    try:
        file_system, root = import_module("fsspec").url_to_fs(url)
    except (ImportError, ValueError) as error:  # no driver, or no such kind of URL
        raise UserError(
            f"the artifact place {url!r} cannot be used: {error}",
            "put the driver into the image, or change spec.artifacts.path",
        ) from None
    return file_system, str(root).rstrip("/")


def _is_url(place: str) -> bool:
    return "://" in place


def _not_writable(directory: str, reason: str) -> UserError:
    return UserError(
        f"the artifact directory {directory!r} cannot be written to: {reason}",
        "mount a volume there which the container's user may write (fsGroup), or change spec.artifacts.path",
    )
