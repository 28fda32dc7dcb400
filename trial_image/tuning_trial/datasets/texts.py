"""Texts: a column of a table, or text files in folders."""

from pathlib import Path
from typing import Any

import numpy

from tuning_trial.datasets.examples import Examples, Found, bad
from tuning_trial.datasets.labels import target, words
from tuning_trial.datasets.request import Request
from tuning_trial.datasets.tables import column


def text_examples(found: Found, request: Request) -> Examples:
    """Return texts as strings with their targets as they were found.

    Raises:
        UserError: a text is missing, empty or no UTF-8, or there is no target.
    """
    if found.form == "files":
        texts = _read(found.columns["file"])
    elif found.form == "table":
        texts = words(found.where, request.text, column(found, request.text, "--text"))
    else:
        texts = words(found.where, "x", found.columns["x"])
    empty = [i for i, text in enumerate(texts) if not text.strip()]
    if empty:
        found_there = f"{len(empty)} of {len(texts)} texts are empty, first number {empty[0] + 1}"
        raise bad(found.where, found_there, "leave these examples out")
    return Examples(found.where, {"text": texts}, target(found, request))


def _read(paths: Any) -> Any:
    texts = []
    for path in paths:
        try:
            texts.append(Path(path).read_text(encoding="utf-8"))
        except UnicodeDecodeError as error:
            raise bad(path, f"is no UTF-8 ({error.reason})", "give text files in UTF-8") from None
        if not texts[-1].strip():
            raise bad(path, "is empty", "leave the file out")
    return numpy.array(texts, dtype=object)
