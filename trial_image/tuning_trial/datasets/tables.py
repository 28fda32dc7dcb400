"""Tables: CSV and Parquet, by pyarrow."""

from pathlib import Path
from typing import Any

import numpy

from tuning_trial.datasets.examples import Found, Part, bad
from tuning_trial.errors import last_line


def read_table(path: Path) -> dict[Part, Found]:
    """Read a `.csv` or `.parquet` file; a cell that is empty is missing.

    Raises:
        UserError: it is no such file, has no rows, or a column of another kind than numbers, words and bytes.
    """
    import pyarrow
    from pyarrow import csv, parquet

    options = csv.ConvertOptions(strings_can_be_null=True, null_values=["", "NA", "NaN", "nan", "null"])
    try:
        is_csv = path.suffix == ".csv"
        table = csv.read_csv(path, convert_options=options) if is_csv else parquet.read_table(path)
    except (pyarrow.ArrowException, OSError) as error:
        mend = "give a file with a header and as many cells in each row" if is_csv else "give a Parquet file"
        raise bad(path.name, f"cannot be read ({last_line(error, 300)})", mend) from None
    if not table.num_rows:
        raise bad(path.name, f"has the columns {', '.join(table.column_names)} and no rows", "give it rows")
    twice = [name for i, name in enumerate(table.column_names) if name in table.column_names[:i]]
    if twice:
        raise bad(path.name, f"has the column {twice[0]!r} twice", "rename one of them, or leave it out")
    columns = {name: _values(path.name, name, table[name]) for name in table.column_names}
    return {"all": Found(path.name, "table", columns)}


def column(found: Found, name: str, option: str) -> Any:
    """Return a table's column.

    Raises:
        UserError: there is none of that name.
    """
    if name not in found.columns:
        raise bad(found.where, f"has no column {name!r}, but {', '.join(map(str, found.columns))}",
                  f"name one of them by {option}")  # fmt: skip
    return found.columns[name]


def _values(where: str, name: str, values: Any) -> Any:
    import pyarrow

    kind = values.type
    if (
        pyarrow.types.is_struct(kind) and kind.get_field_index("bytes") >= 0
    ):  # pictures as Hugging Face has them
        values = pyarrow.compute.struct_field(values, "bytes")
        kind = values.type
    if pyarrow.types.is_dictionary(kind):
        values, kind = values.cast(kind.value_type), kind.value_type
    types = pyarrow.types
    if types.is_null(kind):
        return numpy.full(len(values), None, dtype=object)
    if types.is_boolean(kind):
        kind, values = pyarrow.int8(), values.cast(pyarrow.int8())
    if types.is_integer(kind) or types.is_floating(kind):
        return values.to_numpy()
    if types.is_decimal(kind):
        return values.cast(pyarrow.float64()).to_numpy()
    if (
        types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_binary(kind)
        or types.is_large_binary(kind)
    ):
        return numpy.array(values.to_pylist(), dtype=object)
    if types.is_date(kind) or types.is_timestamp(kind):
        raise bad(where, f"the column {name!r} holds {kind}", "make it numbers, such as days since a date")
    raise bad(where, f"the column {name!r} holds {kind}", "make it numbers or words, or leave it out")
