"""What `tuning-trial describe` says of a file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from shutil import which
from typing import Any

from tuning_operator.errors import ImageError, MachineError
from tuning_operator.local.programs import search_path

PROGRAM = "tuning-trial"


def describe(
    file: Path, environment: Mapping[str, str] = os.environ, directory: Path | None = None
) -> dict[str, Any]:
    """Run `tuning-trial describe`.

    file: absolute. directory: where it runs, as trials will; else the current one.
    Raises ImageError where the file must be mended, with the words of the program, and MachineError where
    there is no such program.
    """
    path = search_path(environment, sys.executable)
    program = which(PROGRAM, path=path)
    if program is None:
        raise MachineError(
            f"there is no {PROGRAM} here, which reads the file: install tuning-trial[tensorflow]"
        )
    done = subprocess.run(
        [program, "describe", str(file)],
        env={k: v for k, v in environment.items() if not k.startswith("TUNING_")} | {"PATH": path},
        cwd=directory,
        stdin=subprocess.DEVNULL,  # nobody would see what the file asks for
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or [f"{PROGRAM} ended with {done.returncode}"]
        raise ImageError(last[0].removeprefix(f"{PROGRAM}: "))
    described: dict[str, Any] = json.loads(done.stdout)
    return described
