"""What a snapshot lacks, and only a question to the API server can tell.

A watch may be late: before a Job is taken for deleted, or for ended without a word, it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timezone

from tuning_operator.cluster.client import Client
from tuning_operator.cluster.errors import NotFound
from tuning_operator.cluster.kinds import EVENTS, JOBS, PODS
from tuning_operator.cluster.projections import Refusal, refusal
from tuning_operator.cluster.reading import KnownJob
from tuning_operator.cluster.snapshot import missing_runs, podless_runs, unseen_ends
from tuning_operator.cluster.store import Store

BEFORE_ALL = datetime.min.replace(tzinfo=timezone.utc)
ASK_AGAIN = 15.0  # seconds between two questions to a Job that has no pod


class Questions:
    """Asks for a job's missing runs, pods and refusals, and puts the answers into the Store."""

    def __init__(self, client: Client, store: Store, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._store = store
        self._clock = clock
        self._asked: dict[str, datetime] = {}

    def keep_only(self, uids: Iterable[str]) -> None:
        """Forget jobs that are gone."""
        for uid in set(self._asked) - set(uids):
            del self._asked[uid]

    async def confirm_missing(self, known: KnownJob) -> None:
        """A Job on record that no watch shows: is it gone, or only not told of?"""
        for trial in missing_runs(self._store, known):
            recorded = trial.trial.status.runs[-1]
            name = f"{trial.name}-r{recorded.number}"
            try:
                found = await self._client.get(JOBS, known.namespace, name)
            except NotFound:
                found = None
            if found is not None:
                self._store.put(JOBS, found)
            if found is None or found["metadata"]["uid"] != recorded.uid:
                await self._look_for_pods(known.namespace, recorded.uid)
                self._store.runs.bury(recorded.uid)

    async def confirm_ends(self, known: KnownJob) -> None:
        """A Job's end may be told before its pod's, which says how it ended."""
        for run in unseen_ends(self._store, known):
            await self._look_for_pods(known.namespace, run.uid)
            self._store.confirmed.add(run.uid)

    async def _look_for_pods(self, namespace: str, run_uid: str) -> None:
        selector = f"batch.kubernetes.io/controller-uid={run_uid}"
        async for page in self._client.pages(PODS, namespace, labelSelector=selector):
            for body in page["items"]:
                self._store.put(PODS, body)

    async def why_no_pod(self, known: KnownJob) -> float | None:
        """Look for the Job controller's own words, at most every few seconds and once for all Jobs."""
        late, soon = podless_runs(self._store, known, self._clock())
        if not late:
            self._asked.pop(known.uid, None)
            return soon
        since = (self._clock() - self._asked.get(known.uid, BEFORE_ALL)).total_seconds()
        if since < ASK_AGAIN:
            return sooner(soon, ASK_AGAIN - since)
        self._asked[known.uid] = self._clock()
        said = await self._refusals(known.namespace)
        for run in late:
            if run.uid in said:
                self._store.refusals[run.uid] = said[run.uid]
        return sooner(soon, ASK_AGAIN)

    async def _refusals(self, namespace: str) -> dict[str, Refusal]:
        query = {"fieldSelector": "involvedObject.kind=Job,reason=FailedCreate"}
        said = [
            (refusal(event), event["involvedObject"].get("uid", ""))
            async for page in self._client.pages(EVENTS, namespace, **query)
            for event in page["items"]
        ]
        return {uid: words for words, uid in sorted(said, key=lambda one: one[0].at)}  # the last of each


def sooner(*seconds: float | None) -> float | None:
    """The shortest of the waits that there are."""
    return min((s for s in seconds if s is not None), default=None)
