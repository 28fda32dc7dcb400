"""GPUs: those that exist, and nobody's twice."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tuning_operator.errors import MachineError
from tuning_operator.local.devices import find_devices, most_at_once, take


@pytest.mark.parametrize(
    ("visible", "devices"),
    [
        ("", ()),
        ("0,2", ("0", "2")),
        ("GPU-8a1, MIG-77", ("GPU-8a1", "MIG-77")),
        ("1,-1,2", ("1",)),
        ("-1", ()),
    ],
)
def test_cuda_visible_devices_is_read_as_cuda_does(visible: str, devices: tuple[str, ...]) -> None:
    assert find_devices({"CUDA_VISIBLE_DEVICES": visible}) == devices


def test_without_it_the_driver_is_asked(tmp_path: Path) -> None:
    driver = tmp_path / "nvidia-smi"
    driver.write_text(f"#!{sys.executable}\nprint('GPU 0: A (UUID: a)\\n  MIG 1g\\nGPU 1: B (UUID: b)')\n")
    driver.chmod(0o755)
    assert find_devices({"PATH": str(tmp_path)}) == ("0", "1")


def test_a_driver_that_fails_has_no_devices(tmp_path: Path) -> None:
    driver = tmp_path / "nvidia-smi"
    driver.write_text(f"#!{sys.executable}\nprint('GPU 0: lost')\nraise SystemExit(9)\n")
    driver.chmod(0o755)
    assert find_devices({"PATH": str(tmp_path)}) == ()


def test_a_machine_without_a_driver_has_none(tmp_path: Path) -> None:
    assert find_devices({"PATH": str(tmp_path)}) == ()


def test_never_more_run_than_there_are_devices_for() -> None:
    assert most_at_once(0, 8, ()) == 8
    assert most_at_once(1, 8, ("0", "1")) == 2
    assert most_at_once(2, 8, ("0", "1", "2")) == 1
    assert most_at_once(1, 1, ("0", "1")) == 1


@pytest.mark.parametrize(
    ("devices", "words"), [((), "1 asked for, and no GPU found"), (("0",), "2 asked for, and 1 GPU")]
)
def test_too_few_is_an_error_that_names_the_field(devices: tuple[str, ...], words: str) -> None:
    with pytest.raises(MachineError, match=rf"spec\.template.*limits\[nvidia.com/gpu\]: {words}"):
        most_at_once(1 + len(devices), 1, devices)


def test_devices_are_taken_from_the_free_ones() -> None:
    assert take(2, ("0", "1", "2", "3"), {"0", "2"}) == ("1", "3")
    assert take(2, ("0", "1"), {"0"}) == ("1",)
    assert take(0, (), ()) == ()
