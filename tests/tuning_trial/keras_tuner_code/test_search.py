"""Tutorials' code runs unchanged as one trial, on the data it was given."""

import os
from pathlib import Path

import keras
import pytest
from tuning_trial.errors import UserError
from tuning_trial.keras_tuner_code.describe import describe

from tests.tuning_trial.in_process import Here
from tests.tuning_trial.keras_tuner_code import tutorials

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:.*import kerastuner.*:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`:UserWarning"),  # the tutorials do
]


def test_a_random_search_becomes_this_trial_and_the_rest_of_the_file_is_left(here: Here, monkeypatch):
    monkeypatch.chdir(here.directory)
    parameters = {"num_layers": 2, "units_0": 64, "units_1": 32, "learning_rate": 0.001}
    ran = here.run(tutorials.DENSE, parameters, objectives=["val_accuracy", "train_time"])
    assert list(ran.metrics)[:5] == ["val_accuracy", "train_time", "accuracy", "loss", "val_loss"]
    assert ran.metrics["train_time"] > 0
    assert ran.steps == 2
    assert [layer.units for layer in ran.model.layers[1:]] == [64, 32, 10]
    assert os.listdir() == ["tutorial.py"]  # no directory of the tuner's: the root may be read-only


def test_hyperband_trains_for_the_search_s_epochs_with_its_callbacks(here: Here):
    ran = here.run(tutorials.HYPERBAND, {"units": 32, "learning_rate": 0.01})
    assert ran.steps <= 4
    assert ran.model.layers[1].units == 32


def test_hyperband_has_a_length_of_its_own_where_the_search_has_none(here: Here):
    source = tutorials.HYPERBAND.replace("epochs=4, ", "").replace("max_epochs=10", "max_epochs=2")
    assert here.run(source, {"units": 32, "learning_rate": 0.01}).steps == 2


def test_the_manifests_epochs_and_batch_size_come_before_the_file_s(here: Here):
    ran = here.run(
        tutorials.DENSE,
        {"num_layers": 1, "units_0": 32, "learning_rate": 0.01, "epochs": 1, "batch_size": 16},
    )
    assert ran.steps == 1
    assert int(ran.model.optimizer.iterations) == 64 // 16


def test_the_command_lines_epochs_come_before_the_file_s(here: Here):
    assert here.run(tutorials.DENSE, epochs=1).steps == 1


def test_a_hypermodel_with_a_fit_of_its_own_in_a_guarded_main(here: Here):
    ran = here.run(tutorials.HYPERMODEL, {"units": 32, "shuffle": True})
    assert (ran.steps, ran.values) == (2, {"units": 32, "shuffle": True})


def test_a_custom_training_loop_reports_by_callbacks(here: Here):
    parameters = {"units": 32, "batch_size": 32, "learning_rate": 0.001}
    ran = here.run(tutorials.LOOP, parameters, objectives=["my_metric"])
    assert ran.steps == 2
    assert ran.metrics["my_metric"] > 0


def test_a_tuner_of_ones_own_runs_the_trial_and_its_result_is_reported(here: Here):
    ran = here.run(tutorials.OWN_TUNER, {"units": 4, "batch_size": 16}, objectives=["score"])
    assert ran.metrics["score"] > 0
    assert ran.metrics["score"] == pytest.approx(ran.model.evaluate(*data(), verbose=0))
    assert int(ran.model.optimizer.iterations) == 2 * 64 // 16


def test_a_tuner_whose_trial_takes_no_callbacks_is_described_and_run_all_the_same(here: Here):
    source = tutorials.OWN_TUNER.replace("trial, x, y, **kwargs", "trial, x, y")
    assert source != tutorials.OWN_TUNER
    described = describe(here.write(source))
    assert [parameter["name"] for parameter in described["parameters"]] == ["units", "batch_size"]
    ran = here.run(source, {"units": 4, "batch_size": 16}, objectives=["score"])
    assert ran.metrics["score"] > 0
    assert ran.metrics["loss"] > 0, "model.fit has told the trial's own callbacks"


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras saving
def test_a_tuner_that_tunes_the_batch_size_and_hands_on_is_run_once_and_its_model_kept(
    here: Here, tmp_path, capfd
):
    place = tmp_path / "kept"
    place.mkdir()
    parameters = {"num_layers": 1, "units_0": 32, "learning_rate": 0.001, "batch_size": 64}
    ran = here.run(tutorials.BATCH_TUNER, parameters, artifact_dir=str(place))
    assert ran.steps == 2
    assert capfd.readouterr().out.count("epoch 1/2") == 1
    kept = keras.models.load_model(place / "model.keras")
    assert int(kept.optimizer.iterations) == ran.steps  # one batch holds all 64 examples


def data():
    found: dict = {}
    exec(tutorials.IMAGES, found)
    return found["x_train"], found["y_train"]


def test_a_space_handed_to_the_search_replaces_the_code_s(here: Here):
    ran = here.run(tutorials.PRESET, {"learning_rate": 0.005})
    assert ran.values["learning_rate"] == 0.005  # none of the code's three
    assert ran.values["num_layers"] == 1


def test_outside_of_a_trial_every_parameter_has_its_default(here: Here):
    assert here.run(tutorials.HYPERBAND).values == {"units": 32, "learning_rate": 0.01}


def test_functions_of_a_contract_file_may_be_a_hypermodel_class_with_load_data(here: Here):
    source = tutorials.HYPERMODEL.partition("if __name__")[0]
    source += "\ndef load_data():\n    return (x_train, y_train), (x_val, y_val), (x_val, y_val)\n"
    ran = here.run(source, {"units": 32, "shuffle": False, "epochs": 3}, final=True)
    assert ran.steps == 3
    assert "test_accuracy" in ran.metrics


def test_a_parameter_that_only_one_side_knows_is_refused_with_the_line(here: Here):
    with pytest.raises(UserError, match=r"tutorial\.py:15: the code asks for 'units'"):
        here.run(tutorials.HYPERBAND, {"learning_rate": 0.01})
    with pytest.raises(UserError, match=r"tutorial\.py:\d+: the manifest gives the parameter 'patients'"):
        here.run(tutorials.HYPERBAND, {"units": 32, "learning_rate": 0.01, "patients": 5})
    with pytest.raises(UserError, match="the manifest gives the parameter 'patients'"):
        here.run(tutorials.HYPERMODEL, {"units": 32, "shuffle": True, "patients": 5})


def test_allow_defaults_forgives_both_and_says_so(here: Here, capsys):
    ran = here.run(tutorials.HYPERBAND, {"learning_rate": 0.01, "patients": 5}, allow_defaults=True)
    assert ran.values["units"] == 32
    said = capsys.readouterr().err
    assert "'units' is not in the manifest: its default 32 is taken" in said
    assert "the code never asks for 'patients'" in said


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras saving a variable
def test_the_artifact_is_the_model_of_the_kept_epoch(here: Here, tmp_path: Path):
    import keras

    ran = here.run(tutorials.DENSE, artifact_dir=str(tmp_path))
    kept = keras.models.load_model(tmp_path / "model.keras")
    accuracy = kept.evaluate(*[part[:16] for part in data()], verbose=0, return_dict=True)["accuracy"]
    assert accuracy == pytest.approx(ran.metrics["val_accuracy"])


def test_a_training_that_tells_nothing_is_refused(here: Here):
    silent = tutorials.OWN_TUNER.partition("        model = self.hypermodel.build")
    source = silent[0] + "        hp.Int('units', 2, 8)\n\n" + silent[2].partition("\n\n")[2]
    with pytest.raises(UserError, match="the training returned dict and called no callback"):
        here.run(source, {"units": 4})


def test_an_objective_on_validation_data_that_a_search_was_not_given_asks_for_it(here: Here):
    source = tutorials.HYPERBAND.replace("validation_split=0.2, callbacks=[stop_early]", "verbose=0")
    assert source != tutorials.HYPERBAND
    with pytest.raises(UserError, match=r"'val_accuracy' is none .*; give the training validation data"):
        here.run(source, {"units": 32, "learning_rate": 0.01})


def test_an_objective_that_a_training_of_ones_own_never_tells_is_named_at_its_end(here: Here):
    source = tutorials.HYPERMODEL.replace("return model.fit(", "return lone(").replace(
        "import keras\n", "import keras\n\ndef lone(*data, **options):\n    return {'other': 1}\n", 1
    )
    with pytest.raises(UserError, match="'score' is none of the metrics that the model reports: other; name"):
        here.run(source, {"units": 32, "shuffle": True}, objectives=["score"])


def test_a_mistake_in_a_training_of_ones_own_names_its_line(here: Here):
    source = tutorials.HYPERMODEL.replace("return model.fit(", "model.layers[7]\n        return model.fit(")
    line = source[: source.index("model.layers[7]")].count("\n") + 1
    with pytest.raises(UserError, match=rf"tutorial\.py:{line}: the training failed: IndexError"):
        here.run(source, {"units": 32, "shuffle": True})


def test_a_grid_search_becomes_this_trial(here: Here):
    ran = here.run(tutorials.GRID, {"num_layers": 1, "units_0": 64, "learning_rate": 0.01})
    assert (ran.steps, ran.values) == (2, {"num_layers": 1, "units_0": 64, "learning_rate": 0.01})


def test_a_model_of_scikit_learns_is_judged_by_the_tuner_s_own_folds(here: Here):
    parameters = {"model_type": "random_forest", "n_estimators": 20, "max_depth": 3}
    ran = here.run(tutorials.SKLEARN, parameters, objectives=["score"])
    assert 0.8 < ran.metrics["score"] <= 1
    assert ran.values == parameters
    with pytest.raises(UserError, match="the manifest gives the parameter 'patients'"):
        here.run(tutorials.SKLEARN, parameters | {"patients": 5}, objectives=["score"])
