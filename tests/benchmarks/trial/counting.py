"""Counts instructions: the timed blocks under valgrind's callgrind, where neighbours have no part in them.

`count` starts this module as a program under callgrind. Its blocks are made ready while nothing is counted,
which is several times as fast; then each is counted twice, on one thread.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.trial.blocks import BARE, ON, become_a_trial, block
from tests.benchmarks.trial.models import CASES, Case

VARIANTS = (BARE, ON)
Counts = dict[str, list[int]]  # of each variant: instructions of each of its blocks
# Valgrind has no AVX-512, and a fused multiply and add costs it a hundred times as much as the two apart.
SETTINGS = {"OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "2", "ONEDNN_MAX_CPU_ISA": "AVX"}


def is_possible() -> bool:
    """Say whether valgrind is on this machine."""
    return shutil.which("valgrind") is not None and shutil.which("callgrind_control") is not None


def count(case: Case) -> Counts:
    """Return the instructions that a block of each variant takes, in a process of its own.

    Raises:
        subprocess.CalledProcessError: the program has failed; what it said stands above.
    """
    with tempfile.TemporaryDirectory(prefix="bench-trial-") as directory:
        valgrind = ["valgrind", "--quiet", "--fair-sched=yes", "--tool=callgrind", "--instr-atstart=no"]
        valgrind += [f"--callgrind-out-file={directory}/counts"]
        program = [sys.executable, "-m", "tests.benchmarks.trial.counting", case.name, directory]
        done = subprocess.run(
            [*valgrind, *program],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            env={**os.environ, **SETTINGS},
        )
    counts: Counts = json.loads(done.stdout.splitlines()[-1])
    return counts


def main(name: str, directory: Path) -> None:
    """Count each variant's block twice; the first one, not counted, sets it up."""
    (case,) = [one for one in CASES if one.name == name]
    port = become_a_trial()
    from tuning_trial.tensorflow_setup import import_keras

    keras = import_keras(0)
    counts: Counts = {}
    for variant in VARIANTS:
        run = block(case, keras, variant, port)
        run()
        counts[variant] = [_counted(run, directory) for _ in range(2)]
    print(json.dumps(counts))


def _counted(run: Callable[[], None], directory: Path) -> int:
    _control("--instr=on")
    run()
    _control("--dump")  # which sets the counter back
    _control("--instr=off")
    newest = max(directory.glob("counts*"), key=lambda path: path.stat().st_mtime_ns)
    found = re.search(r"^totals: (\d+)", newest.read_text(), re.MULTILINE)
    if found is None:
        raise RuntimeError("callgrind has counted nothing")
    return int(found.group(1))


def _control(option: str) -> None:
    """Tell callgrind; it listens only while this process does something, and that is counted too."""
    process = subprocess.Popen(
        ["callgrind_control", option, str(os.getpid())], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None:
        time.sleep(0.01)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
