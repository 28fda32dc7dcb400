"""Events on the TuningJob, for whoever reads `kubectl describe`: few, best effort, never in the way.

An Event's name is made from what it tells, so that telling it again after a restart meets
AlreadyExists and not a second Event.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Literal

from tuning_operator.api import TuningJob, names
from tuning_operator.cluster.client import Client
from tuning_operator.cluster.errors import AlreadyExists, ApiError
from tuning_operator.cluster.kinds import EVENTS
from tuning_operator.engine.words import head

logger = logging.getLogger(__name__)

LONGEST_MESSAGE = 1024  # what the API server accepts
WAITING = 1000
SOURCE = "tuning-operator"


@dataclass(frozen=True)
class Note:
    """One thing to tell about a job. subject: what makes it another note than the last of this reason."""

    reason: str
    message: str
    subject: str
    type: Literal["Normal", "Warning"] = "Normal"


class Recorder:
    """Posts notes one after the other, from a bounded queue."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._queue: asyncio.Queue[tuple[TuningJob, Note, datetime]] = asyncio.Queue(WAITING)

    def note(self, job: TuningJob, note: Note) -> None:
        """Tell it some time soon, or never if there is too much to tell."""
        if not self._queue.full():
            self._queue.put_nowait((job, note, datetime.now(timezone.utc)))

    async def run(self) -> None:
        while True:
            job, note, at = await self._queue.get()
            try:
                body = event_body(job, note, at)
                await self._client.post_unfenced(EVENTS, body["metadata"]["namespace"], body)
            except AlreadyExists:
                pass
            except ApiError as error:
                extra = {"reason": note.reason, "why": error.message}
                logger.warning("an Event was not recorded", extra=extra)


def event_body(job: TuningJob, note: Note, at: datetime) -> dict[str, Any]:
    """The Event object of a note."""
    metadata = job.metadata
    told = hashlib.sha256(f"{metadata.uid}/{note.reason}/{note.subject}".encode()).hexdigest()[:16]
    seconds = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{metadata.name}.{told}", "namespace": metadata.namespace},
        "involvedObject": {
            "apiVersion": names.API_VERSION,
            "kind": "TuningJob",
            "namespace": metadata.namespace,
            "name": metadata.name,
            "uid": metadata.uid,
        },
        "type": note.type,
        "reason": note.reason,
        # on one line: a table of Events is no place for rows that a trial or a parameter's value has written
        "message": head(" ".join(note.message.split()), LONGEST_MESSAGE),
        "source": {"component": SOURCE},
        "reportingComponent": SOURCE,
        "firstTimestamp": seconds,
        "lastTimestamp": seconds,
        "count": 1,
    }
