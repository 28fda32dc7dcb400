"""The trials and runs of one job on this machine: what `decide` sees, and what its actions change."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from tuning_operator.api import (
    Metadata,
    OwnerReference,
    RunPurpose,
    Trial,
    TrialSpec,
    TrialStatus,
    TuningJob,
    names,
)
from tuning_operator.engine.actions import StartTrial
from tuning_operator.engine.environment import environment
from tuning_operator.engine.proposal import Proposed
from tuning_operator.engine.snapshot import TrialView
from tuning_operator.local import devices, process
from tuning_operator.local.programs import search_path
from tuning_operator.local.store import Store
from tuning_operator.local.template import Program

THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")


@dataclass
class World:
    """Trials by number, and of each the newest run.

    directory: where processes start: the manifest's.
    gpus: those that trials may use.
    parallel: how many trials run at once.
    changed: called when a run has ended.
    """

    store: Store
    program: Program
    directory: Path
    gpus: tuple[str, ...]
    parallel: int
    changed: Callable[[], None]
    trials: dict[int, Trial] = field(default_factory=dict)
    runs: dict[int, process.LocalRun] = field(default_factory=dict)

    def take_up(self) -> None:
        """Read what earlier commands left, and watch the processes that still run."""
        self.trials = self.store.trials()
        for files in sorted(self.store.runs(), key=lambda files: files.run):
            if files.number in self.trials:
                self.runs[files.number] = process.take_up(files, self.changed, self.program.grace)

    @property
    def live(self) -> list[process.LocalRun]:
        return [run for run in self.runs.values() if not run.is_over]

    def views(self) -> tuple[TrialView, ...]:
        """The snapshot for `decide`."""
        seen = {number: run.view for number, run in self.runs.items()}
        return tuple(TrialView(self.trials[n], seen.get(n)) for n in sorted(self.trials))

    def create_trial(self, job: TuningJob, action: StartTrial, proposed: Proposed) -> None:
        spec = TrialSpec(
            number=action.number,
            stage=action.stage,
            purpose=action.purpose,
            seed=action.seed,
            parameters=proposed.parameters,
            basis=action.basis,
            space=proposed.space,
        )
        self._keep(Trial(metadata=_metadata(job, action.number), spec=spec))

    def record(self, number: int, status: TrialStatus) -> None:
        self._keep(self.trials[number].model_copy(update={"status": status}))

    async def start_run(self, job: TuningJob, number: int, run: int, purpose: RunPurpose) -> bool:
        """Start the process of a run; False when it has been started, or a device is wanting."""
        held = self.runs.get(number)
        given = devices.take(self.program.gpus, self.gpus, self._devices_in_use())
        if (held and held.record.run >= run) or len(given) < self.program.gpus:
            return False
        files = self.store.run(number, run)
        port = process.free_port({live.record.port for live in self.live})
        contract = environment(
            job,
            self.trials[number],
            metrics_port=port,
            artifact_dir=str(self._artifacts(number)),
            termination_log=str(files.message.absolute()),
            purpose=purpose,
        )
        variables = self.program.variables(contract)
        self.runs[number] = await process.start(
            files, self.program.arguments(variables), self._environment(variables, given),
            self.directory, port, given, self.changed,
        )  # fmt: skip
        return True

    async def stop_run(self, number: int, run: int) -> None:
        held = self.runs.get(number)
        if held and held.record.run == run and not held.is_over:
            await held.stop(self.program.grace)

    async def release_run(self, number: int, run: int) -> None:
        """Forget a run of a finished trial; its log and artifacts stay."""
        held = self.runs.get(number)
        if held and held.record.run == run and held.is_over:
            await held.close()
            del self.runs[number]
        self.store.run(number, run).remove()

    async def close(self) -> None:
        for run in self.runs.values():
            await run.close()
        still_used = {live.record.number for live in self.live}
        self.store.remove_empty_artifacts(self.trials.keys() - still_used)

    def _keep(self, trial: Trial) -> None:
        self.store.write_trial(trial)
        self.trials[trial.number] = trial

    def _artifacts(self, number: int) -> Path:
        path = self.store.artifacts(number).absolute()
        path.mkdir(parents=True, exist_ok=True)
        return path

    def _devices_in_use(self) -> set[str]:
        return {device for run in self.live for device in run.record.devices}

    def _environment(self, variables: dict[str, str], given: tuple[str, ...]) -> dict[str, str]:
        """The command's own environment under the container's, and a fair share of the processors."""
        share = str(max(1, _processors() // self.parallel))
        ours = {name: value for name, value in os.environ.items() if not name.startswith("TUNING_")}
        merged = {**dict.fromkeys(THREADS, share), **ours, **variables}
        if given:
            merged["CUDA_VISIBLE_DEVICES"] = ",".join(given)
        return merged | {"PATH": search_path(merged, sys.executable)}


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _metadata(job: TuningJob, number: int) -> Metadata:
    owner = OwnerReference(
        api_version=job.api_version,
        kind=job.kind,
        name=job.metadata.name,
        uid=job.metadata.uid or "",
        controller=True,
        block_owner_deletion=False,
    )
    return Metadata(
        name=names.trial_name(job.metadata.name, number),
        namespace=job.metadata.namespace,
        creation_timestamp=datetime.now(timezone.utc).replace(microsecond=0),
        labels={names.JOB_LABEL: job.metadata.name, names.TRIAL_LABEL: str(number)},
        owner_references=[owner],
    )
