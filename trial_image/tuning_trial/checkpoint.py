"""Checkpoints: what a disrupted trial goes on from when it starts again.

    checkpoint = load_checkpoint()                          # None in a trial that starts
    if checkpoint:
        restore(checkpoint.data)
    for epoch in range(checkpoint.step if checkpoint else 0, epochs):
        report(step=epoch + 1, loss=train())
        save_checkpoint(dump())                             # bytes: a pickle, or what torch.save writes

A checkpoint is one file of the trial's artifact directory, replaced at once. Beside the program's own bytes
it holds what was reported by then, so that the page, the best step and the curves go on too. It belongs to
one set of parameters and one seed, and it is removed when the trial has handed in a complete result.
"""

import io
import json
import subprocess
import sys
import zipfile
from dataclasses import asdict, dataclass
from typing import Any

from tuning_trial import artifact
from tuning_trial.contract import Contract
from tuning_trial.curves import Curves
from tuning_trial.record import Observation, Record
from tuning_trial.session import Session, say

PATIENCE = 20.0  # seconds for a store to remove a file
CHECKPOINT_FILE = "checkpoint.zip"
HEADER, DATA = "trial.json", "data"


@dataclass(frozen=True)
class Checkpoint:
    """step: the last one that was reported when it was saved, 0 before any. data: the program's own bytes."""

    step: int
    data: bytes


def save(session: Session, data: bytes) -> None:
    """Write the checkpoint; outside of a trial, and in one without an artifact directory, do nothing.

    Raises:
        OSError: the directory cannot be written to.
    """
    place = session.contract.artifact_dir
    if place is not None:
        artifact.write(place, CHECKPOINT_FILE, pack(session, data))
        session.has_checkpoint = True


def load(session: Session) -> Checkpoint | None:
    """Return this trial's checkpoint, and let the session go on from it; None where there is none."""
    place = session.contract.artifact_dir
    if place is None:
        return None
    artifact.clear(place)
    found = artifact.read(place, CHECKPOINT_FILE)
    if found is None:
        return None
    session.has_checkpoint = True
    try:
        header, data = unpack(found)
        of, record, curves = header["of"], _record(header["record"]), Curves.of(header["curves"])
    except (ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        say(
            f"{CHECKPOINT_FILE} in {place} is none that this version wrote ({error!r}): the trial starts anew"
        )
        return None
    if of != _identity(session.contract):
        say(f"{CHECKPOINT_FILE} in {place} is of other parameters or another seed: the trial starts anew")
        return None
    session.resume(record, curves)
    step = record.last.step if record.last else 0
    say(f"going on after step {step}, from {CHECKPOINT_FILE}")
    return Checkpoint(step, data)


def forget(session: Session) -> None:
    """Remove the checkpoint of a trial whose result is complete: its next run is another training."""
    place = session.contract.artifact_dir
    if place is None or not (session.has_checkpoint and session.is_complete and session.is_ours()):
        return
    try:
        artifact.remove(place, CHECKPOINT_FILE)
    except Exception:  # at the interpreter's end the threads of a store's driver have gone
        _have_removed(place)
    session.has_checkpoint = False


def _have_removed(place: str) -> None:
    """Let a process of its own remove it: left behind, it would pass for that of a run that was cut off."""
    remove = "import sys; from tuning_trial import artifact; artifact.remove(*sys.argv[1:])"
    command = [sys.executable, "-c", remove, place, CHECKPOINT_FILE]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=PATIENCE)
        why = f"exit code {done.returncode}: {done.stderr.strip()}" if done.returncode else ""
    except (OSError, RuntimeError, subprocess.TimeoutExpired) as error:
        why = str(error)
    if why:
        say(f"{CHECKPOINT_FILE} in {place} cannot be removed: {why.splitlines()[-1]}")


def pack(session: Session, data: bytes) -> bytes:
    """Return the checkpoint as a file: a zip archive, not compressed."""
    header = {
        "of": _identity(session.contract),
        "record": _as_json(session.record),
        "curves": session.curves.rows(),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(HEADER, json.dumps(header))
        archive.writestr(DATA, data)
    return file.getvalue()


def unpack(content: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the two parts of the file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return json.loads(archive.read(HEADER)), archive.read(DATA)


def _identity(contract: Contract) -> dict[str, Any]:
    return {"parameters": dict(contract.parameters), "seed": contract.seed, "final": contract.final}


def _as_json(record: Record) -> dict[str, Any]:
    return {
        "last": asdict(record.last) if record.last else None,
        "kept": asdict(record.kept) if record.kept else None,
        "latest": dict(record.latest),
        "rungs": [[name, step, value] for (name, step), value in record.rungs.items()],
    }


def _record(saved: dict[str, Any]) -> Record:
    return Record(
        last=Observation(**saved["last"]) if saved["last"] else None,
        kept=Observation(**saved["kept"]) if saved["kept"] else None,
        latest=saved["latest"],
        rungs={(name, step): value for name, step, value in saved["rungs"]},
    )
