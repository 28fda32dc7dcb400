"""`tune` in real processes: nothing of the notebook exists for a trial but what it was handed."""

from __future__ import annotations

from pathlib import Path

import pytest
from tuning_operator import tune
from tuning_operator.errors import ManifestError
from tuning_operator.local.store import Store
from tuning_operator.notebook.result import read_result

from tests.notebook.programs import GIVEN, MODEL, SHOWN, Notebook, result

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def notebook(tmp_path: Path) -> Notebook:
    return Notebook(tmp_path)


def test_functions_and_arrays_of_a_cell_are_tuned_over_the_parameters_that_they_ask_for(
    notebook: Notebook,
) -> None:
    said = notebook.run(MODEL, "result = tune(build_model, data, max_trials=2, epochs=2)", SHOWN)
    first, second = result(said)["trials"]
    assert first["parameters"] == {"units": 2, "learning_rate": 0.001}, "the defaults are the baseline"
    assert first["reason"] == second["reason"] == "Completed", said
    assert first["metrics"].keys() >= {"val_loss"}
    assert "trial 2 finished: val_loss" in said
    found = read_result(notebook.path / "runs" / "build-model")
    assert found.best_parameters in (first["parameters"], second["parameters"])
    assert found.best_objectives["val_loss"] == min(t["metrics"]["val_loss"] for t in found.trials)
    assert found.best_model is not None
    assert "build-model: 2 of 2 trials done; best val_loss" in repr(found)
    assert "learning_rate" in repr(found)


def test_a_stopped_call_goes_on_when_it_is_made_again_and_then_gives_its_result_again(
    notebook: Notebook,
) -> None:
    slow = "def load():\n    import time\n    time.sleep(99)\n\n"
    code = MODEL + GIVEN + slow
    said = notebook.stop(notebook.start(code, "tune(build_model, load, **given)"), "trial 1 started")
    assert "; the same call goes on" in said
    assert "stopping: trials are told to end" in said
    assert "KeyboardInterrupt: 0 of 1 trials done" in said
    again = 2 * "\nresult = tune(build_model, lambda: data, **given)"
    other = (
        "try: tune(build_model, data, **given | dict(epochs=2, spec=dict(artifacts=dict(path='/a'))))\n"
        "except Exception as error: print('REFUSED', type(error).__name__, error)"
    )
    said = notebook.run(MODEL, GIVEN, again, SHOWN, other)
    assert "given has ended before; fresh=True starts over" in said
    refused = said.split("REFUSED ")[1]
    assert refused.startswith("ManifestError ")
    assert "epochs, or directory, is not what it was in the call before" in refused
    assert "spec['artifacts'] is not what it was in the call before" in refused
    assert "given was begun by a call with other arguments: fresh=True starts over" in refused
    [trial] = result(said)["trials"]
    assert (trial["reason"], trial["parameters"]) == ("Completed", result(said)["best"])
    assert trial["metrics"].keys() >= {"val_loss", "train_time"}
    recorded = Store(notebook.path / "runs" / "given").trials()
    assert [run.purpose for run in recorded[1].status.runs] == ["Train", "Resume"]


def test_a_name_that_no_job_can_have_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"metadata\.name.*no DNS label"):
        tune(lambda hp: None, (), name="../My model", directory=tmp_path / "runs")
    assert not [*tmp_path.iterdir()]


def test_data_that_does_not_fit_ends_the_first_trial_with_its_words(notebook: Notebook) -> None:
    said = notebook.run(MODEL, GIVEN, "tune(build_model, 3, **given)")
    assert "tuning_operator.errors.ImageError: " in said
    assert "given-1, the first trial to end, has failed (UserError)" in said
    assert "load_data returns something of type int" in said
    assert "keep_going=True lets trials fail" in said
