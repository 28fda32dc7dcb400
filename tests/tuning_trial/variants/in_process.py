"""Converts inside of this process: the start of another one takes seconds."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tuning_trial.variants import converting


def convert(model: Any, kind: str, samples: Sequence[Sequence[Any]]) -> bytes:
    """Return the file of a kind, as `tflite.convert` gives it."""
    from tuning_trial.variants.tflite import trace

    with tempfile.TemporaryDirectory() as directory:
        trace(model, kind, samples, Path(directory))
        return converting.convert(Path(directory), kind)
