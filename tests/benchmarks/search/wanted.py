"""What the design asks of the search, and whether the runs have it. Pure.

Readings: sequentially, the upper end of the 95 % interval of *ours − the best peer*; with 8 workers, the
upper end of every peer's; means at most 1.1 times the best peer's; and each problem by itself, the stricter
reading of "nowhere worse". The best peer is the one with the smallest mean regret over all of the problems
in question: of a single problem it is another one each time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tests.benchmarks.search.figures import (
    Curves,
    covered,
    difference,
    mean_curve,
    planned,
    there_by,
    there_by_interval,
)
from tests.benchmarks.search.kept import Kept
from tests.benchmarks.search.peers import PEERS
from tests.benchmarks.search.plan import LONG, OURS, SHORT, WORKERS
from tests.benchmarks.search.price import FINISHED, PENDING, Price
from tests.benchmarks.search.priced import OURS as PRICED
from tests.benchmarks.search.problems import HALVES, TWENTY

Runs = Mapping[str, Kept]
Prices = Mapping[tuple[str, int, int], Price | None]

AT = (16, SHORT, LONG)
MARGIN = 0.01  # of the upper end, sequentially
TIMES = 1.1  # the best peer's regret
THERE_BY = 36  # evaluations, with 8 workers
SECONDS = {100: 0.1, 1_000: 1.0, 10_000: 1.0}
MEBIBYTES = 300.0


@dataclass(frozen=True)
class Wanted:
    """A figure and its bound.

    found: None when it was not run. below: whether the bound itself is too much. of: how many there are,
    where found counts some of them. bound: NaN when that is not known either.
    """

    what: str
    found: float | None
    bound: float
    below: bool = False
    of: int | None = None

    @property
    def verdict(self) -> str:
        if self.found is None:
            return "not run"
        is_kept = self.found < self.bound if self.below else self.found <= self.bound
        return "reached" if is_kept else "not reached"

    def cells(self) -> list[str]:
        """What was wanted, what was found, the bound, and whether it was reached."""
        bound = "–" if math.isnan(self.bound) else f"{'<' if self.below else '≤'} {self.bound:.3g}"
        return [self.what, self._found(), bound, self.verdict]

    def _found(self) -> str:
        if self.found is None:
            return "–"
        if self.of is not None:
            return f"{self.found:.0f} of {self.of}"
        return "never" if self.found == math.inf else f"{self.found:.3g}"


def wanted(runs: Runs, prices: Prices) -> list[Wanted]:
    """Every figure that is asked for, in the design's order; regret is that of the held-out half."""
    half = HALVES["held-out"]
    means = [_mean(runs, half, workers, at) for at in AT for workers in WORKERS]
    every = [
        _every(runs, f"the {name} half's problems, each by itself, at {at}", problems, (at,))
        for name, problems in reversed(HALVES.items())
        for at in AT
        if name == "held-out" or at != LONG
    ]
    twenty = _every(runs, "20 dimensions, each problem by itself, at 16, 64 and 200", TWENTY, AT)
    return [
        _not_worse(runs, half),
        _better(runs, half),
        _there_by(runs, half),
        *means,
        *every,
        twenty,
        *_dear(prices),
        _large(prices),
    ]


def _not_worse(runs: Runs, problems: Sequence[str]) -> Wanted:
    best = _best(runs, problems, 1, SHORT)
    end = _upper_end(runs, best, problems, 1) if best else None
    return Wanted(f"sequential, at {SHORT}: ours − {_of(best)}, upper end", end, MARGIN)


def _better(runs: Runs, problems: Sequence[str]) -> Wanted:
    """The peer that ours are least sure to be better than stands for all."""
    ends = {name: _upper_end(runs, name, problems, 8) for name in PEERS}
    found = {name: end for name, end in ends.items() if end is not None}
    if len(found) < len(PEERS):
        return Wanted(f"8 workers, at {SHORT}: ours − every peer, the largest upper end", None, 0, below=True)
    last = max(found, key=found.__getitem__)
    what = f"8 workers, at {SHORT}: ours − every peer, the largest upper end ({PEERS[last].title}'s)"
    return Wanted(what, found[last], 0, below=True)


def _upper_end(runs: Runs, peer: str, problems: Sequence[str], workers: int) -> float | None:
    mine, theirs = (_whole(runs, name, problems, workers, SHORT) for name in (OURS, peer))
    found = difference(mine, theirs, SHORT) if mine and theirs else None
    return found[2] if found else None


def _there_by(runs: Runs, problems: Sequence[str]) -> Wanted:
    best = _best(runs, problems, 8, SHORT)
    what = f"8 workers: evaluations to the regret of {_of(best)} at {SHORT}"
    mine = _whole(runs, OURS, problems, 8, SHORT)
    if not best or not mine:
        return Wanted(what, None, THERE_BY)
    theirs = _whole(runs, best, problems, 8, SHORT)
    low, high = there_by_interval(mine, theirs)
    return Wanted(
        f"{what} (95 %: {_often(low)} to {_often(high)})", there_by(mine, theirs) or math.inf, THERE_BY
    )


def _often(evaluations: float) -> str:
    return "never" if evaluations == math.inf else f"{evaluations:.0f}"


def _mean(runs: Runs, problems: Sequence[str], workers: int, at: int) -> Wanted:
    best = _best(runs, problems, workers, at)
    mine = _regret(runs, OURS, problems, workers, at) if best else None
    target = _regret(runs, best, problems, workers, at) if best else None
    where = "sequential" if workers == 1 else f"{workers} workers"
    bound = math.nan if target is None else TIMES * target
    return Wanted(f"{where}, at {at}: mean regret, {TIMES} × that of {_of(best)}", mine, bound)


def _every(runs: Runs, what: str, problems: Sequence[str], at: Sequence[int]) -> Wanted:
    """How many single problems, for each number of workers, are above 1.1 × the best peer."""
    rows = [_above(runs, problem, workers, n) for problem in problems for workers in WORKERS for n in at]
    known = [row for row in rows if row is not None]
    is_run = len(known) == len(rows)
    return Wanted(f"{what}: above {TIMES} × the best peer", sum(known) if is_run else None, 0, of=len(rows))


def _above(runs: Runs, problem: str, workers: int, at: int) -> bool | None:
    row = _mean(runs, [problem], workers, at)
    return None if row.found is None else row.verdict != "reached"


def _best(runs: Runs, problems: Sequence[str], workers: int, at: int) -> str | None:
    """The peer with the smallest mean regret, of those that have run on all of the problems."""
    found = {name: _regret(runs, name, problems, workers, at) for name in PEERS}
    ranked = {name: regret for name, regret in found.items() if regret is not None}
    return min(ranked, key=ranked.__getitem__) if ranked else None


def _regret(runs: Runs, name: str, problems: Sequence[str], workers: int, at: int) -> float | None:
    whole = _whole(runs, name, problems, workers, at)
    return mean_curve(whole)[at - 1] if whole else None


def _whole(runs: Runs, name: str, problems: Sequence[str], workers: int, at: int) -> Curves:
    """Empty unless every problem has a run."""
    found = planned(runs[name], problems, workers, at)
    return found if covered(found) == set(problems) else {}


def _of(peer: str | None) -> str:
    return f"the best peer, {PEERS[peer].title}" if peer else "the best peer"


def _dear(prices: Prices) -> list[Wanted]:
    """At each number of finished trials: what is proposed by default, then the dearest of ours."""
    rows = []
    for finished, bound in SECONDS.items():
        found = {name: _most(prices, name, (finished,), "seconds") for name in PRICED}
        what = f"CPU of a proposal after {finished:,} trials, s"
        rows += [Wanted(f"{what}: {OURS}", found[OURS], bound), _largest(what, found, bound)]
    return rows


def _large(prices: Prices) -> Wanted:
    found = {name: _most(prices, name, FINISHED, "mebibytes") for name in PRICED}
    return _largest("peak memory, MiB", found, MEBIBYTES, below=True)


def _most(
    prices: Prices, name: str, finished: Sequence[int], what: Literal["seconds", "mebibytes"]
) -> float | None:
    """Over so many finished and running trials; infinite where it was not done in time."""
    keys = [(name, n, pending) for n in finished for pending in PENDING]
    if any(key not in prices for key in keys):
        return None
    paid = [prices[key] for key in keys]
    return max(getattr(price, what) if price else math.inf for price in paid)


def _largest(what: str, each: Mapping[str, float | None], bound: float, *, below: bool = False) -> Wanted:
    """The largest of ours, with how many of them keep to the bound."""
    found = {name: value for name, value in each.items() if value is not None}
    if len(found) < len(each):
        return Wanted(f"{what}: the largest of ours", None, bound, below)
    rows = [Wanted(name, value, bound, below) for name, value in found.items()]
    kept = sum(row.verdict == "reached" for row in rows)
    name = max(found, key=found.__getitem__)
    more = f"the largest of ours, {name} ({kept} of {len(rows)} keep to it)"
    return Wanted(f"{what}: {more}", found[name], bound, below)
