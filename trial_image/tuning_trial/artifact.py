"""Where a trial keeps its files: a directory, or an fsspec URL such as s3://bucket/models.

Every file is written at once: a reader finds the old one, the new one or none, and never half of one.
"""

import contextlib
import os
import tempfile
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tuning_trial.errors import UserError

MODEL_FILE = "model.keras"
WEIGHTS_FILE = "model.weights.h5"
END_TO_END_FILE = "end_to_end.keras"
PROBE_FILE = ".tuning-trial"
# These show an object once its upload is complete. Elsewhere a file is renamed, which here would be a copy.
OBJECT_STORES = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "memory"}


def prepare(place: str) -> None:
    """Make the artifact directory and see that it is writable: to learn it after the training is too late.

    Raises:
        UserError: the directory cannot be made or written to, or a URL's driver is not in the image.
    """
    path = local_path(place)
    try:
        if path is None:
            write(place, PROBE_FILE, b"")
            remove(place, PROBE_FILE)
            return
        path.mkdir(parents=True, exist_ok=True)
    except UserError:
        raise
    except Exception as error:  # a store's driver raises whatever it likes
        raise _not_writable(place, str(error)) from None
    if not os.access(path, os.W_OK):
        raise _not_writable(place, "no permission")


def write(place: str, name: str, content: bytes) -> None:
    """Write one of the trial's files.

    Raises:
        OSError: it cannot be written; a store's driver may raise errors of its own.
    """
    path = local_path(place)
    if path is not None:
        _write_here(path, name, content)
        return
    file_system, root = _open_url(place)
    if _protocols(file_system) & OBJECT_STORES:
        file_system.pipe_file(f"{root}/{name}", content)
        return
    file_system.makedirs(root, exist_ok=True)
    file_system.pipe_file(f"{root}/{_partial(name)}", content)
    file_system.mv(f"{root}/{_partial(name)}", f"{root}/{name}")


def read(place: str, name: str) -> bytes | None:
    """Return one of the trial's files, None where there is none."""
    path = local_path(place)
    try:
        if path is not None:
            return (path / name).read_bytes()
        file_system, root = _open_url(place)
        return bytes(file_system.cat_file(f"{root}/{name}"))
    except FileNotFoundError:
        return None


def remove(place: str, name: str) -> None:
    """Remove one of the trial's files, if there is one."""
    path = local_path(place)
    with contextlib.suppress(FileNotFoundError):
        if path is not None:
            (path / name).unlink()
            return
        file_system, root = _open_url(place)
        file_system.rm_file(f"{root}/{name}")


def save(model: Any, place: str) -> None:
    """Save a Keras model as `model.keras`, and its weights by themselves as `model.weights.h5`."""
    from tuning_trial.tactics.schedule import plain_schedule

    with plain_schedule(model):
        write_by(model.save, place, MODEL_FILE)
    write_by(model.save_weights, place, WEIGHTS_FILE)


def write_by(save_to: Callable[[Path], Any], place: str, name: str) -> None:
    """Write one of the trial's files by what wants a path on this machine for it."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / name
        save_to(file)
        write(place, name, file.read_bytes())


def local_path(place: str) -> Path | None:
    """Return the place as a path on this machine; None for one that only fsspec reaches."""
    if "://" not in place:
        return Path(place)
    url = urlsplit(place)
    return Path(unquote(url.path)) if url.scheme == "file" else None


def _write_here(directory: Path, name: str, content: bytes) -> None:
    """On a volume the disk has it before the name does: a node may go down right afterwards."""
    partial = directory / _partial(name)
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(directory / name)
    except OSError:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise


def _partial(name: str) -> str:
    return f".partial-{os.getpid()}-{name}"


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


def _protocols(file_system: Any) -> set[str]:
    named = file_system.protocol
    return {named} if isinstance(named, str) else set(named)


def _not_writable(directory: str, reason: str) -> UserError:
    here = "mount a volume there which the container's user may write (fsGroup)"
    far = "see that the store can be reached from the trial's pod, and that its credentials may write there"
    mend = far if local_path(directory) is None else here
    return UserError(
        f"the artifact directory {directory!r} cannot be written to: {reason}",
        f"{mend}, or change spec.artifacts.path",
    )
