"""Reads what a trial said at its end. The text comes from the user's image: untrusted."""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter, ValidationError

from tuning_operator.api.job import MetricName
from tuning_operator.engine.limits import ADVICE_CHARACTERS, TRIAL_ADVICE_SENTENCES
from tuning_operator.engine.snapshot import Report
from tuning_operator.engine.words import head, tail

MESSAGE_BYTES = 4096  # what the kubelet keeps of a termination message; locally the same holds
NAME: TypeAdapter[str] = TypeAdapter(MetricName)  # what no objective can be called, no status needs
LAST_STEP = 2**53  # beyond it JSON numbers are no longer exact
NOT_FINITE = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def parse_report(text: str | None) -> Report | None:
    """The report in a termination message; None when there is none that can be read.

    Expects JSON: {"metrics": {"val_accuracy": 0.98}, "step": 7, "interrupted": false, "error": "…",
    "advice": ["…"]}, all optional. Entries of other types are dropped one by one; "NaN", "Infinity" and
    "-Infinity" may be strings or bare words. Never raises.
    """
    if not text or len(text.encode("utf-8", "replace")) > MESSAGE_BYTES:
        return None
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return _report(body) if isinstance(body, dict) else None


def _report(body: dict[str, Any]) -> Report:
    metrics, error = body.get("metrics"), body.get("error")
    return Report(
        metrics=_metrics(metrics) if isinstance(metrics, dict) else {},
        step=_step(body.get("step")),
        interrupted=body.get("interrupted") is True,
        error=(tail(error) or None) if isinstance(error, str) else None,
        advice=_sentences(body.get("advice")),
    )


def _metrics(entries: dict[str, Any]) -> dict[str, float]:
    values = {name: _number(value) for name, value in entries.items() if _is_name(name)}
    return {name: value for name, value in values.items() if value is not None}


def _sentences(entries: object) -> tuple[str, ...]:
    if not isinstance(entries, list):
        return ()
    lines = (" ".join(one.split()) for one in entries if isinstance(one, str))
    sentences = (head(line, ADVICE_CHARACTERS) for line in lines)
    return tuple(one for one in sentences if one)[:TRIAL_ADVICE_SENTENCES]


def _number(value: object) -> float | None:
    if isinstance(value, str):
        return NOT_FINITE.get(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:  # an integer beyond 1.8e308
        return float("inf") if value > 0 else float("-inf")


def _step(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= LAST_STEP else None


def _is_name(text: str) -> bool:
    """A metric's name as the CRD has it: no escapes, newlines or lone surrogates, all of them valid JSON."""
    try:
        NAME.validate_python(text)
    except ValidationError:
        return False
    return True
