import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuning_trial.variants.masks import compressed_bytes, mask_of, sizes, sparse_bytes


def test_the_smallest_magnitudes_go():
    kernel = np.array([[3.0, -1.0], [0.5, -2.0]])
    assert mask_of(kernel, 0.5, (1, 1), "avg").tolist() == [[True, False], [False, True]]


def test_a_block_goes_as_a_whole_by_its_average_or_its_largest_weight():
    kernel = np.array([[9.0, 0.0, 5.0, 5.0]])
    assert mask_of(kernel, 0.5, (1, 2), "avg").tolist() == [[False, False, True, True]]
    assert mask_of(kernel, 0.5, (1, 2), "max").tolist() == [[True, True, False, False]]


def test_a_block_that_the_edge_cuts_is_judged_by_the_weights_it_has():
    kernel = np.array([[2.0, 2.0, 3.0]])
    assert mask_of(kernel, 0.5, (1, 2), "avg").tolist() == [[False, False, True]]


@given(
    st.tuples(*[st.integers(1, 5)] * 3),
    st.floats(0, 0.999),
    st.sampled_from([(1, 1), (1, 4), (2, 3)]),
    st.sampled_from(["avg", "max"]),
)
def test_a_mask_prunes_the_share_of_blocks_and_a_second_one_prunes_the_same(shape, sparsity, block, pooling):
    kernel = np.random.default_rng(0).normal(size=shape) + 3  # no zeros of its own
    mask = mask_of(kernel, sparsity, block, pooling)
    assert mask.shape == shape
    blocks = -(-shape[0] * shape[1] // block[0]) * -(-shape[2] // block[1])
    if block == (1, 1):
        assert (~mask).sum() == round(sparsity * blocks)
    assert (mask_of(kernel * mask, sparsity, block, pooling) == mask).all()


def test_sparse_bytes_are_those_of_compressed_sparse_rows():
    kernel = np.zeros((8, 16), "float32")
    kernel[0, 3] = kernel[5, 1] = 1
    assert sparse_bytes(kernel) == 2 * (4 + 2) + 9 * 4
    assert sparse_bytes(kernel, (4, 4)) == 2 * (16 * 4 + 2) + 3 * 4


def test_a_kernel_without_zeros_stays_dense():
    assert sparse_bytes(np.ones((8, 16), "float32")) == 8 * 16 * 4


def test_the_lowest_of_8_bits_is_no_zero():
    kernel = np.zeros((8, 16), "int8")
    kernel[0, 3] = -128
    assert sparse_bytes(kernel) == 1 + 2 + 9 * 4


def test_sparse_bytes_of_a_whole_are_spared_by_its_kernels_alone():
    kernel, bias = np.zeros((8, 16), "float32"), np.zeros(16, "float32")
    found = sizes([kernel, bias], [kernel])
    assert found["bytes"] == kernel.nbytes + bias.nbytes
    assert found["sparse_bytes"] == sparse_bytes(kernel) + bias.nbytes
    assert found["compressed_bytes"] == compressed_bytes([kernel, bias])


def test_compressed_bytes_are_gzips():
    weights = [np.zeros(1000, "float32"), np.arange(10.0)]
    wanted = len(gzip.compress(b"".join(one.tobytes() for one in weights), compresslevel=1))
    assert compressed_bytes(weights) == pytest.approx(wanted, abs=1)
