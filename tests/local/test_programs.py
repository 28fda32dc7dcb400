"""Which program a trial gets, and what is said where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from tuning_operator.errors import ManifestError
from tuning_operator.local.programs import check_program, search_path
from tuning_operator.local.template import Program


def test_this_python_s_programs_come_first() -> None:
    assert search_path({"PATH": "/usr/bin"}, "/venv/bin/python") == "/venv/bin:/usr/bin"
    assert search_path({}, "/venv/bin/python") == "/venv/bin"


@pytest.mark.parametrize("active", ["VIRTUAL_ENV", "CONDA_PREFIX"])
def test_an_environment_that_is_active_comes_before_this_python_s(active: str) -> None:
    environment = {active: "/mine", "PATH": "/mine/bin"}
    assert search_path(environment, "/venv/bin/python") == "/mine/bin:/venv/bin"


def program(*command: str, **literals: str) -> Program:
    return Program(command, literals, grace=1, gpus=0)


@pytest.mark.parametrize("name", ["pyhton", "bin/pyhton", "/nowhere/python", "bin"])
def test_a_program_that_is_not_there_is_named_with_its_field(name: str, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    with pytest.raises(ManifestError, match=rf"containers\[trial\]\.command: '{name}' is "):
        check_program(program(name), tmp_path)


def test_a_name_is_looked_for_on_the_path_and_a_path_from_the_manifest(tmp_path: Path) -> None:
    (tmp_path / "train").touch(0o755)
    check_program(program("./train"), tmp_path)
    check_program(program("train", PATH="."), tmp_path)
    check_program(program("$(NAME)", NAME="train"), tmp_path, {"PATH": str(tmp_path)})
    with pytest.raises(ManifestError, match="'train' is not on this machine's PATH"):
        check_program(program("train"), tmp_path, {"PATH": "/usr/bin"})


def test_a_name_that_depends_on_the_trial_is_left_to_it(tmp_path: Path) -> None:
    check_program(program("$(TUNING_PARAM_program)"), tmp_path)
