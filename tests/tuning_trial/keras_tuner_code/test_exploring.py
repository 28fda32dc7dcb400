"""What is found by calling: parameters, and when each exists. The code called is a function of its values."""

import pytest
from tuning_trial.errors import UserError
from tuning_trial.keras_tuner_code.exploring import Call, explore
from tuning_trial.keras_tuner_code.recorder import Recorder


def found_in(build):
    """Explore a build function that builds nothing."""

    def ask(chosen):
        hp, error = Recorder(chosen), None
        try:
            build(hp)
        except ValueError as failed:
            error = str(failed)
        return Call(dict(hp.declared), {n: hp.values[n] for n in hp.declared}, tuple(hp.wanted), error)

    return explore(ask)


def conditions_in(build):
    return {name: condition.when() for name, condition in found_in(build).conditions.items()}


def test_what_always_exists_has_no_condition():
    def build(hp):
        hp.Int("units", 32, 512, step=32)
        hp.Float("rate", 1e-5, 1e-1, sampling="log")
        hp.Boolean("augment")
        hp.Fixed("depth", 3)
        hp.Choice("only", ["one"])

    exploration = found_in(build)
    assert list(exploration.declared) == ["units", "rate", "augment"]
    assert exploration.conditions == {}


def test_parameters_of_a_loop_exist_from_a_number_on():
    def build(hp):
        for i in range(hp.Int("layers", 1, 30)):
            hp.Int(f"units_{i}", 8, 64)

    conditions = conditions_in(build)
    assert "units_0" not in conditions
    assert conditions == {f"units_{i}": {"parameter": "layers", "min": i + 1} for i in range(1, 30)}


def test_nested_conditions_name_the_nearest_parent():
    def build(hp):
        if hp.Choice("kind", ["mlp", "cnn", "rnn"]) == "cnn":
            for i in range(hp.Int("blocks", 1, 2)):
                if hp.Boolean(f"dropout_{i}"):
                    hp.Float(f"rate_{i}", 0.1, 0.5)

    assert conditions_in(build) == {
        "blocks": {"parameter": "kind", "in": ["cnn"]},
        "dropout_0": {"parameter": "kind", "in": ["cnn"]},
        "rate_0": {"parameter": "dropout_0", "in": ["true"]},
        "dropout_1": {"parameter": "blocks", "min": 2},
        "rate_1": {"parameter": "dropout_1", "in": ["true"]},
    }


def test_one_name_under_several_branches_exists_for_all_of_them():
    def build(hp):
        kind = hp.Choice("optimizer", ["adam", "sgd", "rmsprop"])
        if kind == "sgd" or kind == "rmsprop":
            hp.Float("momentum", 0.0, 0.9)
        if kind != "sgd":
            hp.Float("beta", 0.8, 0.99)

    assert conditions_in(build) == {
        "momentum": {"parameter": "optimizer", "in": ["sgd", "rmsprop"]},
        "beta": {"parameter": "optimizer", "in": ["adam", "rmsprop"]},
    }


def test_a_scope_says_by_itself_which_values_matter():
    def build(hp):
        hp.Int("layers", 1, 100)
        with hp.conditional_scope("layers", [57]):
            hp.Int("rare", 1, 2)
        hp.Float("late", 0, 1, parent_name="layers", parent_values=list(range(1, 11)))

    assert conditions_in(build) == {
        "rare": {"parameter": "layers", "min": 57, "max": 57},
        "late": {"parameter": "layers", "max": 10},
    }


def test_what_two_values_of_one_number_decide_has_two_ends():
    def build(hp):
        if 3 <= hp.Int("n", 1, 8) <= 5:
            hp.Boolean("middle")

    assert conditions_in(build) == {"middle": {"parameter": "n", "min": 3, "max": 5}}


def test_discrete_numbers_are_asked_by_min_and_max():
    def build(hp):
        if hp.Choice("batch", [128, 32, 64]) >= 64:
            hp.Boolean("warm_up")

    assert conditions_in(build) == {"warm_up": {"parameter": "batch", "min": 64}}


def test_combinations_that_cannot_be_built_say_nothing_of_what_they_did_not_ask():
    def build(hp):
        if hp.Int("pools", 1, 4) > 3:
            raise ValueError("negative dimension")
        hp.Int("units", 8, 64)

    exploration = found_in(build)
    assert exploration.conditions == {}
    assert any(call.error for call in exploration.calls)


def test_a_range_that_depends_on_another_value_is_refused_by_both_names():
    def build(hp):
        units = hp.Int("units", 32, 512)
        hp.Int("heads", 1, 8)
        hp.Int("bottleneck", 8, units)

    with pytest.raises(
        UserError, match="the range of 'bottleneck' depends on 'units': it is 8 to 32 with units=32"
    ):
        found_in(build)


def test_two_ranges_under_one_name_are_refused():
    def build(hp):
        hp.Int("units", 1, 8)
        hp.Int("units", 1, 16)

    with pytest.raises(UserError, match="'units' is asked for in two ranges"):
        found_in(build)


def test_what_two_parameters_decide_together_is_refused():
    def build(hp):
        first, second = hp.Boolean("first"), hp.Boolean("second")
        if first and second:
            hp.Float("rate", 0, 1)

    with pytest.raises(UserError, match=r"whether 'rate' exists .*first, second"):
        found_in(build)


def test_what_a_continuous_number_decides_is_refused():
    def build(hp):
        if hp.Float("rate", 0, 1) > 0.3:
            hp.Boolean("schedule")

    with pytest.raises(UserError, match="'schedule' exists depends on 'rate', which is a continuous number"):
        found_in(build)


def test_the_same_seed_makes_the_same_calls():
    def build(hp):
        for i in range(hp.Int("layers", 1, 3)):
            hp.Float(f"rate_{i}", 0, 1)

    assert [c.values for c in found_in(build).calls] == [c.values for c in found_in(build).calls]


@pytest.mark.parametrize(
    ("declare", "manifest"),
    [
        (lambda hp: hp.Int("p", 1, 9), {"type": "int", "min": 1, "max": 9}),
        (lambda hp: hp.Int("p", 1, 9, step=2), {"type": "int", "min": 1, "max": 9, "step": 2}),
        (lambda hp: hp.Int("p", 1, 9, sampling="log"), {"type": "int", "min": 1, "max": 9, "scale": "log"}),
        (
            lambda hp: hp.Int("p", 2, 32, step=2, sampling="log"),
            {"type": "discrete", "numbers": [2, 4, 8, 16, 32]},
        ),
        (
            lambda hp: hp.Float("p", 0.1, 10, step=10, sampling="log"),
            {"type": "discrete", "numbers": [0.1, 1, 10]},
        ),
        (lambda hp: hp.Float("p", 0, 1, step=0.25), {"type": "double", "min": 0.0, "max": 1.0, "step": 0.25}),
        (lambda hp: hp.Choice("p", [2, 1, 2]), {"type": "discrete", "numbers": [1, 2]}),
        (lambda hp: hp.Choice("p", ["b", "a"]), {"type": "categorical", "values": ["b", "a"]}),
        (lambda hp: hp.Boolean("p"), {"type": "bool"}),
    ],
)
def test_each_kind_has_its_form_in_a_manifest(declare, manifest):
    (declaration,) = found_in(declare).declared.values()
    assert declaration.manifest() == {"name": "p", **manifest}


def test_a_sampling_that_no_manifest_can_say_is_refused():
    with pytest.raises(UserError, match=r"Float\('p'\) is sampled by reverse_log.*give it a step"):
        found_in(lambda hp: hp.Float("p", 0.1, 1, sampling="reverse_log"))
    (stepped,) = found_in(lambda hp: hp.Int("p", 2, 8, step=2, sampling="reverse_log")).declared.values()
    assert stepped.manifest() == {"name": "p", "type": "discrete", "numbers": [2, 6, 8]}


def test_a_name_that_no_manifest_can_have_gets_underscores():
    (declaration,) = found_in(lambda hp: hp.Int("dense units/1", 1, 2)).declared.values()
    assert declaration.manifest()["name"] == "dense_units_1"
