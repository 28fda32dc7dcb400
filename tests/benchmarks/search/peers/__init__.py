"""The peers: other libraries' searches behind ask and tell, with the settings written down here.

The settings are the libraries' defaults, or what their documentation advises for the case
(constant liars for parallel trials, groups for conditional spaces). They are fixed before
anything was measured, and are part of what a kept result is valid for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from tests.benchmarks.search.landscape import Landscape
from tests.benchmarks.search.simulation import Search


@dataclass(frozen=True)
class Peer:
    """A peer. make: a fresh search of a landscape, given seed and workers; packages: all it needs."""

    name: str
    title: str
    package: str
    settings: str
    make: Callable[[Landscape, int, int], Search]
    needs: tuple[str, ...] = ()

    @property
    def version(self) -> str | None:
        """The installed version; None when it, or something that it needs, is not installed."""
        return installed(self.package, *self.needs)


def installed(package: str, *needs: str) -> str | None:
    """The installed version of a package; None when it, or something that it needs, is not installed."""
    try:
        found = [version(each) for each in (package, *needs)]
    except PackageNotFoundError:
        return None
    return found[0]


def _random(landscape: Landscape, seed: int, workers: int) -> Search:
    from tests.benchmarks.search.peers.optuna_search import random

    return random(landscape, seed)


def _tpe(landscape: Landscape, seed: int, workers: int) -> Search:
    from tests.benchmarks.search.peers.optuna_search import tpe

    return tpe(landscape, seed, workers)


def _gp(landscape: Landscape, seed: int, workers: int) -> Search:
    from tests.benchmarks.search.peers.optuna_search import gp

    return gp(landscape, seed)


def _hyperopt(landscape: Landscape, seed: int, workers: int) -> Search:
    from tests.benchmarks.search.peers.hyperopt_search import HyperoptSearch

    return HyperoptSearch(landscape, seed)


def _skopt(landscape: Landscape, seed: int, workers: int) -> Search:
    from tests.benchmarks.search.peers.skopt_search import SkoptSearch

    return SkoptSearch(landscape, seed, workers)


PEERS = {
    peer.name: peer
    for peer in (
        Peer("random", "random", "optuna", "RandomSampler(seed)", _random),
        Peer(
            "optuna-tpe",
            "Optuna TPE",
            "optuna",
            "TPESampler(seed, multivariate=True, group=True, constant_liar=workers > 1)",
            _tpe,
        ),
        Peer("optuna-gp", "Optuna GP", "optuna", "GPSampler(seed)", _gp, ("torch",)),
        Peer("hyperopt", "Hyperopt TPE", "hyperopt", "tpe.suggest; running trials unknown to it", _hyperopt),
        Peer(
            "scikit-optimize",
            "scikit-optimize GP",
            "scikit-optimize",
            "Optimizer(GP, gp_hedge); running trials told as the minimum (cl_min); failures as the worst",
            _skopt,
        ),
    )
}
