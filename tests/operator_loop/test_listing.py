"""A LIST comes in pages: what stands on any of them is there, and what stands on none is gone."""

from __future__ import annotations

import asyncio
from contextlib import closing

import pytest
from tuning_operator.cluster import client
from tuning_operator.cluster.client import Client, load_configuration
from tuning_operator.cluster.errors import ApiError
from tuning_operator.cluster.kinds import TUNING_JOBS
from tuning_operator.cluster.listing import refresh
from tuning_operator.cluster.store import Store

from tests.operator_loop.proxy import Fault, Proxy
from tests.operator_loop.world import World, tuning_job

FIVE = ["a", "b", "c", "d", "e"]


@pytest.fixture
def five_jobs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """On three pages."""
    monkeypatch.setattr(client, "PAGE", 2)
    for name in FIVE:
        world.create(tuning_job(name))


@pytest.mark.usefixtures("five_jobs")
def test_every_page_counts(world: World, proxy: Proxy) -> None:
    store = Store()
    for _ in range(2):
        bring_up(store, world, proxy)
        assert known(store) == FIVE
    assert ["continue=" in asked.query for asked in proxy.asked] == [False, True, True] * 2
    world.delete("e")
    bring_up(store, world, proxy)
    assert known(store) == FIVE[:-1]


@pytest.mark.usefixtures("five_jobs")
def test_a_list_that_expires_between_two_pages_drops_nothing(world: World, proxy: Proxy) -> None:
    store = Store()
    bring_up(store, world, proxy)
    proxy.answer = lambda asked: Fault(410, {}) if "continue=" in asked.query else None
    with pytest.raises(ApiError, match="by the proxy"):
        bring_up(store, world, proxy)
    assert known(store) == FIVE


def bring_up(store: Store, world: World, proxy: Proxy) -> None:
    with closing(Client(load_configuration(str(proxy.kubeconfig)))) as through_the_proxy:
        asyncio.run(refresh(through_the_proxy, store, TUNING_JOBS, world.namespace))


def known(store: Store) -> list[str]:
    return sorted(job.name for job in store.jobs)
