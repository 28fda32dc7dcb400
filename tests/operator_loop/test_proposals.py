"""The pool that proposes: what a first proposal must not wait for."""

from __future__ import annotations

import subprocess
import sys

FIRST = """
import sys
from tuning_operator.api import Objective, Parameter
from tuning_operator.cluster.proposals import rehearse
from tuning_operator.search import Entry, Problem, suggest

rehearse()
known = set(sys.modules)
parameters = (
    Parameter(name="rate", type="double", min=1e-5, max=1, scale="log"),
    Parameter(name="units", type="int", min=8, max=512),
    Parameter(name="activation", type="categorical", values=["relu", "tanh"]),
)
problem = Problem(parameters, (Objective(metric="loss", goal="Minimize"),), "Bayesian")
told = []
for number in range(1, 9):
    told.append(Entry(number, suggest(problem, told, [], number).parameters, "Succeeded", (1 / number,)))
print(sorted(set(sys.modules) - known))
"""


def test_a_worker_that_has_rehearsed_imports_nothing_more_for_a_bayesian_job() -> None:
    run = subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
