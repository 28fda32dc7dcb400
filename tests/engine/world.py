"""A simulated world around `decide`: actions change it one at a time, and the shell may die at any of them.

What is on record (Trials, the job's status) survives a death; nothing else of the shell does.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tuning_operator.api import Metadata, Trial, TrialSpec, TrialStatus, TuningJob
from tuning_operator.engine.actions import (
    Action,
    Advise,
    DeleteJob,
    RecordTrial,
    ReleaseRun,
    StartRun,
    StartTrial,
    StopRun,
)
from tuning_operator.engine.decide import decide
from tuning_operator.engine.findings import Findings, find
from tuning_operator.engine.proposal import Proposed, propose
from tuning_operator.engine.snapshot import Observed, Report, RunView, TrialView
from tuning_operator.search.problem import Exhausted

from tests.engine.builders import NOW


class Died(Exception):
    """The shell was killed."""


@dataclass
class World:
    """Trials, runs and the clock; `deaths` are numbers of actions before or after which the shell dies."""

    job: TuningJob
    deaths: frozenset[int] = frozenset()
    now: datetime = NOW
    trials: dict[int, Trial] = field(default_factory=dict)
    runs: dict[tuple[int, int], RunView] = field(default_factory=dict)
    writes: dict[int, int] = field(default_factory=dict)
    exhausted: int = 0
    findings: Findings | None = None
    acted: int = 0
    deleted: bool = False

    def settle(self) -> None:
        """Let the shell work until it has nothing to do, started again whenever it dies."""
        for _ in range(1000):
            try:
                if not self._pass():
                    return
            except Died:
                self.exhausted, self.findings = 0, None
        raise AssertionError("the shell never comes to rest")

    def views(self) -> list[TrialView]:
        return [TrialView(trial, self._newest(number)) for number, trial in self.trials.items()]

    def live(self) -> int:
        """Runs that use the cluster."""
        return sum(run.state in ("Waiting", "Running") for run in self.runs.values())

    def see(self, number: int, **change: object) -> None:
        """Change the newest run of a trial."""
        run = self._newest(number)
        assert run is not None
        self.runs[number, run.number] = replace(run, **change)  # type: ignore[arg-type]

    def _pass(self) -> bool:
        decision = decide(self.job, self.views(), self.now, exhausted=self.exhausted, findings=self.findings)
        for action in decision.actions:
            self._die_at(2 * self.acted)
            if not self._carry_out(action):
                return True
            self.acted += 1
            self._die_at(2 * self.acted - 1)
        if decision.actions:
            return True
        changed = decision.status != self.job.status
        self.job = self.job.model_copy(update={"status": decision.status})
        return changed

    def _die_at(self, moment: int) -> None:
        if moment in self.deaths:
            self.deaths -= {moment}
            raise Died

    def _carry_out(self, action: Action) -> bool:
        if isinstance(action, StartTrial):
            return self._create(action)
        if isinstance(action, RecordTrial):
            self._record(action.number, action.status)
        elif isinstance(action, StartRun):
            self._start(action)
        elif isinstance(action, StopRun | ReleaseRun):
            self._delete(action.number, action.run)
        elif isinstance(action, Advise):
            self.findings = find(self.job, list(self.trials.values()))
        elif isinstance(action, DeleteJob):
            self.deleted = True
        return True

    def _create(self, action: StartTrial) -> bool:
        assert action.number not in self.trials, "a Trial is made twice"
        found = propose(self.job, list(self.trials.values()), action.number, action.stage, action.basis)
        if isinstance(found, Exhausted):
            self.exhausted = action.stage
        if not isinstance(found, Proposed):
            return False
        spec = TrialSpec(
            number=action.number,
            stage=action.stage,
            purpose=action.purpose,
            seed=action.seed,
            parameters=found.parameters,
            basis=action.basis,
            space=found.space,
        )
        self.trials[action.number] = Trial(metadata=Metadata(name=f"digits-{action.number}"), spec=spec)
        return True

    def _record(self, number: int, status: TrialStatus) -> None:
        old = self.trials[number]
        assert not old.finished, "a finished Trial is written again"
        assert status != old.status, "a write that changes nothing"
        # What is written goes through JSON, as it does on a cluster and on a disk.
        stored = TrialStatus.model_validate(status.to_json())
        assert stored == status, "the API server gives back something else"
        self.trials[number] = old.model_copy(update={"status": stored})
        self.writes[number] = self.writes.get(number, 0) + 1

    def _start(self, action: StartRun) -> None:
        key = (action.number, action.run)
        assert key not in self.runs, "a run is started twice"
        uid = f"{action.number}-{action.run}"
        self.runs[key] = RunView(action.run, uid, "Waiting", since=self.now)

    def _delete(self, number: int, run: int) -> None:
        view = self.runs[number, run]
        assert view.exists, "what does not exist is deleted"
        over = view.state == "Ended" and view.cause != "Disrupted"
        state = view.state if view.state == "Running" or over else "Gone"
        self.runs[number, run] = replace(view, state=state, exists=False, stopping=True)

    def _newest(self, number: int) -> RunView | None:
        newest = max((run for trial, run in self.runs if trial == number), default=None)
        return None if newest is None else self.runs[number, newest]

    # What happens by itself.

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def begin(self, number: int) -> None:
        """The container of a waiting run starts, in a pod of its own."""
        pod = f"pod-{number}-{self.now.timestamp()}"
        self.see(number, state="Running", started=self.now, since=self.now, cause=None, message=None, pod=pod)

    def end(self, number: int, code: int, value: float | None = None, interrupted: bool = False) -> None:
        metrics = {} if value is None else {"accuracy": value}
        report = Report(metrics=metrics, interrupted=interrupted) if metrics or interrupted else None
        self.see(number, state="Ended", ended=self.now, exit_code=code, report=report)

    def disrupt(self, number: int) -> None:
        """The pod is evicted, with whatever exit code."""
        self.see(number, state="Ended", cause="Disrupted", ended=self.now, exit_code=0)

    def replace(self, number: int) -> None:
        """The Job makes another pod in the place of the disrupted one."""
        fresh = {"started": None, "ended": None, "exit_code": None, "cause": None}
        self.see(number, state="Waiting", since=self.now, **fresh)

    def vanish(self, number: int) -> None:
        """Somebody deletes the Job."""
        self.see(number, state="Gone", exists=False, cause="JobDeleted")

    def observe(self, number: int, step: int, value: float) -> None:
        run = self._newest(number)
        assert run is not None
        self.see(number, scraped=(*run.scraped, Observed("accuracy", step, value)))
