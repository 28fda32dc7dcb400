"""A compact table for the terminal: regret per problem and overall, ours first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.benchmarks.search.figures import Curves, curves, difference, mean_curve, reached
from tests.benchmarks.search.kept import Kept

WIDTH = 16


def as_text(
    ours: Kept, peers: Mapping[str, Kept], problems: Sequence[str], seeds: int, workers: int, evaluations: int
) -> str:
    """One row a problem; a peer's cell is empty where it has no run. Below: what all share."""
    mine = curves(ours, problems, seeds, workers, evaluations)
    others = [curves(runs, problems, seeds, workers, evaluations) for runs in peers.values()]
    columns = [mine, *others]
    lines = [f"regret after {evaluations} evaluations, {workers} worker(s), {seeds} seed(s)"]
    lines.append(_row("", ["ours", *peers]))
    lines += [_row(p, [_cell(_only(of, p), evaluations) for of in columns]) for p in problems]
    lines.append(_row("mean", [_cell(of, evaluations) for of in columns]))
    lines.append(_row("(runs)", [str(len(of)) for of in columns]))
    early = [n for n in (16, 40) if n < evaluations]
    lines += [_row(f"mean at {n}", [_cell(of, n) for of in columns]) for n in early]
    lines.append(_row("ours − peer", ["", *(_gap(mine, of, evaluations) for of in others)]))
    lines.append(_row("95 % interval", ["", *(_interval(mine, of, evaluations) for of in others)]))
    lines.append(_row("ours reach it by", ["", *(_reach(mine, of) for of in others)]))
    return "\n".join(lines) + "\n"


def _only(of: Curves, problem: str) -> Curves:
    return {key: curve for key, curve in of.items() if key[0] == problem}


def _cell(of: Curves, evaluations: int) -> str:
    return f"{mean_curve(of)[evaluations - 1]:.4f}" if of else ""


def _gap(mine: Curves, peer: Curves, evaluations: int) -> str:
    found = difference(mine, peer, evaluations)
    return f"{found[0]:+.4f}" if found else ""


def _interval(mine: Curves, peer: Curves, evaluations: int) -> str:
    found = difference(mine, peer, evaluations)
    return f"{found[1]:+.3f} {found[2]:+.3f}" if found else ""


def _reach(mine: Curves, peer: Curves) -> str:
    pairs = mine.keys() & peer.keys()
    if not pairs:
        return ""
    target = mean_curve({pair: peer[pair] for pair in pairs})[-1]
    return str(reached(mean_curve({pair: mine[pair] for pair in pairs}), target) or "never")


def _row(name: str, cells: Sequence[str]) -> str:
    return f"{name:<34}" + "".join(f"{cell:>{WIDTH}}" for cell in cells)
