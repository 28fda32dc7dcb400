"""Sets of trial numbers as text: "1-12,14" says in a few bytes what 13 numbers say."""

from __future__ import annotations

from collections.abc import Iterable


def to_ranges(numbers: Iterable[int]) -> str:
    """Numbers (from 1, in any order, duplicates allowed) as ascending ranges; "" for none."""
    spans: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if spans and number == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def from_ranges(text: str) -> tuple[int, ...]:
    """The numbers of such a text, ascending. Raises ValueError on anything else."""
    numbers: list[int] = []
    for span in text.split(",") if text else ():
        first, _, last = span.partition("-")
        numbers.extend(range(int(first), int(last or first) + 1))
    if to_ranges(numbers) != text:
        raise ValueError(f"{text!r} is not a list of ascending ranges like 1-12,14")
    return tuple(numbers)
