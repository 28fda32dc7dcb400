"""Reads TuningJobs and Trials of the API server; what cannot be read is told, never guessed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from tuning_operator.api import Trial, TuningJob, names
from tuning_operator.cluster.projections import controller

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KnownJob:
    """A TuningJob."""

    namespace: str
    name: str
    uid: str
    version: int
    job: TuningJob
    owner: str = ""


@dataclass(frozen=True, slots=True)
class KnownTrial:
    """A Trial. owner: uid of its TuningJob."""

    namespace: str
    name: str
    uid: str
    version: int
    owner: str
    trial: Trial


def read_job(body: Mapping[str, Any]) -> KnownJob | None:
    """The TuningJob; None when it cannot be read: its CRD is then another version's than this program."""
    metadata = body["metadata"]
    try:
        job = TuningJob.model_validate(body)
    except ValidationError as error:
        extra = {"job": _name(metadata), "why": _told(error)}
        logger.error("a TuningJob cannot be read; do the CRDs and the operator belong together?", extra=extra)
        return None
    return KnownJob(
        metadata["namespace"], metadata["name"], metadata["uid"], int(metadata["resourceVersion"]), job
    )


def read_trial(body: Mapping[str, Any]) -> KnownTrial | None:
    """The Trial; None when no TuningJob controls it or it is not one that we wrote.

    A copy under another name, its owner copied too, is none: actions name trials by their numbers.
    """
    metadata, owner = body["metadata"], controller(body)
    if owner is None or owner.get("kind") != "TuningJob":
        return None
    try:
        trial = Trial.model_validate(body)
    except ValidationError as error:
        logger.error("a Trial cannot be read", extra={"trial": _name(metadata), "why": _told(error)})
        return None
    if metadata["name"] != names.trial_name(owner["name"], trial.number):
        logger.warning("not the trial that it says: is it a copy?", extra={"trial": _name(metadata)})
        return None
    return KnownTrial(
        metadata["namespace"],
        metadata["name"],
        metadata["uid"],
        int(metadata["resourceVersion"]),
        owner["uid"],
        trial,
    )


def _told(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']} (got {str(first['input'])[:100]!r})"


def _name(metadata: Mapping[str, Any]) -> str:
    return f"{metadata.get('namespace')}/{metadata.get('name')}"
