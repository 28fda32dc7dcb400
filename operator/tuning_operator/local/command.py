"""`tuning run`: one job of a manifest, from reading to the result."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from tuning_operator.api import TuningJob
from tuning_operator.engine.stages import plan
from tuning_operator.local import devices
from tuning_operator.local.begin import begin
from tuning_operator.local.failure import forget_failed_start
from tuning_operator.local.files import locked
from tuning_operator.local.programs import check_program
from tuning_operator.local.proposer import Proposer
from tuning_operator.local.shell import Shell
from tuning_operator.local.store import Store
from tuning_operator.local.template import not_honoured, read_program
from tuning_operator.local.world import World
from tuning_operator.report.progress import Listener


@dataclass(frozen=True)
class Options:
    """How to run a job here.

    manifest_directory: where trials' processes start.
    keep_going: do not stop when the first trial to end has failed.
    fresh: begin anew, whatever is there.
    """

    runs: Path
    manifest_directory: Path
    keep_going: bool = False
    fresh: bool = False


def run_job(wanted: TuningJob, options: Options, listener: Listener) -> TuningJob:
    """Run a valid job to its end and return it; one that has finished before is returned as it is.

    Raises the errors of `tuning_operator.errors`, InterruptedByUser among them.
    """
    program = read_program(wanted)
    store = Store(options.runs / wanted.metadata.name)
    with locked(store.directory):
        job = begin(store, wanted, fresh=options.fresh, keep_going=options.keep_going, note=listener.note)
        if job.status.completion_time is not None:
            listener.note(f"{job.metadata.name} has ended before; --fresh starts over")
            return job
        check_program(program, options.manifest_directory)
        forget_failed_start(store)
        gpus = devices.find_devices() if program.gpus else ()
        parallel = devices.most_at_once(program.gpus, job.spec.trials.parallel, gpus)
        _say_what_differs(job, parallel, listener)

        async def drive() -> TuningJob:
            changed = asyncio.Event()
            world = World(store, program, options.manifest_directory, gpus, parallel, changed.set)
            with Proposer() as proposer:
                return await Shell(job, store, world, proposer, listener, options.keep_going, changed).run()

        return asyncio.run(drive())


def _say_what_differs(job: TuningJob, parallel: int, listener: Listener) -> None:
    for words in plan(job):
        listener.note(words)
    left_out = not_honoured(job)
    if left_out not in ([], ["image"]):  # that a process has no image goes without saying
        listener.note(f"not used on this machine: {', '.join(left_out)}")
    if parallel < job.spec.trials.parallel:
        listener.note(f"{parallel} of {job.spec.trials.parallel} trials at once: there are no more GPUs")
