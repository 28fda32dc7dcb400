from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tuning_operator.search.features import Features
from tuning_operator.search.space import Space

from tests.search.builders import MIXED, parameter

MOMENTUM = (
    parameter("momentum", "double", min=0, max=1, when={"parameter": "optimizer", "in": ["sgd"]}),
    parameter("optimizer", "categorical", values=["adam", "sgd"]),
)


def distances(rows: Any) -> Any:
    return np.linalg.norm(rows[:, None] - rows[None], axis=-1)


def test_unordered_values_are_equally_far_apart() -> None:
    space = Space((parameter("kind", "categorical", values=["a", "b", "c"]),))
    apart = distances(Features(space).rows([{"kind": kind} for kind in "abc"]))
    assert apart[np.triu_indices(3, 1)] == pytest.approx([1.0, 1.0, 1.0])


def test_a_parameter_has_one_group_however_many_columns() -> None:
    features = Features(Space(MIXED))
    assert set(features.groups) == set(range(len(MIXED)))
    # two bools and a choice of three have a column a value, an arc two
    assert len(features.groups) == 9 + (2 - 1) * 2 + (3 - 1) + (2 - 1)
    assert features.rows([{"augment": True}]).shape == (1, len(features.groups))


def test_a_number_that_does_not_exist_is_equally_far_from_all_its_values() -> None:
    features = Features(Space(MOMENTUM))
    points = [{"momentum": m, "optimizer": "sgd"} for m in (0.0, 0.5, 1.0)] + [{"optimizer": "adam"}]
    apart = distances(features.rows(points)[:, [g == 0 for g in features.groups]])
    assert apart[3, :3] == pytest.approx([1, 1, 1])
    assert apart[0, 1] == pytest.approx(apart[1, 2])
    assert 0.9 < apart[0, 2] < 1
