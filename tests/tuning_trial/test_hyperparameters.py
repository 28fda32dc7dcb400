import keras_tuner
import pytest
from tuning_trial.errors import UserError
from tuning_trial.hyperparameters import TrialHyperParameters, manifest_name


def test_the_manifests_values_come_in_the_codes_types():
    hp = TrialHyperParameters({"rate": 1, "units": 64.0, "optimizer": "adam", "batch": 32.0, "augment": True})
    rate, units = hp.Float("rate", 0.5, 2), hp.Int("units", 32, 128, step=32)
    assert (rate, type(rate)) == (1.0, float)
    assert (units, type(units)) == (64, int)
    assert hp.Choice("optimizer", ["sgd", "adam"]) == "adam"
    assert type(hp.Choice("batch", [16, 32])) is int
    assert hp.Boolean("augment") is True
    assert hp.Fixed("depth", 3) == 3
    assert hp.get("units") == hp["units"] == 64
    assert "units" in hp
    hp.check_all_used(set())


def test_outside_of_a_trial_every_parameter_has_its_default():
    hp = TrialHyperParameters(None)
    assert hp.Int("units", 32, 512, default=64) == 64
    assert hp.Choice("optimizer", ["sgd", "adam"]) == "sgd"
    assert hp.setting("epochs", 10) == 10
    assert "absent" not in hp


@pytest.mark.parametrize(
    ("declare", "value"),
    [
        (lambda hp: hp.Int("p", 32, 128), 129),
        (lambda hp: hp.Int("p", 32, 128), 64.5),
        (lambda hp: hp.Int("p", 0, 1), True),
        (lambda hp: hp.Int("p", 32, 128, step=32), 65),
        (lambda hp: hp.Int("p", 2, 32, step=2, sampling="log"), 12),
        (lambda hp: hp.Float("p", 0.0, 1.0), -0.1),
        (lambda hp: hp.Float("p", 0.0, 1.0), "0.5"),
        (lambda hp: hp.Float("p", 0.0, 1.0, step=0.25), 0.3),
        (lambda hp: hp.Choice("p", ["sgd", "adam"]), "adamw"),
        (lambda hp: hp.Choice("p", [32, 64]), "32"),
        (lambda hp: hp.Boolean("p"), 1),
        (lambda hp: hp.Fixed("p", 3), 4),
    ],
)
def test_a_value_outside_of_what_the_code_declares_is_named_with_both_sides(declare, value):
    with pytest.raises(UserError) as refused:
        declare(TrialHyperParameters({"p": value}))
    assert f"p={value!r}" in str(refused.value)
    assert "the code declares" in str(refused.value)


@pytest.mark.parametrize(
    ("declare", "value"),
    [
        (lambda hp: hp.Float("p", 1e-5, 0.1, sampling="log"), 0.1 * (1 + 1e-15)),
        (lambda hp: hp.Float("p", 0.0, 1.0, step=0.1), 0.1 + 0.2),
        (lambda hp: hp.Int("p", 2, 32, step=2, sampling="log"), 16),
        (lambda hp: hp.Int("p", 2, 32, step=2, sampling="reverse_log"), 32),
    ],
)
def test_rounding_is_forgiven(declare, value):
    assert declare(TrialHyperParameters({"p": value})) == pytest.approx(value)


def test_what_the_code_asks_for_and_the_manifest_lacks_is_refused():
    with pytest.raises(UserError, match="the code asks for 'units', and the manifest does not give it"):
        TrialHyperParameters({}).Int("units", 32, 128)


def test_what_the_manifest_gives_and_the_code_never_asks_for_is_refused():
    hp = TrialHyperParameters({"unitz": 64, "epochs": 3})
    with pytest.raises(UserError, match="the manifest gives the parameter 'unitz'"):
        hp.check_all_used({"epochs"})


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("unitz", "units"), ("learningrate", "learning_rate"), ("epoch", "epochs"), ("layer1", "layer 1")],
)
def test_a_name_that_nobody_knows_is_told_those_that_come_close(typed, meant):
    hp = TrialHyperParameters({typed: 1})
    hp.Int("units", 2, 2)
    hp.Int("layer 1", 2, 2)
    with pytest.raises(UserError) as refused:
        hp.check_all_used(set())
    assert f"; did you mean {manifest_name(meant)!r}" in str(refused.value)


def test_a_name_that_the_manifest_gives_besides_is_not_meant():
    hp = TrialHyperParameters({"units_1": 2, "units_2": 2})
    hp.Int("units_1", 2, 8)
    with pytest.raises(UserError, match="never asks for it; ask for it in build_model"):
        hp.check_all_used(set())


def declare_momentum(hp):
    hp.Choice("optimizer", ["adam", "sgd"])
    return hp.Float("momentum", 0.0, 0.9, default=0.5, parent_name="optimizer", parent_values=["sgd"])


def test_an_inactive_parameter_gives_its_default():
    assert declare_momentum(TrialHyperParameters({"optimizer": "adam"})) == 0.5
    assert declare_momentum(TrialHyperParameters({"optimizer": "sgd", "momentum": 0.7})) == 0.7
    hp = TrialHyperParameters({"optimizer": "adam"})
    declare_momentum(hp)
    with hp.conditional_scope("optimizer", ["sgd"]):
        assert hp.Boolean("nesterov", default=True) is True
    hp.check_all_used(set())


def test_a_parameter_given_while_the_code_has_it_inactive_gets_a_when_to_copy():
    hp = TrialHyperParameters({"optimizer": "adam", "momentum": 0.7})
    declare_momentum(hp)
    with pytest.raises(UserError, match=r"when: \{parameter: optimizer, in: \['sgd'\]\}"):
        hp.check_all_used(set())


def test_epochs_may_be_given_without_being_asked_for():
    assert TrialHyperParameters({"epochs": 3.0}).setting("epochs", 10) == 3


def test_epochs_asked_for_outside_of_a_trial_are_the_codes():
    hp = TrialHyperParameters(None)
    hp.Int("epochs", 5, 50)
    assert hp.setting("epochs", 10) == 5


@pytest.mark.parametrize("value", [0, 2.5, "3", True])
def test_epochs_are_a_whole_number_from_1(value):
    with pytest.raises(UserError, match="epochs"):
        TrialHyperParameters({"epochs": value}).setting("epochs", 10)


def test_it_is_keras_tuners_own_class():
    hp = TrialHyperParameters({"units": 64})
    hp.Int("units", 32, 128)
    assert isinstance(hp, keras_tuner.HyperParameters)
    assert hp.values == {"units": 64}
