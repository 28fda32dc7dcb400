"""What the operator knows of the cluster: projections of four kinds of object, by uid.

Filled by watches, by LISTs and by the answers to our own writes, in any order: the newer
resourceVersion wins, and what was deleted stays deleted. Everything is selected by the uid of
its owner, TuningJob → Trial → Job → Pod; labels only say whose work queue key to wake.
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Generic, Protocol, TypeVar

from tuning_operator.api import names
from tuning_operator.cluster.kinds import JOBS, PODS, TRIALS, TUNING_JOBS, Kind
from tuning_operator.cluster.projections import BatchJob, Pod, Refusal, batch_job, pod
from tuning_operator.cluster.reading import KnownJob, KnownTrial, read_job, read_trial
from tuning_operator.engine.snapshot import Observed

JobKey = tuple[str, str]  # namespace and name of a TuningJob
REMEMBERED_DELETIONS = 50_000


class Projection(Protocol):
    """What every shelf holds."""

    @property
    def uid(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def namespace(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def owner(self) -> str: ...


P = TypeVar("P", bound=Projection)


def _same(one: Projection, other: Projection) -> bool:
    fields = (f.name for f in dataclasses.fields(one) if f.name != "version")  # type: ignore[arg-type]
    return all(getattr(one, name) == getattr(other, name) for name in fields)


class Shelf(Generic[P]):
    """Projections of one kind, by uid and by their owner's uid."""

    def __init__(self) -> None:
        self._items: dict[str, P] = {}
        self._by_owner: defaultdict[str, dict[str, P]] = defaultdict(dict)
        self._deleted: OrderedDict[str, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[P]:
        return iter(list(self._items.values()))

    def get(self, uid: str) -> P | None:
        return self._items.get(uid)

    def claims(self, owner: str) -> list[P]:
        """What names this owner, wherever it is: a claim that anybody may make who creates things."""
        return list(self._by_owner.get(owner, {}).values())

    def of(self, namespace: str, owner: str) -> list[P]:
        """What this owner owns: only in its own namespace, as everywhere in Kubernetes."""
        return [item for item in self.claims(owner) if item.namespace == namespace]

    def owner_of(self, child: Projection) -> P | None:
        """Likewise: the one that the child names, if it is of the child's namespace."""
        item = self._items.get(child.owner)
        return item if item is not None and item.namespace == child.namespace else None

    def put(self, item: P) -> bool:
        """Keep it, unless something newer of it is known; True when that changed anything we look at."""
        known = self._items.get(item.uid)
        if item.uid in self._deleted or (known and known.version >= item.version):
            return False
        self.replace(item)
        return known is None or not _same(known, item)

    def replace(self, item: P) -> None:
        self._items[item.uid] = item
        self._by_owner[item.owner][item.uid] = item

    def bury(self, uid: str) -> None:
        """Remember that it was deleted, so that a late event cannot bring it back. Uids never return."""
        self._deleted[uid] = None
        while len(self._deleted) > REMEMBERED_DELETIONS:
            self._deleted.popitem(last=False)

    def is_buried(self, uid: str) -> bool:
        """Its deletion was seen."""
        return uid in self._deleted

    def remove(self, uid: str) -> P | None:
        self.bury(uid)
        item = self._items.pop(uid, None)
        if item is not None:
            siblings = self._by_owner[item.owner]
            siblings.pop(uid, None)
            if not siblings:
                del self._by_owner[item.owner]
        return item

    def absent(self, listed: set[str], version: int, namespace: str | None) -> list[P]:
        """What a LIST taken at this version should have shown and did not."""
        return [
            item
            for item in self._items.values()
            if item.uid not in listed
            and item.version <= version
            and (namespace is None or item.namespace == namespace)
        ]


class Store:
    """All shelves, and what was scraped from running trials."""

    def __init__(self) -> None:
        self.jobs: Shelf[KnownJob] = Shelf()
        self.trials: Shelf[KnownTrial] = Shelf()
        self.runs: Shelf[BatchJob] = Shelf()
        self.pods: Shelf[Pod] = Shelf()
        self.scraped: dict[str, tuple[Observed, ...]] = {}  # by the uid of the run's Job
        self.confirmed: set[str] = set()  # the same: ended Jobs whose pods the API server was asked for
        self.refusals: dict[str, Refusal] = {}  # by the same: the last one that was asked for
        self._names: dict[JobKey, str] = {}

    def job(self, key: JobKey) -> KnownJob | None:
        """The TuningJob that has this name now."""
        return self.jobs.get(self._names.get(key, ""))

    def put(self, kind: Kind, body: Mapping[str, Any]) -> JobKey | None:
        """Take in an object; the key of the job that should be looked at because of it, if any."""
        changed = False
        if kind is TUNING_JOBS:
            changed = self._put_job(read_job(body))
        elif kind is TRIALS:
            trial = read_trial(body)
            changed = trial is not None and self.trials.put(trial)
        elif kind is JOBS:
            run = batch_job(body)
            changed = run is not None and self.runs.put(run)
        else:
            seen = pod(body)
            changed = seen is not None and self.pods.put(seen)
        return key_of(kind, body) if changed else None

    def delete(self, kind: Kind, body: Mapping[str, Any]) -> JobKey | None:
        """Take in an object's end. A pod that still has something to tell stays, marked as gone."""
        uid = body["metadata"]["uid"]
        if kind is PODS:
            return key_of(kind, body) if self._pod_is_gone(uid, pod(body)) else None
        self.drop(kind, uid)
        return key_of(kind, body)

    def drop(self, kind: Kind, uid: str) -> None:
        """Forget an object that is no more."""
        if kind is TUNING_JOBS:
            known = self.jobs.remove(uid)
            if known and self._names.get((known.namespace, known.name)) == uid:
                del self._names[known.namespace, known.name]
        elif kind is TRIALS:
            self.trials.remove(uid)
        elif kind is JOBS:
            self.runs.remove(uid)
        else:
            self._pod_is_gone(uid, None)

    def release(self, run_uid: str) -> None:
        """The run's Trial has recorded all that its pods and scrapes had to tell."""
        self.scraped.pop(run_uid, None)
        self.refusals.pop(run_uid, None)
        self.confirmed.discard(run_uid)
        for known in self.pods.claims(run_uid):
            if known.gone:
                self.pods.remove(known.uid)

    def collect(self) -> None:
        """Forget pods and scrapes that no Trial will ever ask for."""
        gone = (
            {known.owner for known in self.pods if known.gone}
            | set(self.scraped)
            | set(self.refusals)
            | self.confirmed
        )
        for run_uid in gone - self._awaited():
            self.release(run_uid)

    def _awaited(self) -> set[str]:
        """Runs whose end some Trial has not recorded yet."""
        recorded = {
            run.uid for known in self.trials if not known.trial.finished for run in known.trial.status.runs
        }
        unrecorded = {run.uid for run in self.runs if not self._has_finished(run.owner)}
        return recorded | unrecorded

    def _has_finished(self, trial_uid: str) -> bool:
        known = self.trials.get(trial_uid)
        return known is not None and known.trial.finished

    def _put_job(self, known: KnownJob | None) -> bool:
        if known is None or not self.jobs.put(known):
            return False
        holder = self.jobs.get(self._names.get((known.namespace, known.name), ""))
        if holder is None or holder.version <= known.version:
            self._names[known.namespace, known.name] = known.uid
        return True

    def _pod_is_gone(self, uid: str, last: Pod | None) -> bool:
        known = last or self.pods.get(uid)
        self.pods.bury(uid)
        if known is None:
            return False
        self.pods.replace(replace(known, gone=True))
        return True


def key_of(kind: Kind, body: Mapping[str, Any]) -> JobKey | None:
    """The work queue's key for an object. By label: a wrong one only wakes a job for nothing."""
    metadata = body["metadata"]
    if kind is TUNING_JOBS:
        return metadata["namespace"], metadata["name"]
    name = (metadata.get("labels") or {}).get(names.JOB_LABEL)
    return (metadata["namespace"], name) if name else None
