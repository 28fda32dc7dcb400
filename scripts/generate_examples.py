"""Writes each example's Python file into the ConfigMap at the head of its manifest.

`kubectl apply -f manifests/examples/digits.yaml` must need no other file, and a
person must be able to read, run and change digits.py as a file: so the file is
the source, and the ConfigMap its copy.
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent.parent / "manifests" / "examples"
SEPARATOR = "\n---\n"
HEAD = """\
# {name}.py as a ConfigMap, written by `make generate`; the TuningJob stands below.
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
data:
  {name}.py: |
"""


def with_program(manifest: str, name: str, program: str) -> str:
    """The manifest with its first document replaced by a ConfigMap of the program."""
    _, _, rest = manifest.rpartition(SEPARATOR)
    return HEAD.format(name=name) + textwrap.indent(program.rstrip() + "\n", "    ") + SEPARATOR[1:] + rest


def main(arguments: list[str]) -> int:
    """Write the manifests; with --check, only say which ones differ."""
    stale = []
    for program in sorted(EXAMPLES.glob("*.py")):
        path = program.with_suffix(".yaml")
        wanted = with_program(path.read_text(), program.stem, program.read_text())
        if path.read_text() == wanted:
            continue
        stale.append(path.name)
        if "--check" not in arguments:
            path.write_text(wanted)
    if stale:
        print(f"{'differs from its program' if '--check' in arguments else 'written'}: {', '.join(stale)}")
    return int(bool(stale) and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
