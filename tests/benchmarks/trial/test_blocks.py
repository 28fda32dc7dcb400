from tests.benchmarks.trial.__main__ import ROUNDS
from tests.benchmarks.trial.blocks import VARIANTS, order_of


def test_each_variant_is_made_first_second_and_last_as_often_as_the_others():
    orders = [order_of(round_) for round_ in range(ROUNDS)]
    for place in zip(*orders, strict=True):
        assert {place.count(name) for name in VARIANTS} == {ROUNDS // len(VARIANTS)}
