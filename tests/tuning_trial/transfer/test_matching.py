"""Which layers go together: by name where both have one, else by order."""

import pytest
from tuning_trial.transfer.matching import Weighted, pairs

CONV, WIDE, HEAD, OTHER = ((3, 3, 1, 8), (8,)), ((3, 3, 8, 8), (8,)), ((72, 10), (10,)), ((72, 3), (3,))


def conv(name, shapes=CONV):
    return Weighted(name, "Conv2D", shapes)


def dense(name, shapes=HEAD):
    return Weighted(name, "Dense", shapes)


@pytest.mark.parametrize(
    ("found", "wanted", "together"),
    [
        ([conv("a"), conv("b")], [conv("b"), conv("a")], [(1, 0), (0, 1)]),
        ([conv("a"), dense("top")], [conv("a"), dense("top", OTHER)], [(0, 0)]),
        ([conv("conv2d_4"), dense("dense_9")], [conv("conv2d"), dense("dense")], [(0, 0), (1, 1)]),
        ([conv("conv2d"), dense("dense")], [conv("conv2d_1"), dense("dense_1", OTHER)], [(0, 0)]),
        (
            [conv("conv2d"), conv("conv2d_1", WIDE), dense("dense")],
            [conv("conv2d"), Weighted("extra", "Dense", OTHER), conv("conv2d_7", WIDE), dense("dense")],
            [(0, 0), (1, 2), (2, 3)],
        ),
        ([conv("stem"), dense("dense")], [conv("conv2d"), dense("dense_3")], [(0, 0), (1, 1)]),
        ([conv("stem")], [conv("trunk")], []),
        ([conv("conv2d")], [Weighted("dense", "Dense", CONV)], []),
    ],
    ids=[
        "names count more than the order",
        "a name alone is not enough",
        "numbers that Keras gave are no names",
        "another head is left out",
        "a layer of one side alone does not shift the rest",
        "a name of one side alone goes by order",
        "two names that differ do not go together",
        "neither do two kinds of layers",
    ],
)
def test_pairs(found, wanted, together):
    assert pairs(found, wanted) == together


def test_what_keras_calls_a_layer_by_itself_is_no_name():
    kinds = {"MultiHeadAttention": "multi_head_attention_2", "LSTM": "lstm", "Conv2D": "conv2d_11"}
    assert not any(Weighted(name, kind, ()).is_named for kind, name in kinds.items())
    assert Weighted("conv1", "Conv2D", ()).is_named
