"""Text from elsewhere, made fit for a status: no control characters, no surrogates, bounded."""

from __future__ import annotations

from tuning_operator.engine.limits import MESSAGE_CHARACTERS


def clean(text: str) -> str:
    """The text without what a terminal would obey or UTF-8 refuses; newlines stay."""
    valid = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() or c == "\n" else " " for c in valid).strip()


def head(text: str, limit: int = MESSAGE_CHARACTERS) -> str:
    """The beginning of a text: a cluster's messages say the essence first."""
    text = clean(text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def tail(text: str, limit: int = MESSAGE_CHARACTERS) -> str:
    """The end of a text: a program's last words say what went wrong."""
    text = clean(text)
    return text if len(text) <= limit else "…" + text[len(text) - limit + 1 :]
