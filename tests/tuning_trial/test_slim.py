"""What the images leave out."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
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


def test_a_library_without_its_symbols_is_smaller_and_works_as_before(tmp_path: Path) -> None:
    found = find_spec("wrapt._wrappers")
    assert found is not None
    assert found.origin is not None
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    library = packages / "_wrappers.so"
    content = Path(found.origin).read_bytes()
    library.write_bytes(content + b"debugging")  # a distribution may have taken the symbols out
    assert slim(tmp_path) >= len("debugging")
    assert library.stat().st_size <= len(content)
    program = (
        "import importlib.machinery, importlib.util as util; "
        f"loader = importlib.machinery.ExtensionFileLoader('_wrappers', {str(library)!r}); "
        "module = util.module_from_spec(util.spec_from_loader('_wrappers', loader)); "
        "loader.exec_module(module); "
        "print(module.ObjectProxy([1, 2]) + [3])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[1, 2, 3]\n"
    assert slim(tmp_path) == 0
