"""The loop of `tuning run`: snapshot, decide, carry out, write one status."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone

from tuning_operator.api import Best, TuningJob, TuningJobStatus
from tuning_operator.engine import actions
from tuning_operator.engine.decide import decide
from tuning_operator.engine.findings import Findings
from tuning_operator.errors import ImageError, InternalError, InterruptedByUser, ManifestError, TuningError
from tuning_operator.local.failure import first_failure, mark_failed_start
from tuning_operator.local.proposer import Proposer
from tuning_operator.local.scraper import scraping
from tuning_operator.local.store import Store
from tuning_operator.local.world import World
from tuning_operator.report.progress import Listener, Progress
from tuning_operator.report.result import so_far
from tuning_operator.search.problem import Exhausted, Wait

MEND = "Mend it and run the same command again: it starts over. --keep-going lets trials fail."
TICK_SECONDS = 0.5
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Shell:
    """Drives one job to its end, or to a clean stop."""

    job: TuningJob
    store: Store
    world: World
    proposer: Proposer
    listener: Listener
    keep_going: bool
    changed: asyncio.Event
    began: datetime = field(default_factory=lambda: datetime.now(timezone.utc))
    findings: Findings | None = None
    exhausted: int = 0
    """Up to this stage the search has nothing left to propose."""
    foreseen: TuningJobStatus | None = None
    """The status to be written once nothing is left to do; shown already."""
    leaving: TuningError | None = None
    """Why the command ends before the job does: everything is stopped, to go on next time."""

    async def run(self) -> TuningJob:
        """The finished job. Raises what made the command leave before."""
        self.world.take_up()
        self._show()
        with self._signals(asyncio.current_task()):
            async with scraping(self.world, self.job, self.listener.note), self._showing():
                try:
                    return await self._until_over()
                except asyncio.CancelledError:
                    raise self._farewell() from None
                finally:
                    for run in self.world.live:  # only after Ctrl-C twice, or an error of ours
                        run.kill()
                    await self.world.close()

    async def _until_over(self) -> TuningJob:
        while True:
            self.changed.clear()
            wake = await self._settle()
            self._show()
            if not self.world.live and self._is_over():
                return self.job
            await self._sleep_until(wake)

    def _is_over(self) -> bool:
        over = self.job.status.completion_time is not None
        if isinstance(self.leaving, ImageError) or (self.leaving and not over):
            raise self._farewell()
        if self.job.spec.suspend and self.job.status.phase == "Suspended":
            raise ManifestError("spec.suspend: true, so nothing runs; set it to false, and run again")
        return over

    def _farewell(self) -> TuningError:
        """What made the command leave, and how it goes on."""
        if isinstance(self.leaving, ImageError):
            return ImageError(f"{self.leaving}\n{MEND}")
        return InterruptedByUser(so_far(self._as_foreseen(), self.store.directory))

    async def _settle(self) -> datetime | None:
        """Decide and act until nothing is left to do; then write the status. Returns when to look again."""
        while True:
            decision = decide(
                self._asked(),
                self.world.views(),
                self._now(),
                exhausted=self.exhausted,
                findings=self.findings,
            )
            self.foreseen = decision.status
            if not await self._carry_out(decision.actions):
                self._keep(decision.status)
                return decision.wake

    def _asked(self) -> TuningJob:
        """The job as this machine can run it now: leaving is suspending, and devices limit `parallel`."""
        trials = self.job.spec.trials.model_copy(update={"parallel": self.world.parallel})
        suspend = self.job.spec.suspend or self.leaving is not None
        spec = self.job.spec.model_copy(update={"trials": trials, "suspend": suspend})
        return self.job.model_copy(update={"spec": spec})

    async def _carry_out(self, wanted: tuple[actions.Action, ...]) -> bool:
        """Carry out actions in their order; False when none of them changed anything."""
        done, exhausted = False, self.exhausted
        for action in wanted:
            did = await self._act(action)
            done |= did
            is_trial = isinstance(action, actions.StartTrial)
            if is_trial and (not did or self.exhausted > exhausted):
                break  # the trials after this one are numbered on, and would leave a gap
        return done

    async def _act(self, action: actions.Action) -> bool:
        world = self.world
        match action:
            case actions.RecordTrial(number, status):
                world.record(number, status)
                self._look_at_failure()
            case actions.StopRun(number, run):
                await world.stop_run(number, run)
            case actions.ReleaseRun(number, run):
                await world.release_run(number, run)
            case actions.StartTrial():
                return self.leaving is None and await self._start_trial(action)
            case actions.StartRun(number, run, purpose):
                return self.leaving is None and await world.start_run(self.job, number, run, purpose)
            case actions.Advise():
                await self._find()
            case actions.DeleteJob():
                return False  # on a laptop, what somebody waited for is not thrown away
        self._show()
        return True

    async def _start_trial(self, action: actions.StartTrial) -> bool:
        answer = await self.proposer.propose(self.job, list(self.world.trials.values()), action)
        if isinstance(answer, Exhausted):
            self.exhausted = action.stage
            return True
        if isinstance(answer, Wait):
            if not self.world.live:
                raise InternalError(f"the search waits for a trial, and none runs: {answer.why}")
            return False
        if self.leaving is not None:
            return False
        self.world.create_trial(self.job, action, answer)
        return await self.world.start_run(self.job, action.number, 1, "Train")

    async def _find(self) -> None:
        try:
            self.findings = await self.proposer.find(self.job, list(self.world.trials.values()))
        except InternalError as error:  # the result is what somebody waited for, with advice or without
            self.listener.note(str(error))
            self.findings = Findings()

    def _look_at_failure(self) -> None:
        if self.keep_going or self.leaving is not None:
            return
        words = first_failure(self.world.trials.values(), self.began, self.store)
        if words is not None:
            self.leaving = ImageError(words)
            mark_failed_start(self.store, words)

    def _keep(self, status: TuningJobStatus) -> None:
        """Write the status if it changed."""
        places = {
            "best": self._here(status.best),
            "baseline": self._here(status.baseline),
            "pareto": [self._here(member) for member in status.pareto or []] or None,
        }
        status = status.model_copy(update=places)
        if status != self.job.status:
            self.job = self.job.model_copy(update={"status": status})
            self.store.write_job(self.job)

    def _here(self, best: Best | None) -> Best | None:
        """With its artifact where it is on this machine, if the trial has left one."""
        if best is None:
            return None
        path = self.store.artifacts(best.number)
        has_any = path.is_dir() and any(path.iterdir())
        return best.model_copy(update={"artifact": str(path.absolute()) if has_any else None})

    async def _sleep_until(self, wake: datetime | None) -> None:
        """Until a run has ended, a signal came, or the time has."""
        seconds = None if wake is None else max(0.0, (wake - self._now()).total_seconds())
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.changed.wait(), seconds)

    def _show(self) -> None:
        failed_start = isinstance(self.leaving, ImageError)
        views, parallel = self.world.views(), self.world.parallel
        self.listener.show(
            Progress(self._as_foreseen(), views, self._now(), self.began, parallel, failed_start)
        )

    def _as_foreseen(self) -> TuningJob:
        return self.job.model_copy(update={"status": self.foreseen or self.job.status})

    @contextlib.asynccontextmanager
    async def _showing(self) -> AsyncIterator[None]:
        """The view moves on by itself, also while a proposal is being computed."""
        task = asyncio.create_task(self._show_again_and_again())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _show_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self._show()

    @contextlib.contextmanager
    def _signals(self, task: asyncio.Task[TuningJob] | None) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._interrupt, task)
        try:
            yield
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)

    def _interrupt(self, task: asyncio.Task[TuningJob] | None) -> None:
        """The first time: stop cleanly. While that goes on: at once."""
        if self.leaving is not None:
            if task is not None:
                task.cancel()
            return
        self.leaving = InterruptedByUser()
        self.listener.note("stopping: trials are told to end (Ctrl-C once more kills them)")
        self.changed.set()

    @staticmethod
    def _now() -> datetime:
        return datetime.now(timezone.utc)
