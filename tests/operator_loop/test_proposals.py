"""Proposals are computed in processes of their own, which are ready before they are asked, and may die."""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool

import pytest
from tuning_operator.api import Basis
from tuning_operator.cluster.proposals import Proposer
from tuning_operator.engine.proposal import Proposed

from tests.operator_loop.builders import tuning_job

JOB = tuning_job(search={"stages": [{"algorithm": "Bayesian"}]})


async def asked(proposer: Proposer) -> object:
    return await proposer.propose(JOB, [], 1, 1, Basis(engine="0"))


def test_a_worker_that_is_killed_costs_one_visit_and_the_next_has_another() -> None:
    async def run() -> None:
        proposer = Proposer(1)
        try:
            first = await asked(proposer)
            assert isinstance(first, Proposed)
            (worker,) = multiprocessing.active_children()
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGKILL)
            with pytest.raises(BrokenProcessPool):
                await asked(proposer)
            assert await asked(proposer) == first
        finally:
            proposer.close()

    asyncio.run(asyncio.wait_for(run(), 60))


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
