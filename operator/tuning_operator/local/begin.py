"""Opens a job's directory: begins a new job, or goes on with the one that is there."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timezone

from tuning_operator.api import TuningJob, validation
from tuning_operator.api.visit import of_first_trial
from tuning_operator.errors import ManifestError
from tuning_operator.local import process
from tuning_operator.local.failure import is_failed_start
from tuning_operator.local.files import move_aside
from tuning_operator.local.store import Store


def begin(
    store: Store, wanted: TuningJob, *, fresh: bool, keep_going: bool, note: Callable[[str], None]
) -> TuningJob:
    """The job to drive, on record. Its directory must be locked.

    fresh: moves what is there aside, and ends processes that still run for it. So does, without
    keep_going, a start that failed before anything had succeeded: what failed, the initial trials
    among it, is tried again, by whatever manifest there is now.
    Raises ManifestError where the manifest was edited in a way that a begun job cannot follow.
    """
    if fresh:
        _start_over(store, note, "--fresh: what was in {there} is now in {aside}")
    elif not keep_going and is_failed_start(store):
        _start_over(store, note, "nothing had succeeded: the failed start is kept in {aside}")
    recorded = store.job()
    job = _new(wanted) if recorded is None else _continued(store, recorded, wanted)
    if job != recorded:
        store.write_job(job)
    return job


def _start_over(store: Store, note: Callable[[str], None], words: str) -> None:
    for files in store.runs():
        process.end_leftover(files)
    aside = move_aside(store.directory)
    if aside is not None:
        note(words.format(there=store.directory, aside=aside))


def _new(wanted: TuningJob) -> TuningJob:
    metadata = wanted.metadata.model_copy(
        update={
            "namespace": wanted.metadata.namespace or "default",
            "uid": str(uuid.uuid4()),
            "generation": 1,
            "creation_timestamp": datetime.now(timezone.utc).replace(microsecond=0),
        }
    )
    return wanted.model_copy(update={"metadata": metadata})


def _continued(store: Store, recorded: TuningJob, wanted: TuningJob) -> TuningJob:
    if recorded.spec == wanted.spec:
        return recorded
    trials = store.trials()
    if not trials:  # the command ended before the first one: there is nothing to be true to
        return _new(wanted)
    refused = validation.problems(wanted.to_json(), recorded.to_json())
    if unlike := of_first_trial(wanted, trials[min(trials)]):
        refused = refused or [unlike]
    if refused:
        begun = f"{wanted.metadata.name} has begun with another manifest: --fresh starts over"
        raise ManifestError(*refused, begun)
    generation = (recorded.metadata.generation or 0) + 1
    metadata = recorded.metadata.model_copy(update={"generation": generation})
    return recorded.model_copy(update={"spec": wanted.spec, "metadata": metadata})
