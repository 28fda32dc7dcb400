"""The process that makes TFLite files: TensorFlow's converter is native code, which may die of a model.

    python -m tuning_trial.variants.converting DIRECTORY KIND …

In the directory it finds the model's graph and, for int8, samples, as `tflite` wrote them. For each kind it
leaves `<kind>.tflite` there, or `<kind>.error`, a line that says why there is none.
"""

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tuning_trial.errors import last_line
from tuning_trial.variants import BASE

SAMPLES = "samples.npz"


def graph_of(directory: Path, kind: str) -> Path:
    """Return where the graph is that a kind is made of, as a SavedModel; "int8" wants one without loops."""
    return directory / ("unrolled" if kind == "int8" else "graph")


def convert(directory: Path, kind: str) -> bytes:
    """Return the TFLite file.

    Raises:
        Exception: the converter raises whatever its parts do.
    """
    import tensorflow

    lite = tensorflow.lite
    converter = lite.TFLiteConverter.from_saved_model(str(graph_of(directory, kind)))
    if kind != BASE:
        converter.optimizations = [lite.Optimize.DEFAULT]
    if kind == "float16":
        converter.target_spec.supported_types = [tensorflow.float16]
    if kind == "int8":
        samples = list(_samples(directory / SAMPLES))
        converter.representative_dataset = lambda: iter(samples)
        converter.target_spec.supported_ops = [lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_output_type = tensorflow.int8
        if all(array.dtype.kind == "f" for array in samples[0].values()):
            converter.inference_input_type = tensorflow.int8
    with warnings.catch_warnings():  # that TensorFlow itself uses what it has deprecated
        warnings.filterwarnings("ignore", r"\s*Warning: tf\.lite\.Interpreter is deprecated", UserWarning)
        return bytes(converter.convert())


def main(arguments: list[str]) -> None:
    """Convert one kind after another; each is there whole or not at all."""
    directory = Path(arguments[0])
    for kind in arguments[1:]:
        try:
            name, content = f"{kind}.tflite", convert(directory, kind)
        except Exception as error:
            name, content = f"{kind}.error", last_line(error, 400).encode()
        partial = directory / "partial"
        partial.write_bytes(content)
        partial.replace(directory / name)


def _samples(file: Path) -> Iterator[dict[str, Any]]:
    """Yield each sample's inputs by name: in what order the file takes them nobody can tell beforehand."""
    import numpy

    with numpy.load(file) as arrays:
        places = [tuple(map(int, name.split("/"))) for name in arrays.files]
        for i in range(1 + max(i for i, _ in places)):
            yield {f"input_{j}": arrays[f"{i}/{j}"] for k, j in places if k == i}


if __name__ == "__main__":
    main(sys.argv[1:])
