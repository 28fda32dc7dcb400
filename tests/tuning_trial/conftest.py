from __future__ import annotations

from pathlib import Path

import pytest

from tests.tuning_trial.in_process import Here


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    """A place to run a user's file in this process."""
    return Here(tmp_path, monkeypatch)
