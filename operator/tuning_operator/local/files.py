"""Files that are whole or not there, whenever the command is killed; and the lock of a directory."""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tuning_operator.errors import MachineError


def write_whole(path: Path, content: str | bytes) -> None:
    """Replace a file in one step; a reader sees the old content or the new one, also after a power cut."""
    part = path.with_name(f".{path.name}.part")
    with open(part, "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


def read_tail(path: Path, most_bytes: int) -> str | None:
    """The last bytes of a file as text; None where there is no such file.

    A trial may have put anything there: a pipe would be waited on for ever, a link leads elsewhere.
    """
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                return None
            file.seek(max(0, found.st_size - most_bytes))
            return file.read(most_bytes).decode("utf-8", "replace")
    except OSError:
        return None


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOFOLLOW)


def remove(path: Path) -> None:
    """Remove whatever is there; a directory that resists stays."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def move_aside(directory: Path) -> Path | None:
    """Rename a directory to a name that no job can have (it has a dot); None where there is none."""
    if not directory.exists():
        return None
    moment = time.strftime("%Y%m%dT%H%M%S")
    names = (f"{directory.name}.{moment}" + (f"-{n}" if n else "") for n in itertools.count())
    free = next(name for name in names if not directory.with_name(name).exists())
    return directory.rename(directory.with_name(free))


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold a job's directory; the kernel lets go of it however the command ends.

    The lock stands beside the directory, which may be moved aside meanwhile.
    Raises MachineError while another command holds it.
    """
    with _opened(directory.with_name(f".{directory.name}.lock")) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(file, 20).decode("ascii", "replace").strip() or "?"
            raise MachineError(
                f"{directory} is in use by another `tuning run` (process {holder}): "
                "wait for it, stop it with Ctrl-C, or give another --runs-dir"
            ) from None
        os.ftruncate(file, 0)
        os.write(file, f"{os.getpid()}\n".encode())
        yield


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise MachineError(f"{path}: {error.strerror}; choose a writable --runs-dir") from None
    try:
        yield file
    finally:
        os.close(file)
