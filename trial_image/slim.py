"""Removes from an environment what no trial runs: headers, tests, parts of compilers, libraries' symbols.

    python3 slim.py /opt/dependencies

Run in the layer that installs the packages, or it would save nothing. Python's caches stay: on a read-only
file system each start of a trial would have to compile all of TensorFlow again.
"""

import shutil
import struct
import sys
from pathlib import Path

NEEDLESS = (  # patterns below site-packages
    "**/tests",
    "**/*.h",
    "**/*.pxd",
    "**/*.pyx",
    "tensorflow/include",
    "numpy/_core/include",
    "numpy/_core/lib/*.a",
    "pyarrow/include",
    "pyarrow/src",
    "pyarrow/*flight*",  # Arrow over the network; CSV and Parquet are read without
    "clang",  # TensorFlow names libclang as a dependency, and its own tools alone use it
)
ELF = b"\x7fELF\x02\x01"  # of 64 bits, the lower byte first


def slim(environment: Path) -> int:
    """Remove it, and return how many bytes that were."""
    saved = 0
    for packages in environment.glob("lib/python3*/site-packages"):
        for pattern in NEEDLESS:
            for path in sorted(packages.glob(pattern)):
                saved += _remove(path)
        for path in sorted(packages.glob("**/*.so*")):
            saved += _cut(path)
    return saved


def _cut(path: Path) -> int:
    """Cut a shared library off behind what is ever loaded: symbols of debuggers, and the table of sections.

    As `strip` does, which the build has not; what is loaded stands in the table of program headers.
    """
    if path.is_symlink() or not path.is_file():
        return 0
    with path.open("r+b") as file:
        head = bytearray(file.read(64))
        if not head.startswith(ELF):
            return 0
        (table,) = struct.unpack_from("<Q", head, 32)
        entry, count = struct.unpack_from("<HH", head, 54)
        file.seek(table)
        headers = file.read(entry * count)
        parts = [struct.unpack_from("<8xQ16xQ", headers, i * entry) for i in range(count)]
        end = max([table + entry * count, *(offset + size for offset, size in parts)])
        saved = path.stat().st_size - end
        if saved <= 0:
            return 0
        struct.pack_into("<Q", head, 40, 0)  # where the sections' table is
        struct.pack_into("<HH", head, 60, 0, 0)  # how many there are, and which has their names
        file.seek(0)
        file.write(head)
        file.truncate(end)
    return saved


def _remove(path: Path) -> int:
    if not path.is_dir() or path.is_symlink():
        size = path.lstat().st_size if path.is_symlink() or path.exists() else 0
        path.unlink(missing_ok=True)
        return size
    size = sum(file.lstat().st_size for file in path.rglob("*") if not file.is_dir())
    shutil.rmtree(path)
    return size


if __name__ == "__main__":
    print(f"{slim(Path(sys.argv[1])) / 1e6:.0f} MB removed")
