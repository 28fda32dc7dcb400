"""/healthz, /readyz and /metrics over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from tuning_operator.metrics.exporter import CONTENT_TYPE, Exporter

MOST_OVERDUE = 300.0  # seconds by which the work queue may be late and still count as alive


@dataclass(frozen=True)
class Health:
    """What the probes ask.

    overdue: seconds for which the work queue has stood still. ready: the first LIST is done.
    """

    overdue: Callable[[], float]
    ready: Callable[[], bool]


async def serve(port: int, health: Health, exporter: Exporter) -> web.AppRunner:
    """Serve until the runner is cleaned up. That it answers at all shows that the event loop turns."""

    async def healthz(_: web.Request) -> web.Response:
        late = health.overdue()
        if late > MOST_OVERDUE:
            return web.Response(status=503, text=f"the work queue has stood still for {late:.0f} s\n")
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        if health.ready():
            return web.Response(text="ok\n")
        return web.Response(status=503, text="the first LIST is not done\n")

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=exporter.page(), headers={"Content-Type": CONTENT_TYPE})

    application = web.Application()
    application.add_routes(
        [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)]
    )
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, port=port).start()
    return runner
