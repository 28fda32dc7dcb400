from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuning_trial.gradients.groups import MOST, group_layers
from tuning_trial.gradients.health import GroupHealth, Health, health_words, oscillates


class Layer:
    def __init__(self, name):
        self.name = name


@given(st.integers(0, 100))
def test_every_layer_is_in_one_of_at_most_eight_groups_in_order(count):
    layers = [Layer(f"l{i}") for i in range(count)]
    groups = group_layers(layers)
    assert [layer for part in groups.values() for layer in part] == layers
    assert len(groups) == min(MOST, count)
    sizes = [len(part) for part in groups.values()]
    assert not sizes or max(sizes) - min(sizes) <= 1


def health(**groups):
    return Health(measurements=10, groups={name: GroupHealth(1.0, **kinds) for name, kinds in groups.items()})


def test_a_sound_training_needs_no_words():
    assert health_words(Health()) == []
    assert health_words(health(a={}, b={"exploding": 1, "vanishing": 1})) == []


def test_everything_that_is_wrong_is_told_with_its_mend_and_the_worst_first():
    seen = health(a={"nan": 1}, b={"exploding": 2}, c={"vanishing": 2})
    assert health_words(replace(seen, dead={"d": 0.6, "e": 0.5}, losses=100, turns=90)) == [
        "gradients were not finite in layers a; lower the learning rate or clip the gradients",
        "gradients explode (norm above 1000) in layers b; lower the learning rate or clip the gradients",
        "gradients vanish (norm below 1e-06) in layers c; "
        "try leaky relu, normalisation or a residual connection",
        "more than half of the relus are always 0 in layers d; "
        "try leaky relu, normalisation or a lower learning rate",
        "the loss oscillates (it turned at 90 of 100 batches); try a larger batch or a lower learning rate",
    ]


def test_gradients_that_are_tiny_everywhere_are_those_of_a_model_that_has_converged():
    assert health_words(health(a={"vanishing": 9}, b={"vanishing": 9})) == []


def test_a_loss_that_was_never_seen_by_the_optimizer_may_still_be_lost():
    assert health_words(Health(diverged=True))[0].startswith("the loss was not finite; lower")


@pytest.mark.parametrize(("turns", "expected"), [(66, False), (75, False), (80, True), (98, True)])
def test_only_more_turns_than_chance_makes_are_an_oscillation(turns, expected):
    assert oscillates(100, turns) is expected


def test_many_groups_are_told_by_their_number():
    words = health_words(health(**{name: {"nan": 1} for name in "abcd"}))
    assert "layers a, b and 2 more" in words[0]
