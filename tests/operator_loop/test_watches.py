"""The watches go on whatever ends them."""

import asyncio
import itertools
import threading
from typing import Any

import pytest
from tuning_operator.cluster import watches
from tuning_operator.cluster.watches import Watches


class WatchesThatKopfCancels(Watches):
    """kopf.operator() ends by cancelling, as it does when one of its own tasks was cancelled."""

    begun = 0
    again = threading.Event()

    async def _watch(self) -> None:
        self.begun += 1
        if self.begun == 2:
            self._stop.set()
            self.again.set()
        raise asyncio.CancelledError


def test_the_watches_begin_again_after_kopf_was_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watches, "FIRST_PAUSE", 0.01)
    configuration: Any = None
    loop = asyncio.new_event_loop()
    try:
        watching = WatchesThatKopfCancels(configuration, (), loop, lambda *_: None)
        watching.start()
        assert watching.again.wait(10)
        watching._thread.join(10)
    finally:
        loop.close()


def test_the_pauses_of_every_request_grow_and_have_no_end() -> None:
    """kopf leaves a watch alone for good after its last pause; it takes them anew for each request."""
    backoffs = watches._settings().networking.error_backoffs
    for _request in range(2):
        pauses = list(itertools.islice(backoffs, 1000))
        assert len(pauses) == 1000
        assert pauses == sorted(pauses)
        assert (pauses[0], pauses[-1]) == (0.5, 15.0)
