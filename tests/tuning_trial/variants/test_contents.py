"""What stands in a TFLite file: each kind is what its name says, and not another one that is small too."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")
Interpreter = pytest.importorskip("ai_edge_litert.interpreter").Interpreter
from tuning_trial.variants.interpreted import Interpreted  # noqa: E402 - after the check for LiteRT

from tests.tuning_trial.variants.in_process import convert  # noqa: E402

pytestmark = pytest.mark.tensorflow
WIDTH = 64  # TFLite leaves kernels of fewer than 1,024 numbers as they are


def model() -> Any:
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(WIDTH, "relu"), keras.layers.Dense(WIDTH, "relu"), keras.layers.Dense(2)]
    return keras.Sequential([keras.Input((WIDTH,)), *layers])


def examples(low: float = -1.0, high: float = 1.0) -> list[list[Any]]:
    random = np.random.default_rng(0)
    return [[random.uniform(low, high, (1, WIDTH)).astype("float32")] for _ in range(20)]


def read(content: bytes) -> Any:
    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    return interpreter


def kinds(content: bytes) -> Counter[str]:
    """How many numbers of each type the file's tensors hold."""
    found: Counter[str] = Counter()
    for tensor in read(content).get_tensor_details():
        found[np.dtype(tensor["dtype"]).name] += int(np.prod(tensor["shape"]))
    return found


def ends(content: bytes) -> list[str]:
    interpreter = read(content)
    details = [*interpreter.get_input_details(), *interpreter.get_output_details()]
    return [np.dtype(one["dtype"]).name for one in details]


@pytest.mark.parametrize(
    ("kind", "of_kernels", "at_the_ends"),
    [
        ("float32", "float32", "float32"),
        ("float16", "float16", "float32"),
        ("dynamic", "int8", "float32"),
        ("int8", "int8", "int8"),
    ],
)
def test_weights_and_ends_are_of_the_kind_s_own_type(kind: str, of_kernels: str, at_the_ends: str) -> None:
    content = convert(model(), kind, examples())
    assert kinds(content)[of_kernels] >= 2 * WIDTH**2
    assert ends(content) == [at_the_ends] * 2


def test_of_full_integers_nothing_is_a_float() -> None:
    found = kinds(convert(model(), "int8", examples()))
    assert not [name for name in found if name.startswith("float")]
    dynamic = kinds(convert(model(), "dynamic", examples()))
    assert dynamic["float32"] > WIDTH  # its activations are


def test_a_weight_takes_4_2_or_1_bytes() -> None:
    sizes = {kind: len(convert(model(), kind, examples())) for kind in ("float32", "float16", "dynamic")}
    kernels = 2 * WIDTH**2
    assert sizes["float32"] - sizes["float16"] == pytest.approx(2 * kernels, rel=0.2)
    assert sizes["float16"] - sizes["dynamic"] == pytest.approx(kernels, rel=0.4)


def test_ranges_are_those_of_the_examples() -> None:
    """Calibrated on inputs ten times as small, it cuts off what is larger."""
    own, right, narrow = model(), examples(), examples(-0.1, 0.1)
    errors = {}
    for name, known in {"right": right, "narrow": narrow}.items():
        variant = Interpreted(convert(own, "int8", known))
        errors[name] = float(np.mean([np.abs(variant(x)[0] - own(x[0]).numpy()) for x in right]))
    assert errors["narrow"] > 5 * errors["right"]
