"""Where the best model is kept."""

import os
from pathlib import Path
from typing import Any

from tuning_trial.errors import UserError

MODEL_FILE = "model.keras"


def prepare(directory: str) -> Path:
    """Return the artifact directory, made and writable: to learn it after the training would be too late.

    Raises:
        UserError: the directory cannot be made or written to.
    """
    path = Path(directory)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not_writable(directory, str(error)) from None
    if not os.access(path, os.W_OK):
        raise _not_writable(directory, "no permission")
    return path


def save(model: Any, directory: Path) -> Path:
    """Save a Keras model as `model.keras`, at once: no reader ever finds half a file."""
    partial = directory / f"partial-{MODEL_FILE}"  # Keras wants the file's name to end so
    model.save(partial)
    return partial.replace(directory / MODEL_FILE)


def _not_writable(directory: str, reason: str) -> UserError:
    return UserError(
        f"the artifact directory {directory!r} cannot be written to: {reason}",
        "mount a volume there which the container's user may write (fsGroup), or change spec.artifacts.path",
    )
