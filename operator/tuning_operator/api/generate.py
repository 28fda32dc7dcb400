"""Writes the CRDs: `python -m tuning_operator.api.generate [--check] [DIRECTORY]`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

from tuning_operator.api.crd import trial_crd, tuningjob_crd

DIRECTORY = Path("manifests/crds")
HEADER = "# Generated from operator/tuning_operator/api by `make generate`; edit the types there.\n"


def files() -> dict[str, str]:
    """Name and text of each generated file."""
    crds = (tuningjob_crd(), trial_crd())
    return {f"tuning.dev_{crd['spec']['names']['plural']}.yaml": text(crd) for crd in crds}


def text(crd: dict[str, Any]) -> str:
    """The CRD as YAML: the same bytes for the same types."""
    body: str = yaml.dump(crd, Dumper=Plain, sort_keys=True, width=110, allow_unicode=True)
    return HEADER + body


class Plain(yaml.SafeDumper):
    """Writes shared parts out each time: anchors would surprise a reader."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def main(arguments: list[str]) -> int:
    """Write the files, or with --check name those that differ."""
    check = "--check" in arguments
    directory = Path(next((a for a in arguments if a != "--check"), DIRECTORY))
    stale = [n for n, t in files().items() if not same(directory / n, t)]
    if check:
        for name in stale:
            print(f"{directory / name} is not what the types say: run `make generate`")
        return 1 if stale else 0
    directory.mkdir(parents=True, exist_ok=True)
    for name in stale:
        (directory / name).write_text(files()[name], encoding="utf-8")
        print(f"wrote {directory / name}")
    return 0


def same(path: Path, content: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == content


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
