"""One visit to a job: snapshot, first visit, decide, act, one status. Reads from top to bottom.

Everything is derived from the resources again each time, so the operator may die after any write.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from tuning_operator.api import Trial, TuningJobStatus
from tuning_operator.cluster.acts import Acts
from tuning_operator.cluster.admission import INVALID, NO_ROOM, REFUSED, Admission
from tuning_operator.cluster.errors import NameTaken, Refused
from tuning_operator.cluster.notes import job_notes, trial_recorded, trial_started
from tuning_operator.cluster.proposals import Proposer
from tuning_operator.cluster.questions import BEFORE_ALL, Questions, sooner
from tuning_operator.cluster.reading import KnownJob, KnownTrial
from tuning_operator.cluster.recorder import Recorder
from tuning_operator.cluster.snapshot import trial_views
from tuning_operator.cluster.store import JobKey, Store
from tuning_operator.cluster.workqueue import Later
from tuning_operator.engine.actions import (
    Action,
    Advise,
    Decision,
    DeleteJob,
    RecordTrial,
    StartRun,
    StartTrial,
)
from tuning_operator.engine.completion import is_finished
from tuning_operator.engine.decide import decide
from tuning_operator.engine.findings import Findings
from tuning_operator.engine.snapshot import Obstacle
from tuning_operator.metrics.exporter import Exporter
from tuning_operator.search.errors import SearchError
from tuning_operator.search.problem import Exhausted, Wait

logger = logging.getLogger(__name__)

WRITE_EVERY = 1.0  # seconds between two writes of a job's status that differ only in figures
LONGEST_VISIT = timedelta(seconds=60)  # a thousand slow proposals would look stuck to /healthz
ROOM_AGAIN = 15.0  # seconds until a quota that had no room is tried again, should nothing of ours end before
RECORDS_AT_ONCE = 8  # half of the connections: other jobs have something to write, too
MOST_ROUNDS = 1000  # decisions in one visit; a job of 10,000 trials that all end at once needs a few


@dataclass
class Visit:
    """What is learnt on the way: it is handed to the next decision of the same visit.

    until: when the other jobs come first; exhausted: up to this stage there is nothing left to propose.
    """

    known: KnownJob
    until: datetime
    obstacle: Obstacle | None = None
    exhausted: int = 0
    findings: Findings | None = None
    waits: bool = False
    met: Obstacle | None = None
    again: bool = False
    launch: asyncio.Task[bool] | None = None

    def obstacle_is_new(self) -> bool:
        """True once for each obstacle."""
        is_new = self.obstacle is not self.met
        self.met = self.obstacle
        return is_new


class Stalled(Later):
    """The job's status says what must be mended; its running trials may want a look sooner."""


class Reconciler:
    """Brings one job at a time to where `decide` wants it."""

    def __init__(
        self,
        store: Store,
        acts: Acts,
        proposer: Proposer,
        recorder: Recorder,
        measures: Exporter,
        clock: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        self._store = store
        self._acts = acts
        self._proposer = proposer
        self._recorder = recorder
        self._measures = measures
        self._clock = clock
        self._admission = Admission(acts.client)
        self._questions = Questions(acts.client, store, clock)
        self._written: dict[str, datetime] = {}
        self.news: Callable[[JobKey], int] = lambda _: 0

    async def reconcile(self, key: JobKey) -> float | None:
        """Visit the job; the seconds until it wants to be visited again, or None.

        Raises Stalled, NotYet or an ApiError when it wants to be visited again after a pause.
        """
        known = self._store.job(key)
        if known is None or known.job.metadata.deletion_timestamp is not None:
            return None  # its children follow it by their owner references
        with self._measures.reconcile():
            return await self._visit(known)

    def keep_only(self, uids: set[str]) -> None:
        """Forget jobs that are gone."""
        self._admission.keep_only(uids)
        self._questions.keep_only(uids)
        for uid in set(self._written) - uids:
            del self._written[uid]

    async def _visit(self, known: KnownJob) -> float | None:
        # 1. What the snapshot lacks, and only a question can tell.
        await self._questions.confirm_missing(known)
        await self._questions.confirm_ends(known)
        recheck = await self._questions.why_no_pod(known)
        # 2. What must be mended before anything can start.
        trials = self._trials(known)
        obstacle = None if is_finished(known.job) else await self._admission.obstacle(known, trials)
        visit = Visit(known, self._clock() + LONGEST_VISIT, obstacle, met=obstacle)
        # 3. and 4. Decide and act, until there is nothing to do.
        decision = await self._decide_and_act(visit)
        if decision is None:
            return None
        # 5. One status.
        unwritten = await self._write_status(visit.known, decision.status)
        wake = (decision.wake - self._clock()).total_seconds() if decision.wake else None
        room = ROOM_AGAIN if visit.obstacle is not None and visit.obstacle.passes else None
        within = 0.0 if visit.again else sooner(wake, recheck, unwritten, room)
        if visit.obstacle is not None and decision.status.phase == "Stalled":
            raise Stalled(visit.obstacle.message, within)
        return within

    async def _decide_and_act(self, visit: Visit) -> Decision | None:
        """The last decision; None when the job is gone, or on its way out."""
        for _ in range(MOST_ROUNDS):
            if self._is_going(visit.known):
                return None
            visit.known = self._store.jobs.get(visit.known.uid) or visit.known
            decision = self._decide(visit)
            if not await self._act(visit, decision.actions):
                return decision
            if self._is_over(visit):
                break
        visit.again = True  # the other jobs come first, and this one's progress is told meanwhile
        return decision

    def _decide(self, visit: Visit) -> Decision:
        views = trial_views(self._store, visit.known)
        return decide(
            visit.known.job,
            views,
            self._clock(),
            exhausted=visit.exhausted,
            obstacle=visit.obstacle,
            findings=visit.findings,
        )

    async def _act(self, visit: Visit, actions: tuple[Action, ...]) -> bool:
        """Carry the actions out in their order; True when there is a reason to decide again."""
        seen, exhausted = self._news(visit), visit.exhausted
        records = [action for action in actions if isinstance(action, RecordTrial)]
        acted = await self._record(visit, records)
        try:
            for action in actions[len(records) :]:  # records are what a decision begins with
                if self._is_over(visit):
                    return True
                starts = isinstance(action, StartTrial | StartRun)
                if starts and self._is_outdated(visit, action, seen):
                    return True  # records, stops and releases stay right
                acted |= await self._attempt(visit, self._carry_out(visit, action), starts=starts)
                if visit.obstacle_is_new() or visit.exhausted > exhausted:
                    return True
        finally:
            await self._launched(visit)
        return acted or visit.obstacle_is_new() or self._news(visit) > seen

    async def _attempt(self, visit: Visit, doing: Awaitable[bool], *, starts: bool) -> bool:
        """Whether something was done, or met what must be mended before anything can start."""
        try:
            return await doing
        except NameTaken as error:
            visit.obstacle = Obstacle("NameTaken", str(error))
        except SearchError as error:
            visit.obstacle = Obstacle(INVALID, str(error))
        except Refused as error:
            if not starts:
                raise
            reason = NO_ROOM if error.wants_room else REFUSED
            visit.obstacle = Obstacle(reason, error.message, passes=error.wants_room)
        return False

    async def _record(self, visit: Visit, records: Sequence[RecordTrial]) -> bool:
        """Trials that end together are recorded together: no record waits for another's answer."""
        recorded = False
        for i in range(0, len(records), RECORDS_AT_ONCE):
            if self._is_over(visit):
                return True
            together = [self._carry_out(visit, record) for record in records[i : i + RECORDS_AT_ONCE]]
            answers = await asyncio.gather(*together, return_exceptions=True)
            for error in answers:
                if isinstance(error, BaseException):
                    raise error
            recorded |= any(answers)
        return recorded

    def _is_over(self, visit: Visit) -> bool:
        return self._clock() >= visit.until

    def _is_outdated(self, visit: Visit, action: Action, seen: int) -> bool:
        """Decided on what is no longer so. Most news is of what this visit has itself begun."""
        if self._is_going(visit.known):
            return True
        if self._news(visit) == seen:
            return False
        visit.known = self._store.jobs.get(visit.known.uid) or visit.known
        return action not in self._decide(visit).actions

    def _is_going(self, known: KnownJob) -> bool:
        now = self._store.jobs.get(known.uid)
        return now is None or now.job.metadata.deletion_timestamp is not None

    def _news(self, visit: Visit) -> int:
        return self.news((visit.known.namespace, visit.known.name))

    async def _carry_out(self, visit: Visit, action: Action) -> bool:
        """False when there was nothing to do."""
        if isinstance(action, StartTrial):
            return await self._start_trial(visit, action)
        if isinstance(action, Advise):
            trials = [known.trial for known in self._trials(visit.known)]
            visit.findings = await self._proposer.find(visit.known.job, trials)
            return True
        if isinstance(action, DeleteJob):
            await self._acts.delete_job(visit.known, action)
            return True  # there is nothing left to decide on, and the next round sees that
        trial = self._trial(visit.known, action.number)
        if trial is None:  # deleted since the decision was made
            return False
        if isinstance(action, StartRun):
            await self._acts.start_run(visit.known, trial.trial, action)
        elif isinstance(action, RecordTrial):
            await self._acts.record_trial(trial, action)
            for note in trial_recorded(trial.trial, action.status):
                self._recorder.note(visit.known.job, note)
        else:
            return await self._acts.end_run(trial, action)
        return True

    async def _start_trial(self, visit: Visit, action: StartTrial) -> bool:
        if visit.waits:
            return False
        trials = [known.trial for known in self._trials(visit.known)]
        algorithm = visit.known.job.spec.search.stages[action.stage - 1].algorithm
        with self._measures.proposal(algorithm):
            answer = await self._proposer.propose(
                visit.known.job, trials, action.number, action.stage, action.basis
            )
        if self._is_going(visit.known):
            return True  # a proposal takes its time, and the job was deleted meanwhile
        if isinstance(answer, Exhausted):
            visit.exhausted = action.stage
            return True  # decide again, now that this is known
        if isinstance(answer, Wait):
            visit.waits = True
            return False
        trial = await self._acts.create_trial(visit.known, action, answer)
        await self._launched(visit)
        visit.launch = asyncio.create_task(self._launch(visit, trial))
        return True

    async def _launch(self, visit: Visit, trial: Trial) -> bool:
        """Create the Trial's first run; the next Trial is proposed and created meanwhile."""
        if not trial.status.runs:
            await self._acts.start_run(visit.known, trial, StartRun(trial.number, 1, "Train"))
        self._recorder.note(visit.known.job, trial_started(trial))
        return True

    async def _launched(self, visit: Visit) -> None:
        """Wait for the run that is being created; no more than one is."""
        launch, visit.launch = visit.launch, None
        if launch is not None:
            await self._attempt(visit, launch, starts=True)

    async def _write_status(self, known: KnownJob, status: TuningJobStatus) -> float | None:
        """Write what has changed; the seconds until it may be, if it is only figures and too soon."""
        before = known.job.status
        if status.to_json() == before.to_json():
            return None
        pause = WRITE_EVERY - (self._clock() - self._written.get(known.uid, BEFORE_ALL)).total_seconds()
        if pause > 0 and _is_only_figures(before, status):
            return pause
        await self._acts.write_job_status(known, status.to_json())
        self._written[known.uid] = self._clock()
        for note in job_notes(known.job, status):
            self._recorder.note(known.job, note)
        if status.phase != known.job.status.phase:
            fields = {"job": f"{known.namespace}/{known.name}", "phase": status.phase, "says": status.message}
            logger.info("phase changed", extra=fields)
        return None

    def _trial(self, known: KnownJob, number: int) -> KnownTrial | None:
        return next((t for t in self._trials(known) if t.trial.number == number), None)

    def _trials(self, known: KnownJob) -> list[KnownTrial]:
        return self._store.trials.of(known.namespace, known.uid)


def _is_only_figures(before: TuningJobStatus, after: TuningJobStatus) -> bool:
    """Neither a person nor a machine waits for what differs."""
    same = (before.phase, before.observed_generation, before.conditions)
    return same == (after.phase, after.observed_generation, after.conditions)
