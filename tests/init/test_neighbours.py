"""What lies beside a program and is imported by it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tuning_operator.init.neighbours import imported_beside


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Modules, a package, a directory of Python files, and one that merely has a library's name."""
    for name in ("aid.py", "more.py", "package/__init__.py", "loose/helpers.py", "numpy/picture.png"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.touch()
    return tmp_path


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import aid", ["aid.py"]),
        ("def build_model(hp):\n    from aid import width", ["aid.py"]),
        ("from package.layers import Mine\nimport more as m", ["more.py", "package"]),
        ("import loose.helpers", ["loose"]),
        ("import numpy, keras, model, absent", []),
        ("# größer\nimport aid", ["aid.py"]),
        ("import aid\ndef (", []),
    ],
)
def test_modules_and_packages_beside_it_are_found(place: Path, source: str, names: list[str]) -> None:
    file = place / "model.py"
    file.write_text(source, encoding="utf-8-sig")
    assert imported_beside(file) == names


def test_what_a_module_beside_it_imports_is_found_too(place: Path) -> None:
    (place / "model.py").write_text("import aid")
    (place / "aid.py").write_text("import more, model")
    (place / "more.py").write_text("import aid, package")
    assert imported_beside(place / "model.py") == ["aid.py", "more.py", "package"]
