"""Stands between the operator and the real API server, and makes trouble as the test says.

Plain HTTP towards the operator. Every answer comes from the real API server, unless a fault is
asked for: the proxy never makes up an object.
"""

import asyncio
import functools
import json
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from aiohttp import web
from tuning_operator.cluster.client import load_configuration

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
GONE = {
    "type": "ERROR",
    "object": {"kind": "Status", "status": "Failure", "reason": "Expired", "code": 410, "message": "too old"},
}


@dataclass(frozen=True)
class Asked:
    """One request of the operator."""

    method: str
    path: str
    query: str

    @property
    def is_watch(self) -> bool:
        return "watch=true" in self.query

    @property
    def is_write(self) -> bool:
        """A write that counts: a dry run stores nothing; Leases and Events are not the job's."""
        kind = self.path.split("/")
        return self.method in WRITES and "dryRun" not in self.query and not {"leases", "events"} & set(kind)


@dataclass(frozen=True)
class Fault:
    """What the proxy answers instead of asking the API server."""

    status: int
    headers: dict[str, str]

    def response(self) -> web.Response:
        body = {"kind": "Status", "status": "Failure", "code": self.status, "message": "by the proxy"}
        return web.json_response(body, status=self.status, headers=self.headers)


class Proxy:
    """The proxy, in a thread of its own.

    answer: asked for each request; a Fault, or None to ask the API server.
    accepted: called after the API server has answered a write, before the operator hears of it.
    keep: asked for each watch event; False drops it.
    admit: changes what is created, as a mutating webhook would; asked before the API server is.
    """

    def __init__(self, kubeconfig: Path, directory: Path) -> None:
        self.asked: list[Asked] = []
        self.answer: Callable[[Asked], Fault | None] = lambda _: None
        self.accepted: Callable[[Asked], None] = lambda _: None
        self.keep: Callable[[dict[str, Any]], bool] = lambda _: True
        self.admit: Callable[[Asked, dict[str, Any]], dict[str, Any]] = lambda _, body: body
        self.delay = 0.0
        self.kubeconfig = directory / "through-the-proxy.kubeconfig"
        self._upstream = load_configuration(str(kubeconfig))
        said = self._upstream.auth_settings().get("BearerToken")
        self._bearer = {"Authorization": said["value"]} if said else {}  # else a certificate says who we are
        self._watches: set[asyncio.Task[Any]] = set()
        self._gone: set[asyncio.Task[Any]] = set()
        self._loop: asyncio.AbstractEventLoop
        self._end: asyncio.Event
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> "Proxy":
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    def writes(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.is_write]

    def count(self) -> Counter[tuple[str, str]]:
        """Requests by method and kind of object."""
        return Counter((asked.method, _kind(asked.path)) for asked in self.asked)

    def open_watches(self) -> int:
        """How many watch connections are open now."""
        return len(self._watches)

    def cut_watches(self) -> None:
        """Break all watch connections that are open now."""
        self._call(self._cut())

    def expire_watches(self) -> None:
        """End all watches that are open now with 410 Gone in the stream."""
        self._gone |= self._watches
        self._call(self._cut())

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _cut(self) -> None:
        for task in self._watches:
            task.cancel()

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        connector = aiohttp.TCPConnector(ssl=_tls(self._upstream), limit=0)
        async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
            application = web.Application(client_max_size=1 << 30)
            application.router.add_route("*", "/{path:.*}", functools.partial(self._handle, session))
            runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self._write_kubeconfig(runner.addresses[0][1])
            self._ready.set()
            await self._end.wait()
            await self._cut()
            await runner.cleanup()
        await asyncio.sleep(0.2)  # TLS connections take leave of the other side in the background

    def _write_kubeconfig(self, port: int) -> None:
        here = {"name": "proxy", "cluster": {"server": f"http://127.0.0.1:{port}"}}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [here],
            "users": [{"name": "proxy", "user": {}}],
            "contexts": [{"name": "proxy", "context": {"cluster": "proxy", "user": "proxy"}}],
            "current-context": "proxy",
        }
        self.kubeconfig.write_text(yaml.safe_dump(config))

    async def _handle(self, session: aiohttp.ClientSession, request: web.Request) -> web.StreamResponse:
        asked = Asked(request.method, request.path, request.query_string)
        self.asked.append(asked)
        if self.delay:
            await asyncio.sleep(self.delay)
        if (fault := self.answer(asked)) is not None:
            return fault.response()
        wanted = {k: v for k, v in request.headers.items() if k in ("Accept", "Content-Type")} | self._bearer
        url = f"{self._upstream.host}{request.raw_path}"
        sent = await request.read() or None
        if sent and asked.method == "POST" and asked.is_write:
            sent = json.dumps(self.admit(asked, json.loads(sent))).encode()
        async with session.request(request.method, url, data=sent, headers=wanted) as answer:
            if asked.is_watch:
                return await self._watch(request, answer)
            body = await answer.read()
            if asked.is_write:
                self.accepted(asked)
            headers = {"Content-Type": answer.headers.get("Content-Type", "application/json")}
            return web.Response(body=body, status=answer.status, headers=headers)

    async def _watch(self, request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        response = web.StreamResponse(status=answer.status, headers={"Content-Type": "application/json"})
        await response.prepare(request)
        task = asyncio.ensure_future(self._pass_on(answer, response))
        self._watches.add(task)
        try:
            await task
        except asyncio.CancelledError:
            if task in self._gone:
                await response.write(json.dumps(GONE).encode() + b"\n")
            elif request.transport is not None:
                request.transport.abort()
        except (ConnectionError, aiohttp.ClientError):
            pass  # one of the two sides has gone
        finally:
            task.cancel()
            self._watches.discard(task)
            self._gone.discard(task)
        return response

    async def _pass_on(self, answer: aiohttp.ClientResponse, response: web.StreamResponse) -> None:
        rest = b""
        async for chunk in answer.content.iter_any():
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                if self.keep(json.loads(line)):
                    await response.write(line + b"\n")


def _tls(configuration: Any) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=configuration.ssl_ca_cert)
    if configuration.cert_file:
        context.load_cert_chain(configuration.cert_file, configuration.key_file)
    return context


def _kind(path: str) -> str:
    parts = path.strip("/").split("/")
    within = parts[parts.index("namespaces") + 2 :] if "namespaces" in parts else parts[-1:]
    return within[0] if within else "namespaces"
