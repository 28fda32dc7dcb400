"""Writes each example's Python file into the ConfigMap at the head of its manifest.

`kubectl apply -f manifests/examples/digits.yaml` must need no other file, and a
person must be able to read, run and change digits.py as a file: so the file is
the source, and the ConfigMap its copy. Several manifests may share a program.
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import yaml

EXAMPLES = Path(__file__).resolve().parent.parent / "manifests" / "examples"
SEPARATOR = "\n---\n"
HEAD = """\
# {program} as a ConfigMap, written by `make generate`; the TuningJob stands below.
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
data:
  {program}: |
"""


def complete(manifest: str) -> str:
    """The manifest with its first document replaced by a ConfigMap of the program that its trials run."""
    job = manifest.rpartition(SEPARATOR)[2]
    program, name = program_of(job)
    if not program.endswith(".py"):  # a recipe, which is in the image
        return manifest
    text = textwrap.indent((EXAMPLES / program).read_text().rstrip() + "\n", "    ")
    return HEAD.format(name=name, program=program) + text + SEPARATOR[1:] + job


def program_of(job: str) -> tuple[str, str]:
    """What the container's command ends with, a Python file if there is a program, and the job's name."""
    body = yaml.safe_load(job)
    command = body["spec"]["template"]["spec"]["containers"][0]["command"]
    return command[-1], body["metadata"]["name"]


def main(arguments: list[str]) -> int:
    """Write the manifests; with --check, only say which ones differ."""
    stale = []
    for path in sorted(EXAMPLES.glob("*.yaml")):
        wanted = complete(path.read_text())
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
