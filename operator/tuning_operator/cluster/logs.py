"""One line per event, as text or JSON, with the fields by which an operator of clusters searches.

Names, messages of the API server and of trials are untrusted: whatever they hold, they cannot
begin a line of their own; nor at the place where a container runtime breaks a line that is too long.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime, timezone
from typing import Any

FIELDS = (
    "job",
    "trial",
    "run",
    "reason",
    "says",
    "why",
    "uid",
    "phase",
    "seconds",
    "verb",
    "code",
    "kind",
    "count",
    "holder",
    "namespaces",
    "port",
    "parameters",
)

LONGEST = 3_000  # characters of one value, as written; containerd breaks a line after 16 KiB


def set_up(style: str) -> None:
    """Log to stderr; style: text or json."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if style == "json" else TextLines())
    handler.addFilter(_calm_kopf)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    # kopf tells of every handler it calls; aiohttp of every request to /metrics.
    for chatty in ("kopf.objects", "kopf.activities", "kopf._core", "kopf._cogs.aiokits", "aiohttp.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # It says that signals are left alone, which is what a thread of its own is for.
    logging.getLogger("kopf._core.reactor.running").setLevel(logging.ERROR)


def _calm_kopf(record: logging.LogRecord) -> bool:
    """Its errors are broken connections, which it or `watches` mends: not worth a traceback."""
    if record.name.startswith("kopf") and record.levelno >= logging.WARNING:
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.exc_info = record.exc_text = None
    return True


class JsonLines(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(_entry(record), ensure_ascii=True, default=str)


class TextLines(logging.Formatter):
    """time level message field=value …"""

    def format(self, record: logging.LogRecord) -> str:
        entry = _entry(record)
        head = f"{entry.pop('time')} {entry.pop('level'):<7} {_one_line(entry.pop('message'))}"
        fields = (f"{name}={_field(value)}" for name, value in entry.items() if name != "logger")
        return " ".join((head, *fields))


def _entry(record: logging.LogRecord) -> dict[str, Any]:
    at = datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds")
    entry: dict[str, Any] = {
        "time": at.replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": record.getMessage(),
    }
    for name in FIELDS:
        if (value := getattr(record, name, None)) is not None:
            entry[name] = _bounded(value)
    if record.exc_info:
        error = logging.Formatter().formatException(record.exc_info)
        entry["error"] = error[-LONGEST:]
    return entry


def _bounded(value: Any) -> Any:
    """The value, or the beginning of how it is written."""
    written = json.dumps(value, default=str)
    return value if len(written) <= LONGEST else f"{written[:LONGEST]} and so on"


def _field(value: Any) -> str:
    """As it is when that is one plain word, else quoted as in JSON, ASCII only."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    plain = text.isascii() and text.isprintable() and not any(c in text for c in ' "=')
    return text if plain and text else json.dumps(text)


def _one_line(text: str) -> str:
    plain = (c if c.isascii() and c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return "".join(plain)
