"""The termination message: at most 4,096 bytes of JSON, the authority for a trial's final metrics."""

import contextlib
import json
import math
import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

LIMIT = 4096  # bytes; the kubelet cuts what is longer, and cut JSON is no JSON


def metrics_message(
    metrics: Mapping[str, float], step: int | None, interrupted: bool = False, advice: Sequence[str] = ()
) -> bytes:
    """Return `{"metrics": {…}, "step": N}`, with `"interrupted": true` and `"advice": […]` where they apply.

    Metrics are taken in the order given while they fit in LIMIT bytes; one that does not fit is left out. The
    sentences of advice get what room is left.
    NaN and infinities become the strings "NaN", "Infinity" and "-Infinity": JSON has no such numbers.
    """
    rest: dict[str, Any] = {} if step is None else {"step": step}
    if interrupted:
        rest["interrupted"] = True
    room = LIMIT - len(_encode({"metrics": {}, **rest}))
    fitting: dict[str, float | str] = {}
    for name, value in metrics.items():
        size = len(_encode({name: _json_number(value)}))  # its two braces stand for the separator
        if size <= room:
            fitting[name] = _json_number(value)
            room -= size
    return _with_advice({"metrics": fitting, **rest}, advice)


def error_message(text: str) -> bytes:
    """Return `{"error": text}`, the text cut at its end until the whole fits in LIMIT bytes."""
    text = text[:LIMIT]
    while len(_encode({"error": text})) > LIMIT:
        text = text[: len(text) * 3 // 4] + "…"
    return _encode({"error": text})


def write_message(path: Path, message: bytes) -> None:
    """Write the message, at once where the target allows it.

    A regular file is replaced, so that a reader sees the old message or the new one. The kubelet's log is a
    bind mount, and a device or a link is not ours to replace: these are written in place.

    Raises:
        OSError: the file cannot be written.
    """
    if not _may_be_replaced(path) or not _replace(path, message):
        path.write_bytes(message)


def _with_advice(message: Mapping[str, Any], advice: Sequence[str]) -> bytes:
    encoded, kept = _encode(message), list[str]()
    for sentence in advice:
        longer = _encode({**message, "advice": [*kept, sentence]})
        if len(longer) <= LIMIT:
            encoded = longer
            kept.append(sentence)
    return encoded


def _may_be_replaced(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return True


def _replace(path: Path, message: bytes) -> bool:
    """Say whether it worked: a mount is busy, and a directory may be closed to us while its file is not."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(message)
        os.replace(beside, path)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink()
        return False
    return True


def _json_number(value: float) -> float | str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def _encode(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, allow_nan=False).encode("ascii")
