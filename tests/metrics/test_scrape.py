"""A real HTTP server is scraped; a hostile one is cut off."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web
from tuning_operator.engine.snapshot import Observed
from tuning_operator.errors import PageError, ScrapeError
from tuning_operator.metrics import scrape as module
from tuning_operator.metrics.scrape import MOST_BYTES, scrape

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def scraped(handler: Handler) -> tuple[Observed, ...]:
    """What one scrape of a server with this handler gives."""

    async def run() -> tuple[Observed, ...]:
        app = web.Application()
        app.router.add_get("/metrics", handler)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        try:
            async with aiohttp.ClientSession() as session:
                return await scrape(session, f"http://127.0.0.1:{port}/metrics", ["loss"])
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def answer(text: str, status: int = 200, **headers: str) -> Handler:
    async def handler(_: web.Request) -> web.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(text=text, status=status, headers=named)

    return handler


def test_a_page_is_fetched_and_read() -> None:
    assert scraped(answer("loss 0.5\n")) == (Observed("loss", 0, 0.5),)


def test_a_page_is_read_beside_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it costs: other trials, the work queue and the lease wait for that loop."""
    readers = []

    def read(*_: object) -> tuple[Observed, ...]:
        readers.append(threading.current_thread())
        return ()

    monkeypatch.setattr(module, "parse_page", read)
    scraped(answer("loss 0.5\n"))
    assert readers != [threading.main_thread()]
    assert len(readers) == 1


def test_a_page_that_is_no_metrics_is_named() -> None:
    with pytest.raises(PageError, match="not Prometheus text"):
        scraped(answer("<html>"))


def test_a_redirect_is_not_followed() -> None:
    with pytest.raises(ScrapeError, match="answers 302"):
        scraped(answer("", status=302, Location="http://127.0.0.1:1/"))


def test_a_page_that_is_too_large_is_cut_off() -> None:
    with pytest.raises(ScrapeError, match="larger than"):
        scraped(answer("x" * (MOST_BYTES + 1)))


def test_a_compressed_page_is_refused() -> None:
    async def handler(_: web.Request) -> web.Response:
        response = web.Response(text="loss 0.5\n" * 1000)
        response.enable_compression(web.ContentCoding.gzip)
        return response

    with pytest.raises(ScrapeError, match="compressed"):
        scraped(handler)


def test_a_server_that_never_ends_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.2)

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"# again\n")
            await asyncio.sleep(0.05)

    with pytest.raises(ScrapeError, match=r"within 0\.2 seconds"):
        scraped(handler)


def test_nobody_there_is_said_so() -> None:
    async def run() -> None:
        async with aiohttp.ClientSession() as session:
            await scrape(session, "http://127.0.0.1:1/metrics", ["loss"])

    with pytest.raises(ScrapeError, match="no metrics page from"):
        asyncio.run(run())
