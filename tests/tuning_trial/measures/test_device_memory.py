"""Memory of GPUs, of which this machine may have none: what TensorFlow would say of them is made up."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

pytest.importorskip("tensorflow")
from tuning_trial.measures import epoch

pytestmark = pytest.mark.tensorflow
PEAKS = {"GPU:0": {"current": 1, "peak": 300}, "GPU:1": {"current": 2, "peak": 500}}


def test_the_fullest_of_made_up_gpus_counts_beside_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    config = epoch.tensorflow.config
    devices = [SimpleNamespace(name=f"/device:{name}") for name in PEAKS]
    monkeypatch.setattr(config, "list_logical_devices", lambda kind: devices if kind == "GPU" else [])
    monkeypatch.setattr(config.experimental, "get_memory_info", PEAKS.__getitem__)
    told = epoch.memory()
    assert told["peak_device_memory_bytes"] == 500
    assert told["peak_memory_bytes"] > 10**7


def test_a_made_up_gpu_that_tells_nothing_costs_this_figure_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    devices = [SimpleNamespace(name="/device:GPU:0")]
    monkeypatch.setattr(epoch.tensorflow.config, "list_logical_devices", lambda kind: devices)
    assert epoch.memory().keys() == {"peak_memory_bytes"}
