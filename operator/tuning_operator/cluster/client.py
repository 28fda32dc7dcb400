"""Requests to the API server: the official client's connections, credentials and TLS, our own JSON.

The official client's models are left aside: turning one Pod into them takes longer than the
request. Nothing is retried here; the work queue is the one place that does, because after a
failure the next step must be derived from the world again anyway.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import kubernetes.config
import urllib3
from kubernetes.client import ApiClient, Configuration

from tuning_operator.cluster.errors import ApiError, LeaseLost, Unavailable, api_error
from tuning_operator.cluster.kinds import Kind

Body = dict[str, Any]

CONNECTIONS = 16
CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 30.0
PAGE = 500
JSON = "application/json"
JSON_PATCH = "application/json-patch+json"


def load_configuration(kubeconfig: str | None) -> Configuration:
    """The given kubeconfig; without one the pod's ServiceAccount, else the user's own kubeconfig."""
    source: Any = kubernetes.config  # it ships a marker of types, but not the types
    configuration = Configuration()
    if kubeconfig:
        source.load_kube_config(config_file=kubeconfig, client_configuration=configuration)
        return configuration
    try:
        source.load_incluster_config(client_configuration=configuration)
    except source.ConfigException:
        source.load_kube_config(client_configuration=configuration)
    return configuration


class Client:
    """Asynchronous requests over a bounded pool of threads and connections.

    requests: how many were answered, by verb and HTTP code ("timeout", "broken" without an answer).
    """

    def __init__(self, configuration: Configuration) -> None:
        configuration.connection_pool_maxsize = CONNECTIONS
        self.configuration = configuration
        self.requests: Counter[tuple[str, str]] = Counter()
        self._api = ApiClient(configuration)
        self._counting = threading.Lock()
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="api")
        self._may_write: Callable[[], bool] = lambda: True

    def write_only_while(self, leading: Callable[[], bool]) -> None:
        """Refuse every write while this is not true. Leases and Events are not asked about."""
        self._may_write = leading

    async def get(self, kind: Kind, namespace: str, name: str) -> Body:
        return await self._request("GET", kind.path(namespace, name))

    async def pages(self, kind: Kind, namespace: str | None, **query: str) -> AsyncIterator[Body]:
        """A LIST in pages of bounded size; each page carries the resourceVersion of the whole."""
        asked: dict[str, Any] = {"limit": PAGE, **query}
        if kind.selector:
            asked.setdefault("labelSelector", kind.selector)
        while True:
            page = await self._request("GET", kind.path(namespace), query=asked, verb="LIST")
            yield page
            if not (onward := page["metadata"].get("continue")):
                return
            asked["continue"] = onward

    async def create(self, kind: Kind, namespace: str, body: Body, **query: str) -> Body:
        self._check_lease()
        return await self._request("POST", kind.path(namespace), body=body, query=query)

    async def dry_run(self, kind: Kind, namespace: str, body: Body) -> None:
        """What a create would answer, unknown fields refused; nothing is stored."""
        query = {"dryRun": "All", "fieldValidation": "Strict"}
        await self._request("POST", kind.path(namespace), body=body, query=query, verb="DRYRUN")

    async def write_status(self, kind: Kind, namespace: str, name: str, version: str, status: Body) -> Body:
        """Replace the whole status of an object that is still at this resourceVersion; else Conflict."""
        self._check_lease()
        # A JSON patch, because a merge patch cannot say that a key of `best.parameters` is gone,
        # and a PUT would need the rest of the object, which memory does not keep.
        patch = [
            {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
            {"op": "add", "path": "/status", "value": status},
        ]
        path = kind.path(namespace, name, "status")
        return await self._request("PATCH", path, body=patch, content_type=JSON_PATCH)

    async def delete(self, kind: Kind, namespace: str, name: str, uid: str) -> Body:
        """Delete in the background, but only the object of this uid: never its namesake."""
        self._check_lease()
        body = {
            "kind": "DeleteOptions",
            "apiVersion": "v1",
            "propagationPolicy": "Background",
            "preconditions": {"uid": uid},
        }
        return await self._request("DELETE", kind.path(namespace, name), body=body)

    async def post_unfenced(self, kind: Kind, namespace: str, body: Body) -> Body:
        """Create what every replica may create at any time (a Lease, an Event)."""
        return await self._request("POST", kind.path(namespace), body=body)

    async def put_unfenced(self, kind: Kind, namespace: str, name: str, body: Body) -> Body:
        """Replace a Lease."""
        return await self._request("PUT", kind.path(namespace, name), body=body)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._api.rest_client.pool_manager.clear()

    def _check_lease(self) -> None:
        if not self._may_write():
            raise LeaseLost("the lease is not held: nothing may be written")

    async def _request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        content_type: str = JSON,
        verb: str = "",
    ) -> Body:
        address = path + (f"?{urlencode(query)}" if query else "")
        payload = None if body is None else json.dumps(body, allow_nan=False)
        loop = asyncio.get_running_loop()
        code, outcome = await loop.run_in_executor(
            self._threads, self._exchange, method, address, payload, content_type
        )
        with self._counting:
            self.requests[verb or method, code] += 1
        if isinstance(outcome, ApiError):
            raise outcome
        return outcome

    def _exchange(
        self, method: str, address: str, payload: str | None, content_type: str
    ) -> tuple[str, Body | ApiError]:
        try:
            answer = self._api.rest_client.pool_manager.request(
                method,
                self.configuration.host.rstrip("/") + address,
                body=payload,
                headers=self._headers(content_type),
                timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT),
                retries=False,
            )
            return str(answer.status), _read(answer.status, answer.headers, answer.data)
        except urllib3.exceptions.TimeoutError as error:
            return "timeout", Unavailable(0, "Timeout", f"{method} {address}: {error}")
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return "broken", Unavailable(0, "Broken", f"{method} {address}: {error}")

    def _headers(self, content_type: str) -> dict[str, str]:
        headers = {"Content-Type": content_type, "Accept": JSON, "User-Agent": "tuning-operator"}
        # Runs the hook that reads a rotated ServiceAccount token again.
        token = self.configuration.get_api_key_with_prefix("BearerToken", alias="authorization")
        return headers | ({"Authorization": token} if token else {})


def _read(code: int, headers: Mapping[str, str], data: bytes) -> Body | ApiError:
    try:
        body = json.loads(data)
    except ValueError:  # a proxy's page, not the API server's
        body = {"message": data[:200].decode(errors="replace")}
    if code < 300 and isinstance(body, dict):
        return body
    said = body if isinstance(body, dict) else {}
    return api_error(code, said.get("reason") or "", said.get("message") or f"HTTP {code}", _pause(headers))


def _pause(headers: Mapping[str, str]) -> float:
    try:
        return min(max(float(headers.get("Retry-After", 0)), 0.0), 60.0)
    except ValueError:  # a date; our own backoff will do
        return 0.0
