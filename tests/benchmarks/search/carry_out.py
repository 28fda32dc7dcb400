"""Carries jobs out, in processes of their own with one BLAS thread each."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import tuning_operator.search

from tests.benchmarks.search.fronts import front
from tests.benchmarks.search.kept import Job, Kept
from tests.benchmarks.search.ours import Ours
from tests.benchmarks.search.peers import PEERS
from tests.benchmarks.search.problems import problem
from tests.benchmarks.search.several import OTHERS, SEVERAL, ours, spread
from tests.benchmarks.search.simulation import Run, Simulation

KEPT = Path(__file__).parent / "peers" / "kept"
CACHE = Path(__file__).resolve().parents[3] / ".cache" / "bench-search"
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def kept(name: str) -> Kept:
    """The runs of a peer, which are part of the repository, or of an algorithm of ours."""
    if peer := PEERS.get(name) or OTHERS.get(name):
        return Kept(KEPT / f"{name}.jsonl", name, peer.version, peer.settings)
    version = our_version()
    return Kept(CACHE / f"{name}-{version}.jsonl", name, version, "defaults")


def our_version() -> str:
    """A hash of the search's source: our runs are good for as long as it does not change."""
    sources = sorted(Path(tuning_operator.search.__file__).parent.rglob("*.py"))
    whole = hashlib.sha256()
    for source in sources:
        whole.update(source.name.encode() + source.read_bytes())
    return whole.hexdigest()[:12]


def carry_out(name: str, jobs: Iterable[Job], processes: int) -> Iterator[tuple[Job, Run | str]]:
    """Each job with its run, or with what went wrong; in the order in which they end."""
    for variable in ONE_THREAD:
        os.environ[variable] = "1"  # before the process that reads it begins
    work = [(name, job) for job in jobs]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap_unordered(_run, work)


def complete(name: str, jobs: Iterable[Job], processes: int, *, quiet: bool = False) -> Kept:
    """The runs of a search, after those that were missing have been made and kept."""
    runs = kept(name)
    missing = runs.missing(jobs)
    for done, (job, run) in enumerate(carry_out(name, missing, processes) if missing else [], start=1):
        if isinstance(run, str):
            print(f"{name}, {job}: {run}", file=sys.stderr, flush=True)
            continue
        runs.add(job, run)
        if not quiet:
            regret = run.regrets(job.evaluations)[-1]
            line = f"{done}/{len(missing)} {name} {job.problem} seed {job.seed} workers {job.workers}"
            print(f"{line}: {regret:.4f}, cpu {run.cpu:.1f} s", file=sys.stderr, flush=True)
    return runs


def _run(work: tuple[str, Job]) -> tuple[Job, Run | str]:
    name, job = work
    try:
        return job, _several(name, job) if name.startswith(SEVERAL) else _single(name, job)
    except Exception as error:  # one bad run must not lose the hours of the others
        return job, f"{type(error).__name__}: {error}"


def _single(name: str, job: Job) -> Run:
    landscape = problem(job.problem)
    peer = PEERS.get(name)
    search = peer.make(landscape, job.seed, job.workers) if peer else Ours(landscape, job.seed, name)
    return Simulation(search, landscape, job.seed).run(job.workers, job.evaluations)


def _several(name: str, job: Job) -> Run:
    other = OTHERS.get(name)
    go = other.go if other else ours(name.removeprefix(SEVERAL))
    return spread(go, front(job.problem), job.seed, job.evaluations)
