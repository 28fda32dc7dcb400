"""LIST-and-compare: heals what a watch lost, missed deletions included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tuning_operator.cluster.client import Client
from tuning_operator.cluster.kinds import WATCHED, Kind
from tuning_operator.cluster.store import Store


def parts(namespaces: Sequence[str]) -> list[tuple[Kind, str | None]]:
    """What makes up a whole refresh; owners come before what they own."""
    return [(kind, namespace) for kind in WATCHED for namespace in namespaces or (None,)]


async def refresh(client: Client, store: Store, kind: Kind, namespace: str | None) -> None:
    """Bring the Store up to what the API server has of this kind."""
    listed: set[str] = set()
    version = 0
    async for page in client.pages(kind, namespace):
        version = int(page["metadata"]["resourceVersion"])
        for item in page["items"]:
            listed.add(item["metadata"]["uid"])
            store.put(kind, item)
    for lost in _shelf(store, kind).absent(listed, version, namespace):
        store.drop(kind, lost.uid)


def _shelf(store: Store, kind: Kind) -> Any:
    return dict(zip(WATCHED, (store.jobs, store.trials, store.runs, store.pods), strict=True))[kind]
