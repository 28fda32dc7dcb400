"""Carries out what `decide` asks for: one API write after the other, each safe to repeat.

Trials and Jobs are created by POST under names that follow from their numbers. When a name is
taken, its holder decides: ours, then an earlier life of ours made it; on its way out, then later;
someone else's, then somebody must act.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tuning_operator.api import Trial, names
from tuning_operator.cluster.client import Body, Client
from tuning_operator.cluster.errors import AlreadyExists, Conflict, NameTaken, NotFound, NotYet
from tuning_operator.cluster.kinds import JOBS, TRIALS, TUNING_JOBS, Kind
from tuning_operator.cluster.objects import run_body, trial_body
from tuning_operator.cluster.projections import controller
from tuning_operator.cluster.reading import KnownJob, KnownTrial
from tuning_operator.cluster.store import Store
from tuning_operator.engine.actions import DeleteJob, RecordTrial, ReleaseRun, StartRun, StartTrial, StopRun
from tuning_operator.engine.proposal import Proposed

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Acts:
    """Writes to the API server and puts the answers into the Store, so that the next decision sees them."""

    client: Client
    store: Store

    async def create_trial(self, known: KnownJob, action: StartTrial, proposed: Proposed) -> Trial:
        """Write down what was proposed, before anything runs with it."""
        body = trial_body(
            known.job,
            number=action.number,
            stage=action.stage,
            purpose=action.purpose,
            seed=action.seed,
            proposed=proposed,
            basis=action.basis,
        )
        trial = Trial.model_validate(await self._create(TRIALS, body))
        fields = {"trial": trial.metadata.name, "parameters": trial.spec.parameters, **_of(known)}
        logger.info("trial created", extra=fields)
        return trial

    async def start_run(self, known: KnownJob, trial: Trial, action: StartRun) -> None:
        await self._create(JOBS, run_body(known.job, trial, action.run, action.purpose))
        extra = {"trial": trial.metadata.name, "run": action.run, **_of(known)}
        logger.info("run started", extra=extra)

    async def record_trial(self, known: KnownTrial, action: RecordTrial) -> None:
        status = action.status.to_json()
        await self._write_status(TRIALS, known, status)
        if action.status.completion_time is None:
            return
        for run in action.status.runs:
            self.store.release(run.uid)
        reason = action.status.reason
        extra = {"trial": known.name, "reason": reason, "says": action.status.message}
        logger.info("trial finished", extra={**extra, "job": _path(known)})

    async def end_run(self, known: KnownTrial, action: StopRun | ReleaseRun) -> bool:
        """Delete the run's Job in the background; its container gets SIGTERM. False when it is gone."""
        for run in self.store.runs.of(known.namespace, known.uid):
            if run.run == action.run and not run.deleting:
                await self._delete(JOBS, run.namespace, run.name, run.uid)
                what = "run stopped" if isinstance(action, StopRun) else "run released"
                logger.info(what, extra={"trial": known.name, "run": action.run, "job": _path(known)})
                return True
        return False

    async def delete_job(self, known: KnownJob, _: DeleteJob) -> None:
        await self._delete(TUNING_JOBS, known.namespace, known.name, known.uid)
        logger.info("finished job deleted, its time to live is over", extra=_of(known))

    async def write_job_status(self, known: KnownJob, status: Body) -> None:
        await self._write_status(TUNING_JOBS, known, status)

    async def _write_status(self, kind: Kind, known: KnownJob | KnownTrial, status: Body) -> None:
        try:
            version = str(known.version)
            body = await self.client.write_status(kind, known.namespace, known.name, version, status)
        except Conflict:
            self.store.put(kind, await self.client.get(kind, known.namespace, known.name))
            raise
        except NotFound:
            self.store.drop(kind, known.uid)
            if isinstance(known, KnownTrial):
                await self._look_at_job_of(known)
            raise
        self.store.put(kind, body)

    async def _look_at_job_of(self, known: KnownTrial) -> None:
        """A Trial mostly goes with its TuningJob, whose end may be told late: it is not made again then."""
        job = self.store.jobs.owner_of(known)
        if job is None:
            return
        try:
            found = await self.client.get(TUNING_JOBS, job.namespace, job.name)
        except NotFound:
            self.store.drop(TUNING_JOBS, job.uid)
            return
        if found["metadata"]["uid"] != job.uid:
            self.store.drop(TUNING_JOBS, job.uid)
        self.store.put(TUNING_JOBS, found)

    async def _create(self, kind: Kind, body: Body) -> Body:
        namespace = body["metadata"]["namespace"]
        try:
            made = await self.client.create(kind, namespace, body)
        except AlreadyExists:
            made = await self.client.get(kind, namespace, body["metadata"]["name"])
            require_ours(kind, made, body)
        self.store.put(kind, made)
        return made

    async def _delete(self, kind: Kind, namespace: str, name: str, uid: str) -> None:
        try:
            answer = await self.client.delete(kind, namespace, name, uid)
        except (NotFound, Conflict):  # gone, or already another one of the same name
            self.store.drop(kind, uid)
            return
        if answer.get("kind") == "Status":
            self.store.drop(kind, uid)
        else:  # it has a finalizer, of Kueue or somebody else, and stays for a while
            self.store.put(kind, answer)


def require_ours(kind: Kind, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Judge who holds the name that we want; returns when it is ours already.

    Raises NotYet when the holder is on its way out: being deleted, or of a namesake that is gone
    (we hold that one's name, so it is). Raises NameTaken when it is someone else's.
    """
    name = found["metadata"]["name"]
    holder, ours = controller(found) or {}, controller(wanted) or {}
    if "deletionTimestamp" in found["metadata"]:
        raise NotYet(f"{kind.plural} {name} of before is still being deleted")
    if holder.get("uid") == ours.get("uid"):
        return
    if all(holder.get(field) == ours.get(field) for field in ("apiVersion", "kind", "name")):
        raise NotYet(f"{kind.plural} {name} belongs to a {ours.get('kind')} {ours.get('name')} that is gone")
    belongs = f"belongs to {holder.get('kind')} {holder.get('name')}" if holder else "belongs to nobody"
    raise NameTaken(
        f"a {found.get('kind')} named {name} exists and {belongs}: delete it, or give this job another name"
    )


def _of(known: KnownJob) -> dict[str, str]:
    return {"job": f"{known.namespace}/{known.name}"}


def _path(known: KnownTrial) -> str:
    return f"{known.namespace}/{known.trial.metadata.labels.get(names.JOB_LABEL, '')}"
