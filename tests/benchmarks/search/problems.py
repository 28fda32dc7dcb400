"""The problems, fixed before anything was measured, in a development and a held-out half.

Algorithms are developed on the one; what is reported comes from the other. Both halves have
tables of each family and one synthetic problem of each kind, one of 20 dimensions among them.
"""

from __future__ import annotations

from functools import cache

from tests.benchmarks.search.landscape import Landscape
from tests.benchmarks.search.synthetic import SYNTHETIC
from tests.benchmarks.search.tables import TABLES, table

DEVELOPMENT = (
    "hpobench-australian",
    "hpobench-car",
    "hpobench-kc1",
    "hpobench-segment",
    "hpolib-naval_propulsion",
    "hpolib-protein_structure",
    "nasbench201-cifar10",
    "hartmann",
    "optimizers",
    "noisy-network",
    "cliff",
    "mixed-ackley-20",
)
HELD_OUT = (
    "hpobench-blood_transfusion",
    "hpobench-credit_g",
    "hpobench-phoneme",
    "hpobench-vehicle",
    "hpolib-parkinsons_telemonitoring",
    "hpolib-slice_localization",
    "nasbench201-cifar100",
    "nasbench201-imagenet",
    "branin-choices",
    "layers",
    "noisy-levy",
    "canyon",
    "few-matter-20",
)
HALVES = {"development": DEVELOPMENT, "held-out": HELD_OUT}
ALL = DEVELOPMENT + HELD_OUT
TWENTY = ("mixed-ackley-20", "few-matter-20")
assert sorted(ALL) == sorted([*TABLES, *SYNTHETIC])


@cache
def problem(name: str) -> Landscape:
    """The problem of this name."""
    return SYNTHETIC[name]() if name in SYNTHETIC else table(name)
