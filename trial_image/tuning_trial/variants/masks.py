"""Which weights of a kernel are pruned, and how many bytes the rest takes. Pure: arrays in, numbers out."""

import math
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy

POINTER_BYTES = 4


def mask_of(kernel: Any, sparsity: float, block: tuple[int, int], pooling: str) -> Any:
    """Return what is kept of a kernel: the blocks of the largest magnitude.

    Args:
        kernel: … × outputs.
        sparsity: share of the blocks that are pruned, rounded to whole blocks.
        block: rows and columns, in the kernel seen as a matrix; those at its edges may be cut.
        pooling: "avg" or "max" of a block's magnitudes counts.

    Returns:
        True or False for each weight, in the kernel's shape.
    """
    matrix = numpy.abs(_matrix(kernel)).astype("float64")
    magnitudes = _pooled(matrix, block, pooling)
    pruned = round(sparsity * magnitudes.size)
    keeps = numpy.ones(magnitudes.size, bool)
    keeps[numpy.argsort(magnitudes, axis=None, kind="stable")[:pruned]] = False
    spread = keeps.reshape(magnitudes.shape).repeat(block[0], 0).repeat(block[1], 1)
    return spread[: matrix.shape[0], : matrix.shape[1]].reshape(kernel.shape)


def sizes(stored: Sequence[Any], kernels: Iterable[Any], block: tuple[int, int] = (1, 1)) -> dict[str, float]:
    """Return the bytes of a variant, by the same names for each: as it is, by gzip, and with sparse kernels.

    Args:
        stored: arrays of all that it consists of: its weights, or the bytes of its file.
        kernels: those among them, or in the file, that may be stored as `sparse_bytes` says.
        block: see `sparse_bytes`.
    """
    dense = sum(one.nbytes for one in stored)
    spared = sum(kernel.nbytes - sparse_bytes(kernel, block) for kernel in kernels)
    return {"bytes": dense, "compressed_bytes": compressed_bytes(stored), "sparse_bytes": dense - spared}


def sparse_bytes(kernel: Any, block: tuple[int, int] = (1, 1)) -> int:
    """Return the bytes of a kernel as compressed sparse rows of blocks (CSR; BSR), or dense if that is less.

    For each block with a weight that is not 0: its weights, and its column in 2 bytes (4 from 65,536 columns
    of blocks on); for each row of blocks, and at the end, a pointer of 4 bytes.
    """
    filled = _pooled(_matrix(kernel) != 0, block, "max")
    column_bytes = 2 if filled.shape[1] < 2**16 else 4
    weights = int(filled.sum()) * (math.prod(block) * kernel.dtype.itemsize + column_bytes)
    return int(min(kernel.nbytes, weights + (filled.shape[0] + 1) * POINTER_BYTES))


def compressed_bytes(stored: Iterable[Any]) -> int:
    """Return the bytes of all that is stored after gzip, at level 1: it is asked for each epoch."""
    compressor = zlib.compressobj(level=1, wbits=31)
    size = sum(len(compressor.compress(numpy.ascontiguousarray(one).tobytes())) for one in stored)
    return size + len(compressor.flush())


def _matrix(kernel: Any) -> Any:
    return kernel.reshape(-1, kernel.shape[-1])


def _pooled(matrix: Any, block: tuple[int, int], pooling: str) -> Any:
    """A block at an edge is the average of the weights that it really has."""
    if pooling == "max":
        return _blocks(matrix, block).max((1, 3))
    return _blocks(matrix, block).sum((1, 3)) / _blocks(numpy.ones_like(matrix), block).sum((1, 3))


def _blocks(matrix: Any, block: tuple[int, int]) -> Any:
    """Return rows of blocks × rows in a block × columns of blocks × columns in a block, filled up with 0."""
    counts = [-(-size // length) for size, length in zip(matrix.shape, block, strict=True)]
    room = [(0, n * length - size) for n, length, size in zip(counts, block, matrix.shape, strict=True)]
    return numpy.pad(matrix, room).reshape(counts[0], block[0], counts[1], block[1])
