"""Netron's own code opens the model that a trial keeps, outside its page."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tuning_trial import artifact

from tests.conftest import needs

keras = pytest.importorskip("keras")
pytestmark = [
    pytest.mark.tensorflow,
    needs("node"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # Keras saving
]
SCRIPT = Path(__file__).parents[2] / "tools" / "netron.mjs"


@pytest.fixture
def netron(tmp_path: Path) -> Path:
    """Its scripts, which Node takes for modules only if a package.json says so."""
    place = tmp_path / "netron"
    place.mkdir()
    for file in importlib.metadata.files("netron") or []:
        if file.suffix in {".js", ".json"}:
            shutil.copy(str(file.locate()), place)
    (place / "package.json").write_text('{"type": "module"}')
    return place


def opened(netron: Path, file: Path) -> Any:
    done = subprocess.run(["node", SCRIPT, netron, file], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_netron_opens_the_kept_model_and_shows_its_layers(netron: Path, tmp_path: Path) -> None:
    inputs = keras.Input((8, 8, 1))
    inner = keras.layers.Conv2D(2, 3)(inputs)
    inner = keras.layers.Flatten()(keras.layers.BatchNormalization()(inner))
    model = keras.Model(inputs, keras.layers.Dense(3)(inner))
    model.compile("adam", "mse")
    artifact.save(model, str(tmp_path))
    seen = opened(netron, tmp_path / "model.keras")
    assert seen["format"].startswith("Keras")
    assert seen["kinds"] == ["Conv2D", "BatchNormalization", "Flatten", "Dense"]


def test_a_file_that_is_no_model_is_refused(netron: Path, tmp_path: Path) -> None:
    (tmp_path / "model.keras").write_bytes(b"no model")
    with pytest.raises(AssertionError, match="Unsupported file"):
        opened(netron, tmp_path / "model.keras")
