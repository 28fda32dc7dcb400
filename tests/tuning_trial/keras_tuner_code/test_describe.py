"""`tuning-trial describe` of tutorials' code: the parameters that a manifest then has."""

import json

import pytest
from tuning_trial.errors import UserError
from tuning_trial.keras_tuner_code.describe import describe

from tests.tuning_trial.in_process import Here
from tests.tuning_trial.keras_tuner_code import tutorials
from tests.tuning_trial.trial_process import TrialProcess

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:.*import kerastuner.*:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`:UserWarning"),
]


def names(description):
    return [parameter["name"] for parameter in description["parameters"]]


def test_a_whole_search_is_read(here: Here):
    described = describe(here.write(tutorials.HYPERBAND))
    assert described == {
        "parameters": [
            {"name": "units", "type": "int", "min": 32, "max": 512, "step": 32},
            {"name": "learning_rate", "type": "discrete", "numbers": [1e-4, 1e-3, 1e-2]},
        ],
        "defaults": {"units": 32, "learning_rate": 0.01},
        "objectives": [{"metric": "val_accuracy", "goal": "Maximize"}],
        "algorithm": "Random",
        "trials": None,
        "notes": [
            "Hyperband draws parameters at random, and so does this search; but it stops no trial early"
        ],
    }


def test_what_a_fit_of_ones_own_asks_for_is_found_without_training(here: Here):
    described = describe(here.write(tutorials.HYPERMODEL))
    assert names(described) == ["units", "shuffle"]
    assert (described["algorithm"], described["trials"]) == ("Bayesian", 3)


def test_what_a_training_loop_asks_for_is_found(here: Here):
    described = describe(here.write(tutorials.LOOP))
    assert names(described) == ["units", "batch_size", "learning_rate"]
    assert described["objectives"] == [{"metric": "my_metric", "goal": "Minimize"}]


def test_what_a_tuner_of_ones_own_asks_for_is_found(here: Here):
    assert names(describe(here.write(tutorials.OWN_TUNER))) == ["units", "batch_size"]


def test_a_space_handed_to_the_search_is_all_there_is(here: Here):
    described = describe(here.write(tutorials.PRESET))
    assert described["parameters"] == [{"name": "learning_rate", "type": "double", "min": 1e-4, "max": 1e-2}]


def test_a_file_of_two_functions_has_the_objective_of_its_metrics(here: Here):
    source = tutorials.HYPERBAND.partition("tuner =")[0].replace("def model_builder", "def build_model")
    described = describe(here.write(source))
    assert described["objectives"] == [{"metric": "val_accuracy", "goal": "Maximize"}]
    assert (described["algorithm"], described["trials"]) == (None, None)


def test_code_that_fails_at_its_defaults_is_refused_at_its_line(here: Here):
    source = tutorials.HYPERBAND.replace("  hp_units =", "  [][1]\n  hp_units =")
    with pytest.raises(UserError, match=r"tutorial\.py:\d+: model_builder fails .* IndexError"):
        describe(here.write(source))


def test_a_dependent_range_is_refused_at_its_line(here: Here):
    source = tutorials.HYPERBAND.replace("values=[1e-2, 1e-3, 1e-4]", "values=[1e-2, 1 / hp_units]")
    with pytest.raises(UserError, match=r"tutorial\.py:\d+: the range of 'learning_rate' depends on 'units'"):
        describe(here.write(source))


def test_the_command_prints_json_and_nothing_else(tmp_path):
    (tmp_path / "model.py").write_text("print('hello')\n" + tutorials.DENSE)
    described = TrialProcess(tmp_path, TUNING_PARAMETERS="").run(
        "-m", "tuning_trial.cli", "describe", "model.py"
    )
    assert described.code == 0, described.stderr
    found = {p["name"]: p.get("when") for p in json.loads(described.stdout)["parameters"]}
    assert found == {
        "num_layers": None,
        "units_0": None,
        "learning_rate": None,
        "units_1": {"parameter": "num_layers", "min": 2},
        "units_2": {"parameter": "num_layers", "min": 3},
    }
    assert "hello" in described.stderr


def test_a_grid_search_is_described_as_grid(here: Here):
    described = describe(here.write(tutorials.GRID))
    assert (described["algorithm"], described["trials"]) == ("Grid", None)


def test_models_of_scikit_learns_are_described(here: Here):
    forest = describe(here.write(tutorials.SKLEARN))
    whens = {p["name"]: p.get("when") for p in forest["parameters"]}
    assert whens["max_depth"] == {"parameter": "model_type", "in": ["random_forest"]}
    assert whens["alpha"] == {"parameter": "model_type", "in": ["ridge"]}
    assert forest["notes"] == []
    assert forest["objectives"] == [{"metric": "score", "goal": "Maximize"}]
