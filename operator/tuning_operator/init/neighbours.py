"""What a program imports from its own directory, and must have with it wherever it runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path


def imported_beside(file: Path) -> list[str]:
    """The names of modules (`aid.py`) and packages (`layers`) beside the program that it imports, sorted.

    Modules are followed to what they import themselves; a file that is no Python has nothing.
    """
    found: set[str] = set()
    waiting = [file]
    while waiting:
        names = {name for module in _imports(waiting.pop()) if (name := _beside(file.parent, module))}
        new = names - found - {file.name}
        found |= new
        waiting += [file.with_name(name) for name in new if name.endswith(".py")]
    return sorted(found)


def _imports(file: Path) -> Iterator[str]:
    """The first parts of the modules' names, wherever in the file they are imported."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name.partition(".")[0] for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.partition(".")[0]


def _beside(directory: Path, module: str) -> str | None:
    """What the module is there; a directory without any Python in it merely has that name."""
    if any((directory / module).glob("*.py")):
        return module
    return f"{module}.py" if (directory / f"{module}.py").is_file() else None
