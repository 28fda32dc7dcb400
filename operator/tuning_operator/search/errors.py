"""What is wrong with a problem that cannot be searched. The user's manifest must be mended."""

from __future__ import annotations


class SearchError(ValueError):
    """No proposal can be made from this problem."""


class UnknownAlgorithm(SearchError):
    """The stage names an algorithm that is not one of ours."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"unknown algorithm {name!r}: use one of {', '.join(known)}")


class ImpossibleSpace(SearchError):
    """A parameter cannot take any value, or its condition can never be looked up."""
