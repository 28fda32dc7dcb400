"""The record of a trial, `record.json`: what it was, what came of it, and enough to run it again."""

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tuning_trial.keeping import surroundings
from tuning_trial.keeping.fingerprint import of_file
from tuning_trial.record import final_metrics
from tuning_trial.session import Session

RECORD_FILE = "record.json"
HISTORY_FILE = "history.csv"
FORMAT = 1  # grows when a field changes its meaning


def run_record(
    session: Session,
    file: Path,
    files: Mapping[str, Path],
    data: Any,
    gpus: list[str],
    model: dict[str, Any],
) -> dict[str, Any]:
    """Return the record.

    Args:
        session: what was reported.
        file: the user's, or the name of a recipe.
        files: the Keras files that the training began with, by tactic.
        data: the data's fingerprint.
        gpus: the devices seen.
        model: key figures of the model.
    """
    contract, record = session.contract, session.record
    return {
        "format": FORMAT,
        "parameters": dict(contract.parameters),
        "seed": contract.seed,
        "metrics": final_metrics(record, contract.objectives, contract.constrained),
        "step": record.kept.step if record.kept else None,
        "interrupted": session.interrupted,
        "model": model,
        "again": {"command": surroundings.command(), "environment": surroundings.contract_variables()},
        "file": _program(file),
        "files": {name: of_file(path) for name, path in files.items()},
        "data": data,
        "versions": surroundings.versions(),
        "hardware": surroundings.hardware(gpus),
        "advice": list(session.advice),
        "health": dataclasses.asdict(session.health),
        "curves": session.curves.rows(),
    }


def _program(file: Path) -> dict[str, Any]:
    if not file.is_file():  # a recipe, which `versions` tells
        return {"name": file.name}
    return of_file(file) | {"git": surroundings.git_state(file)}


def as_json(value: Any) -> bytes:
    """Return JSON that any language reads: NaN and infinities are the strings of the termination message."""
    return json.dumps(_plain(value), allow_nan=False, indent=1).encode()


def as_csv(rows: Sequence[dict[str, Any]]) -> bytes:
    """Return curves as a table; a metric that a step does not have leaves its cell empty."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(map(_quoted, names))]
    lines += [",".join(repr(row[name]) if name in row else "" for name in names) for row in rows]
    return ("\n".join(lines) + "\n").encode()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if set(name) & set(',"\n') else name


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value
