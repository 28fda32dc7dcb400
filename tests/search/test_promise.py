"""How much an improvement must be to count."""

import pytest
from tuning_operator.search.promise import margin


def test_more_is_asked_for_where_there_are_more_parameters() -> None:
    asked = [margin(1, parameters) for parameters in (1, 2, 5, 20)]
    assert asked == sorted(set(asked))


def test_a_thousand_parameters_ask_for_no_more_than_a_tenth_of_a_deviation() -> None:
    assert margin(1, 1000) == margin(1, 20) == pytest.approx(0.1)


def test_every_fourth_proposal_polishes_however_many_parameters_there_are() -> None:
    polishing = [number for number in range(1, 13) if margin(number, 20) < 0.001]
    assert polishing == [4, 8, 12]


def test_with_several_objectives_the_number_of_parameters_asks_for_no_more() -> None:
    assert margin(1, 20, objectives=2) == margin(1, 2) < margin(1, 20)
