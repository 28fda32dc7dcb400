"""Tabular data: columns of numbers and of categories."""

from typing import Any

from tuning_trial.datasets.examples import Examples, Found, bad, in_float32, refuse_missing
from tuning_trial.datasets.labels import target, target_name, words
from tuning_trial.datasets.request import Request


def feature_examples(found: Found, request: Request) -> Examples:
    """Return columns of numbers (float32) and of strings, with the target as it was found.

    Words are categories; so is each column that the request names as categorical.

    Raises:
        UserError: a value is missing or infinite, or there is no target or no other column.
    """
    if found.form == "files":
        raise bad(found.where, "is a folder", "give a table: .csv, .parquet, .tfrecord or .npz")
    y, name = target(found, request), target_name(found, request)
    columns = _columns(found, name)
    unknown = [one for one in request.categorical if one not in columns]
    if unknown:
        raise bad(found.where, f"has no column {unknown[0]!r}, but {', '.join(columns)}",
                  "name one of them by --categorical")  # fmt: skip
    inputs = {n: _values(found.where, n, c, n in request.categorical) for n, c in columns.items()}
    if not inputs:
        raise bad(found.where, f"has no column beside the target {name!r}", "give it features")
    return Examples(found.where, inputs, y)


def _columns(found: Found, target_name: str) -> dict[str, Any]:
    if found.form == "table":
        return {name: values for name, values in found.columns.items() if name != target_name}
    x = found.columns["x"]
    if x.ndim != 2:
        raise bad(found.where, f"x has the shape {x.shape}", "make it examples × features")
    return {f"x{i}": x[:, i] for i in range(x.shape[1])}


def _values(where: str, name: str, values: Any, categorical: bool) -> Any:
    if values.dtype.kind in "OUS":
        return words(where, name, values)
    if values.ndim != 1 or values.dtype.kind not in "iufb":
        raise bad(where, f"the column {name!r} has the shape {values.shape} and holds {values.dtype}",
                  "give one number or word an example")  # fmt: skip
    refuse_missing(where, name, values)
    return values.astype(str).astype(object) if categorical else in_float32(where, name, values)
