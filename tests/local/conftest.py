"""Fixtures of the tests that start the real command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.local.commands import REPORT, Directory, manifest


@pytest.fixture
def directory(tmp_path: Path) -> Callable[..., Directory]:
    """Makes the directory of one job: directory(script, parallel=1, …)."""

    def make(script: str = REPORT, **trials: Any) -> Directory:
        return Directory(tmp_path, manifest(script, **trials))

    return make
