"""What tells a trial's data from other data: shapes, types, and where there is one a hash of the content."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy

MOST = 256 << 20  # bytes that are hashed of one array; of a larger one, rows at even distances


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


def _of_array(array: Any) -> dict[str, Any]:
    every = max(1, -(-array.nbytes // MOST)) if array.ndim else 1
    told = {"shape": list(array.shape), "dtype": str(array.dtype)}
    if array.dtype.hasobject:
        return told
    content = numpy.ascontiguousarray(array[::every] if array.ndim else array)
    told["sha256"] = hashlib.sha256(content.tobytes()).hexdigest()
    return told | ({"rows": f"every {every}th"} if every > 1 else {})


def _is_numbers(data: Any) -> bool:
    is_list = isinstance(data, (tuple, list)) and bool(data)
    return is_list and all(isinstance(one, (int, float)) for one in data)
