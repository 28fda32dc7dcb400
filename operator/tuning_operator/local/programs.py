"""Where a trial's program is looked for, and that it is there."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from tuning_operator.errors import ManifestError
from tuning_operator.local.template import CONTAINER, Program

ACTIVE = ("VIRTUAL_ENV", "CONDA_PREFIX")  # what activating an environment sets


def search_path(environment: Mapping[str, str], executable: str) -> str:
    """PATH with the directory of this Python, where `python` and `tuning-trial` are the tool's own.

    It comes first, so that it counts as activated, unless another virtual environment is.
    """
    ours, path = str(Path(executable).parent), environment.get("PATH")
    active = any(environment.get(name) for name in ACTIVE)
    return os.pathsep.join(filter(None, [path, ours] if active else [ours, path]))


def check_program(
    program: Program,
    directory: Path,
    environment: Mapping[str, str] = os.environ,
    executable: str = sys.executable,
) -> None:
    """See that the program is on this machine, before a first trial fails for want of it.

    directory: where trials' processes start. A name that depends on the trial is not looked for.
    Raises ManifestError where it is not there.
    """
    literals = program.variables({})
    name = program.arguments(literals)[0]
    path = search_path({**environment, **literals}, executable)
    if "$(" in name + path:
        return
    if os.sep in name:
        if not os.access(directory / name, os.X_OK) or (directory / name).is_dir():
            raise ManifestError(f"{CONTAINER}.command: {name!r} is no program on this machine; correct it")
    elif shutil.which(name, path=_from(directory, path)) is None:
        raise ManifestError(
            f"{CONTAINER}.command: {name!r} is not on this machine's PATH; correct the name or install it"
        )


def _from(directory: Path, path: str) -> str:
    """PATH as processes see it that start there."""
    return os.pathsep.join(str(directory / entry) for entry in path.split(os.pathsep))
