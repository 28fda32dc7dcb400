"""Where a trial keeps its files: a directory, or an fsspec URL such as s3://bucket/models.

Every file is written at once: a reader finds the old one, the new one or none, and never half of one.
"""

import contextlib
import os
import tempfile
import threading
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from tuning_trial.errors import UserError, last_line
from tuning_trial.session import say

MODEL_FILE = "model.keras"
WEIGHTS_FILE = "model.weights.h5"
END_TO_END_FILE = "end_to_end.keras"
PROBE_FILE = ".tuning-trial"
PARTIAL = ".partial-"  # how the name of a file begins that is being written
SILENCE = 10.0  # seconds that a store may take before the log says so
PATIENCE = 60.0  # seconds for a store to do what it is asked …
SLOWEST = 1e6  # … and bytes a second of what it is to take or to give
FAR = "see that the store can be reached from the trial's pod, and that its credentials may write there"
T = TypeVar("T")
# These show an object once its upload is complete. Elsewhere a file is renamed, which here would be a copy.
OBJECT_STORES = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "memory"}


def prepare(place: str) -> None:
    """Make the artifact directory and see that it is writable: to learn it after the training is too late.

    What an earlier run of the trial was writing when it was killed is removed.

    Raises:
        UserError: the directory cannot be made or written to, a store does not answer for PATIENCE seconds,
            or a URL's driver is not in the image.
    """
    path = local_path(place)
    try:
        if path is None:
            write(place, PROBE_FILE, b"")
            remove(place, PROBE_FILE)
        else:
            path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not_writable(place, str(error)) from None
    if path is not None and not os.access(path, os.W_OK):
        raise _not_writable(place, "no permission")
    clear(place)


def write(place: str, name: str, content: bytes) -> None:
    """Write one of the trial's files.

    Raises:
        OSError: it cannot be written.
    """
    path = local_path(place)
    if path is not None:
        _write_here(path, name, content)
        return

    def write_there(file_system: Any, root: str) -> None:
        if _has_objects(file_system):
            file_system.pipe_file(f"{root}/{name}", content)
            return
        file_system.makedirs(root, exist_ok=True)
        file_system.pipe_file(f"{root}/{_partial(name)}", content)
        file_system.mv(f"{root}/{_partial(name)}", f"{root}/{name}")

    _ask(place, write_there, len(content))


def read(place: str, name: str) -> bytes | None:
    """Return one of the trial's files, None where there is none.

    Raises:
        OSError: it cannot be read.
    """
    path = local_path(place)
    try:
        if path is not None:
            return (path / name).read_bytes()
        size = _ask(place, lambda file_system, root: file_system.size(f"{root}/{name}"))
        return _ask(place, lambda file_system, root: bytes(file_system.cat_file(f"{root}/{name}")), size or 0)
    except FileNotFoundError:
        return None


def remove(place: str, name: str) -> None:
    """Remove one of the trial's files, if there is one.

    Raises:
        OSError: it cannot be removed.
    """
    path = local_path(place)
    with contextlib.suppress(FileNotFoundError):
        if path is not None:
            (path / name).unlink()
            return
        _ask(place, lambda file_system, root: file_system.rm_file(f"{root}/{name}"))


def clear(place: str) -> None:
    """Remove what a process that was killed had not written to its end; nobody may be writing just now."""
    path = local_path(place)
    with contextlib.suppress(OSError):  # what cannot be removed does no harm
        if path is not None:
            for partial in path.glob(f"{PARTIAL}*"):
                partial.unlink()
            return
        _ask(place, _clear_there)


def save(model: Any, place: str) -> None:
    """Save a Keras model as `model.keras`, and its weights by themselves as `model.weights.h5`.

    Of a model that trains but cannot be described, such as a class with arguments and without `get_config`,
    the weights alone are saved, and the log says so: what was trained must not be lost by it.

    Raises:
        OSError: the place cannot be written to.
    """
    from tuning_trial.tactics.schedule import plain_schedule

    try:
        with plain_schedule(model):
            write_by(model.save, place, MODEL_FILE)
    except OSError:
        raise
    except Exception as error:  # Keras raises whatever a class of the user's makes it meet
        mend = "give the model's classes a get_config"
        why = f"{last_line(error, 200)}; {mend}"
        say(f"there is no {MODEL_FILE}, but {WEIGHTS_FILE}, with the weights alone: {why}")
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
    return f"{PARTIAL}{os.getpid()}-{name}"


def _clear_there(file_system: Any, root: str) -> None:
    found = [] if _has_objects(file_system) else file_system.ls(root, detail=False)
    for name in (one.rpartition("/")[2] for one in found):
        if name.startswith(PARTIAL):
            file_system.rm_file(f"{root}/{name}")


def _ask(url: str, work: Callable[[Any, str], T], size: int = 0) -> T:
    """Have a store do something, in a thread of its own: it may take a connection and never answer.

    No driver's timeouts can be relied upon: s3fs asks first whether it may send a file, and waits for ever.

    Args:
        url: of the store.
        work: is given the file system and the path in it.
        size: bytes that are to be sent or fetched.

    Raises:
        OSError: of whatever kind the driver's error was; TimeoutError: there was no answer.
    """
    answers: list[T] = []
    errors: list[Exception] = []

    def do() -> None:
        try:
            answers.append(work(*_open_url(url)))
        except Exception as error:  # a driver raises whatever it likes
            errors.append(error)

    seconds = PATIENCE + size / SLOWEST
    worker = threading.Thread(target=do, daemon=True)
    worker.start()
    worker.join(min(SILENCE, seconds))
    if worker.is_alive():
        say(f"waiting for {url}, which has not answered for {SILENCE:g} seconds")
        worker.join(max(0, seconds - SILENCE))
    if answers:
        return answers[0]
    if not errors:
        raise TimeoutError(f"it has not answered for {seconds:.0f} seconds")
    if isinstance(errors[0], (UserError, OSError)):
        raise errors[0]
    raise OSError(last_line(errors[0])) from errors[0]


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


def _has_objects(file_system: Any) -> bool:
    named = file_system.protocol
    return not OBJECT_STORES.isdisjoint({named} if isinstance(named, str) else named)


def _not_writable(directory: str, reason: str) -> UserError:
    here = "mount a volume there which the container's user may write (fsGroup)"
    mend = FAR if local_path(directory) is None else here
    return UserError(
        f"the artifact directory {directory!r} cannot be written to: {reason}",
        f"{mend}, or change spec.artifacts.path",
    )
