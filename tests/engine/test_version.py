from __future__ import annotations

from importlib.metadata import version

from tuning_operator.engine.version import ENGINE


def test_the_engine_is_the_distribution_that_is_installed():
    assert version("tuning-operator") == ENGINE
