"""What tells a trial's data from other data: shapes, types, and where there is one a hash of the content."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy

MOST = 256 << 20  # bytes that are hashed of one array; of a larger one, rows at even distances
WORD = 64  # bytes that a word counts for beside its letters: hashing many short ones takes time too


def fingerprint(data: Any) -> Any:
    """Describe arrays, nested in tuples, lists and mappings, or a tf.data.Dataset.

    A dataset has no content that could be hashed without running it, and one that shuffles gives another each
    time: of it the specification of its elements and their count are told.
    """
    if data is None:
        return None
    if isinstance(data, Mapping):
        return {str(name): fingerprint(part) for name, part in data.items()}
    if isinstance(data, (tuple, list)) and not _is_numbers(data):
        return [fingerprint(part) for part in data]
    if hasattr(data, "element_spec"):
        return {"dataset": str(data.element_spec), "batches": int(data.cardinality())}
    if hasattr(data, "shape") or _is_numbers(data):
        return _of_array(numpy.asarray(data))
    return {"type": type(data).__name__}


def of_file(path: Path) -> dict[str, Any]:
    """Return a file's name and the hash of its content."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return {"name": path.name, "sha256": digest.hexdigest()}


def _of_array(array: Any) -> dict[str, Any]:
    every = max(1, -(-array.nbytes // MOST)) if array.ndim else 1
    told = {"shape": list(array.shape), "dtype": str(array.dtype)}
    if array.dtype.hasobject:
        return told | _of_words(array.ravel().tolist())
    content = numpy.ascontiguousarray(array[::every] if array.ndim else array)
    told["sha256"] = hashlib.sha256(content.tobytes()).hexdigest()
    return told | _rows(every)


def _of_words(words: list[Any]) -> dict[str, Any]:
    """Of strings and bytes the lengths and then the letters are hashed; other objects have no content."""
    if not all(isinstance(one, (str, bytes)) for one in words):
        return {}
    every = max(1, -(-sum(len(one) + WORD for one in words) // MOST))
    letters = [
        one if isinstance(one, bytes) else one.encode(errors="surrogatepass") for one in words[::every]
    ]
    digest = hashlib.sha256(numpy.array([len(one) for one in letters], "<i8").tobytes())
    digest.update(b"".join(letters))
    return {"sha256": digest.hexdigest()} | _rows(every)


def _rows(every: int) -> dict[str, str]:
    return {"rows": f"every {every}th"} if every > 1 else {}


def _is_numbers(data: Any) -> bool:
    is_list = isinstance(data, (tuple, list)) and bool(data)
    return is_list and all(isinstance(one, (int, float)) for one in data)
