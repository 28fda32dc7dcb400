from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuning_operator.engine.ranges import from_ranges, to_ranges


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([], ""), ([3], "3"), ([1, 2, 3], "1-3"), ([4, 1, 2], "1-2,4"), ([1, *range(3, 10_000)], "1,3-9999")],
)
def test_numbers_as_text(numbers, text):
    assert to_ranges(numbers) == text


@given(st.sets(st.integers(1, 300)))
def test_text_says_exactly_the_numbers(numbers):
    assert from_ranges(to_ranges(numbers)) == tuple(sorted(numbers))


@pytest.mark.parametrize("text", ["x", "1-", "3-1", "2,1", "1,2", " 1", "1,,2"])
def test_other_text_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        from_ranges(text)
