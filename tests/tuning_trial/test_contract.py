import pytest
from tuning_trial.contract import Objective, read_contract
from tuning_trial.errors import UserError


def test_without_parameters_nothing_else_counts():
    contract = read_contract({"TUNING_RUNGS": "nonsense", "TUNING_METRICS_PORT": "nonsense"})
    assert not contract.in_trial
    assert contract.parameters == {}


def test_an_empty_object_of_parameters_makes_a_trial():
    assert read_contract({"TUNING_PARAMETERS": "{}"}).in_trial


def test_everything_is_read():
    contract = read_contract(
        {
            "TUNING_PARAMETERS": '{"units": 128, "optimizer": "adam"}',
            "TUNING_OBJECTIVES": '[{"metric": "loss", "goal": "Minimize", "take": "Last"}]',
            "TUNING_CONSTRAINTS": '[{"metric": "bytes", "max": 100}]',
            "TUNING_METRICS_PORT": "9000",
            "TUNING_SEED": "7",
            "TUNING_REPORT_BATCHES": "50",
            "TUNING_PURPOSE": "Final",
            "TUNING_ARTIFACT_DIR": "/artifacts/a",
            "TUNING_GPUS": "2",
            "TUNING_TERMINATION_LOG": "/tmp/log",
        }
    )
    assert contract.parameters == {"units": 128, "optimizer": "adam"}
    assert contract.gpus == 2
    assert contract.objectives == (Objective("loss", "Minimize", "Last"),)
    assert contract.constrained == ("bytes",)
    assert (contract.port, contract.seed, contract.final) == (9000, 7, True)
    assert contract.report_batches == 50
    assert contract.artifact_dir == "/artifacts/a"
    assert str(contract.termination_log) == "/tmp/log"


def test_an_objective_takes_the_best_unless_told():
    contract = read_contract({"TUNING_PARAMETERS": "{}", "TUNING_OBJECTIVES": '[{"metric": "acc"}]'})
    assert contract.objectives == (Objective("acc", "Maximize", "Best"),)


@pytest.mark.parametrize("text", ["1,3,9", "[1, 3, 9]", " 9, 3 ,1,"])
def test_rungs_are_a_list_with_or_without_brackets(text):
    assert read_contract({"TUNING_PARAMETERS": "{}", "TUNING_RUNGS": text}).rungs == {1, 3, 9}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("TUNING_PARAMETERS", "[1]"),
        ("TUNING_PARAMETERS", "{"),
        ("TUNING_OBJECTIVES", '{"metric": "acc"}'),
        ("TUNING_OBJECTIVES", '[{"metric": "acc", "goal": "Highest"}]'),
        ("TUNING_OBJECTIVES", "[]"),
        ("TUNING_CONSTRAINTS", "[1]"),
        ("TUNING_RUNGS", "one"),
        ("TUNING_METRICS_PORT", "70000"),
        ("TUNING_SEED", "seven"),
        ("TUNING_REPORT_BATCHES", "0"),
    ],
)
def test_a_malformed_variable_is_named_with_its_value_and_what_it_should_be(name, text):
    with pytest.raises(UserError) as refused:
        read_contract({"TUNING_PARAMETERS": "{}", name: text})
    assert str(refused.value).startswith(f"{name} is {text!r}")
    assert "; set it to " in str(refused.value)


def test_a_directory_of_artifacts_stays_where_it_is_when_the_program_goes_elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = {"TUNING_PARAMETERS": "{}", "TUNING_ARTIFACT_DIR": "kept"}
    assert read_contract(given).artifact_dir == str(tmp_path / "kept")
    there = {**given, "TUNING_ARTIFACT_DIR": "s3://bucket/models"}
    assert read_contract(there).artifact_dir == "s3://bucket/models"
