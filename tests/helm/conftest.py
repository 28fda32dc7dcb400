"""Both major versions of Helm."""

from __future__ import annotations

import pytest

from tests.tools import Tools
from tests.tools.helm import Helm


@pytest.fixture(params=["helm4", "helm3"])
def each_helm(request: pytest.FixtureRequest, tools: Tools) -> Helm:
    return Helm(getattr(tools, request.param))
