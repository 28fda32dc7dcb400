"""What a trial is handed."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tuning_operator.errors import ImageError
from tuning_operator.notebook.program import write_program


def test_a_function_brings_what_it_needs_to_another_process(tmp_path: Path) -> None:
    factor = 3

    def triple(hp: int) -> int:
        return factor * hp

    # this module is no notebook; by value, as cloudpickle takes functions of __main__
    triple.__module__ = "__main__"
    program = write_program(tmp_path / "given", triple, lambda: "loaded")
    told = "import model; print(model.build_model(14), model.load_data())"
    done = subprocess.run(
        [sys.executable, "-c", told], cwd=program.parent, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["42", "loaded"]


def test_modules_of_the_callers_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models_of_mine.py").write_text("def build_model(hp): return 'built'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    from models_of_mine import build_model  # type: ignore[import-not-found]

    program = write_program(tmp_path / "given", build_model, ())
    done = subprocess.run(
        [sys.executable, "-c", "import model; print(model.build_model(0), model.load_data())"],
        cwd=program.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["built", "()"]


def test_what_no_other_process_can_have_is_named_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"data cannot be handed .*TypeError.*give data as arrays"):
        write_program(tmp_path, lambda hp: None, threading.Lock())


@pytest.mark.tensorflow
def test_a_hypermodel_will_do_as_well(tmp_path: Path) -> None:
    import keras_tuner
    from tuning_trial.keras_tuner_code.task import read_task

    class Model(keras_tuner.HyperModel):  # type: ignore[misc]
        def build(self, hp: object) -> str:
            return "built"

    task = read_task(write_program(tmp_path, Model(), (([1], [2]), ([3], [4]))))
    assert task.hypermodel is not None
    assert task.hypermodel.build(None) == "built"
    assert task.arguments == ([1], [2])
