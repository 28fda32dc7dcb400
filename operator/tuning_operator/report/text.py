"""Text and figures fit for a terminal. Nothing that a terminal obeys gets through."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta

from tuning_operator.api import Importance, ParameterValue, Range, StageStatus

BARS = "▁▂▃▄▅▆▇█"


def plain(text: str, limit: int = 500) -> str:
    """One line without control characters, bounded."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * limit]).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def as_it_stands(line: str) -> str:
    """One line of a program's, without control characters; what it is indented with is kept."""
    return "".join(c if c.isprintable() or c == "\t" else " " for c in line).rstrip()


def number(value: float) -> str:
    """Five digits that matter: 0.98611, 1e-05, 64."""
    return f"{value:.5g}" if math.isfinite(value) else str(value)


def value_text(value: ParameterValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return plain(value, 40) if isinstance(value, str) else number(value)


def parameters_text(parameters: Mapping[str, ParameterValue]) -> str:
    """units=128 optimizer=adam …, in the order of names."""
    return " ".join(f"{plain(name, 40)}={value_text(parameters[name])}" for name in sorted(parameters))


def importance_text(shares: Sequence[Importance]) -> str:
    """learning_rate 62 %, units 20 %, …, in their order."""
    return ", ".join(f"{plain(one.parameter, 40)} {one.share:.0%}".replace("%", " %") for one in shares)


def stage_text(stage: StageStatus) -> str:
    """The algorithm, its points, and what a narrower space leaves: Grid, 9 points, x 0.1 … 0.5."""
    points = [f"{stage.points} points"] if stage.points else []
    return ", ".join([stage.algorithm, *points, *map(range_text, stage.space or ())])


def range_text(left: Range) -> str:
    """units 32 … 64, or optimizer adam, sgd; a parameter that is frozen has one value."""
    if left.min is not None and left.max is not None:
        ends = [number(left.min), number(left.max)]
        return f"{plain(left.name, 40)} {' … '.join(dict.fromkeys(ends))}"
    return f"{plain(left.name, 40)} {', '.join(map(value_text, left.numbers or left.values or ()))}"


def span(time: timedelta | None) -> str:
    """3 s, 2:05 or 1:02:03; – where it is not known."""
    if time is None:
        return "–"
    seconds = max(0, round(time.total_seconds()))
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours}:{minutes:02}:{seconds % 60:02}"
    return f"{minutes}:{seconds % 60:02}" if minutes else f"{seconds} s"


def took(time: timedelta | None) -> str:
    """Like `span`, with a digit more for what was over soon: 0.5 s."""
    if time is None or time >= timedelta(seconds=10):
        return span(time)
    return f"{time.total_seconds():.1f} s"


def change(baseline: float, best: float) -> str:
    """How far the best is from the baseline: +0.0312 (+3.3 %); of a loss, less is better."""
    difference = best - baseline
    share = f" ({difference / abs(baseline):+.1%})".replace("%", " %") if baseline else ""
    return f"{difference:+.4g}{share}"


def sparkline(values: Sequence[float], width: int) -> str:
    """The values as bars, the smallest lowest; the newest `width` of them."""
    shown = [v for v in values if math.isfinite(v)][-width:]
    if not shown:
        return ""
    low, high = min(shown) / 2, max(shown) / 2  # halves, whose difference is finite
    top = len(BARS) - 1
    return "".join(BARS[round((v / 2 - low) / (high - low) * top) if high > low else 0] for v in shown)
