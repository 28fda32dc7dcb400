"""What is installed on a machine that lacks it, and what that machine must not notice."""

import subprocess
from pathlib import Path

import pytest

from tests.cluster import packages, settings
from tests.cluster.packages import install_packages, services_stay_off
from tests.cluster.requirements import EVERY_PROGRAM


def test_no_package_starts_a_service_while_it_is_installed(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    with services_stay_off(policy):
        assert subprocess.run([policy, "prometheus", "start"]).returncode == 101
    assert list(tmp_path.iterdir()) == []


def test_a_policy_of_the_machines_own_stays_in_force(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("its own")
    with services_stay_off(policy):
        pass
    assert policy.read_text() == "its own"


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A machine with none of the programs."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return monkeypatch


def test_without_root_what_is_missing_is_named_and_nothing_else_happens(
    bare: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bare.setattr(settings, "is_root", lambda: False)
    install_packages()
    said = capsys.readouterr().out
    assert said.startswith("not installed, and not to be had without root on Debian: ")
    assert all(package in said for package in EVERY_PROGRAM.values())


def test_as_root_on_debian_all_that_is_missing_is_installed(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """apt-get is written down, not run: it would change this machine."""
    apt_get = tmp_path / "apt-get"
    apt_get.write_text(f'#!/bin/sh\necho "$DEBIAN_FRONTEND $@" >> {tmp_path}/asked\n')
    apt_get.chmod(0o755)
    bare.setattr(settings, "is_root", lambda: True)
    bare.setattr(packages, "services_stay_off", lambda: services_stay_off(tmp_path / "policy-rc.d"))
    install_packages()
    update, install = (tmp_path / "asked").read_text().splitlines()
    assert update == "noninteractive update -q"
    assert set(EVERY_PROGRAM.values()) <= set(install.split())
