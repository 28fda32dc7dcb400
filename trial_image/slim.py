"""Removes from an environment what no trial runs: headers, tests, parts of compilers, other protocols.

    python3 slim.py /opt/dependencies

Run in the layer that installs the packages, or it would save nothing. Python's caches stay: on a read-only
file system each start of a trial would have to compile all of TensorFlow again.
"""

import shutil
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


def slim(environment: Path) -> int:
    """Remove it, and return how many bytes that were."""
    saved = 0
    for packages in environment.glob("lib/python3*/site-packages"):
        for pattern in NEEDLESS:
            for path in sorted(packages.glob(pattern)):
                saved += _remove(path)
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
