"""Names that come close to one that nobody knows."""

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the question that a mend begins with, as in "did you mean 'units'? "; empty if nothing is near.

    Args:
        name: as it was given.
        known: names that could be meant.
    """
    close = difflib.get_close_matches(name, known, n=3)
    return f"did you mean {' or '.join(map(repr, close))}? " if close else ""
