"""What the images leave out."""

from __future__ import annotations

from pathlib import Path

from trial_image.slim import slim


def test_headers_and_tests_go_and_programs_and_their_caches_stay(tmp_path: Path) -> None:
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    needless = [
        "scipy/linalg/tests/test_it.py",
        "tensorflow/include/core/kernel.cc",
        "pyarrow/libarrow_flight.so.25",
        "clang/native/libclang.so",
        "numpy/random/c_distributions.pxd",
    ]
    needed = [
        "scipy/linalg/__init__.py",
        "scipy/linalg/__pycache__/__init__.pyc",
        "pyarrow/libparquet.so.25",
        "tensorflow/python/platform/test.py",
        "numpy/testing/__init__.py",
    ]
    for name in needless + needed:
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).write_bytes(b"1234")
    assert slim(tmp_path) == 4 * len(needless)
    left = [str(path.relative_to(packages)) for path in packages.rglob("*") if path.is_file()]
    assert sorted(left) == sorted(needed)
