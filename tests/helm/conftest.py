"""Helm 4 and 3, built from their Go modules."""

from __future__ import annotations

import pytest

from tests.cluster import Unavailable
from tests.conftest import without_cluster
from tests.tools import Tools, find_or_build
from tests.tools.helm import Helm


@pytest.fixture(scope="session")
def tools() -> Tools:
    try:
        return find_or_build()
    except Unavailable as why:
        without_cluster(str(why))


@pytest.fixture(scope="session")
def helm(tools: Tools) -> Helm:
    return Helm(tools.helm4)


@pytest.fixture(params=["helm4", "helm3"])
def each_helm(request: pytest.FixtureRequest, tools: Tools) -> Helm:
    return Helm(getattr(tools, request.param))
