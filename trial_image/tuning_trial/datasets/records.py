"""TFRecord files of tf.train.Examples; read by TensorFlow, which the caller has set up.

The convention: one feature for each column, with one value in each record. Images are the feature `image`
(PNG or JPEG), texts the feature `text` (UTF-8), the target is `label`: a class number, a name, or a number.
"""

from pathlib import Path
from typing import Any

import numpy

from tuning_trial.datasets.examples import Found, Part, bad
from tuning_trial.errors import last_line


def read_records(path: Path) -> dict[Part, Found]:
    """Read all records of a file as the rows of a table; GZIP where the name ends in .gz.

    Raises:
        UserError: it is no such file, or a record has other features than the first, or several values.
    """
    import tensorflow

    compression = "GZIP" if path.suffix == ".gz" else ""
    rows: list[dict[str, Any]] = []
    try:
        for record in tensorflow.data.TFRecordDataset(str(path), compression).as_numpy_iterator():
            example = tensorflow.train.Example.FromString(record)
            rows.append(
                {name: _value(path, len(rows), name, f) for name, f in example.features.feature.items()}
            )
    except (tensorflow.errors.OpError, ValueError) as error:  # protobuf's DecodeError is a ValueError
        mend = "write tf.train.Examples with tf.io.TFRecordWriter"
        raise bad(
            path.name, f"record {len(rows) + 1} cannot be read ({last_line(error, 200)})", mend
        ) from None
    if not rows:
        raise bad(path.name, "has no records", "give it at least two examples a class")
    for i, row in enumerate(rows):
        if row.keys() != rows[0].keys():
            found = f"record {i + 1} has the features {sorted(row)}, the first one {sorted(rows[0])}"
            raise bad(path.name, found, "give all records the same features")
    return {
        "all": Found(path.name, "table", {name: _column([r[name] for r in rows]) for name in sorted(rows[0])})
    }


def _value(path: Path, number: int, name: str, feature: Any) -> Any:
    kind = feature.WhichOneof("kind")
    values = list(getattr(feature, kind).value) if kind else []
    if len(values) != 1:
        found = f"the feature {name!r} of record {number + 1} has {len(values)} values"
        raise bad(
            path.name, found, "give each feature one value; an image is the bytes of a PNG or JPEG file"
        )
    return values[0]


def _column(values: list[Any]) -> Any:
    if isinstance(values[0], bytes):
        return numpy.array(values, dtype=object)
    return numpy.array(values)
