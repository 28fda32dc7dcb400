"""What the API server was asked, from its audit log."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})


@dataclass(frozen=True)
class Request:
    """One finished request. Times are the server's, in microseconds; watches appear when they end."""

    user: str
    agent: str
    verb: str
    group: str
    resource: str  # with its subresource, as "pods/status"
    namespace: str
    name: str
    code: int
    received: datetime
    completed: datetime
    raw: dict[str, Any]

    @property
    def is_write(self) -> bool:
        return self.verb in WRITES

    @property
    def body(self) -> dict[str, Any] | None:
        """What was sent; recorded for writes to tuning.dev only."""
        return self.raw.get("requestObject")


def read_audit(path: Path, offset: int = 0) -> Iterator[Request]:
    """Every finished request in the log from a byte offset on."""
    if not path.exists():
        return
    with path.open("rb") as log:
        log.seek(offset)
        for line in log:
            if line.endswith(b"\n"):  # the last line may still be written
                yield _parsed(json.loads(line))


def _parsed(event: dict[str, Any]) -> Request:
    about = event.get("objectRef", {})
    resource = about.get("resource", "")
    return Request(
        user=event["user"].get("username", ""),
        agent=event.get("userAgent", ""),
        verb=event["verb"],
        group=about.get("apiGroup", ""),
        resource=f"{resource}/{about['subresource']}" if "subresource" in about else resource,
        namespace=about.get("namespace", ""),
        name=about.get("name", ""),
        code=event.get("responseStatus", {}).get("code", 0),
        received=_time(event["requestReceivedTimestamp"]),
        completed=_time(event["stageTimestamp"]),
        raw=event,
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
