"""Counts instructions: short epochs under valgrind's callgrind, where neighbours have no part in them.

`count` starts this module as a program under callgrind. All is made ready while nothing is counted,
which is several times as fast; then each variant's epoch is counted twice, on one thread.
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
from pathlib import Path

from tests.benchmarks.trial.blocks import BARE, FEW, ON, TRACKED, Block, become_a_trial
from tests.benchmarks.trial.models import CASES, Case

VARIANTS = (BARE, ON, TRACKED)
STEPS = 100  # of an epoch
RESULT = "result.json"
Counts = dict[str, list[int]]  # of each variant: instructions of each of its epochs
# Valgrind has no AVX-512, and a fused multiply and add costs it a hundred times as much as the two apart.
SETTINGS = {"OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "2", "ONEDNN_MAX_CPU_ISA": "AVX"}


def is_possible() -> bool:
    """Say whether valgrind is on this machine."""
    return shutil.which("valgrind") is not None and shutil.which("callgrind_control") is not None


def count(case: Case, tracking: str) -> Counts:
    """Return the instructions that an epoch of each variant takes, in a process of its own.

    Args:
        case: its first network is counted.
        tracking: where MLflow writes to.

    Raises:
        subprocess.CalledProcessError: the program has failed; what it said stands above.
    """
    with tempfile.TemporaryDirectory(prefix="bench-trial-") as directory:
        valgrind = ["valgrind", "--quiet", "--fair-sched=yes", "--tool=callgrind", "--instr-atstart=no"]
        valgrind += [f"--callgrind-out-file={directory}/counts"]
        program = [sys.executable, "-m", "tests.benchmarks.trial.counting", case.name, directory, tracking]
        subprocess.run([*valgrind, *program], check=True, env={**os.environ, **SETTINGS})
        counts: Counts = json.loads((Path(directory) / RESULT).read_text())
    return counts


def main(name: str, directory: Path, tracking: str) -> None:
    """Count each variant's epoch twice, after a few batches that set it up."""
    (case,) = [one for one in CASES if one.name == name]
    port = become_a_trial(tracking)
    from tuning_trial.tensorflow_setup import import_keras

    keras = import_keras(0)
    counts: Counts = {}
    for variant in VARIANTS:
        block = Block(case.shape(0), STEPS, keras, variant, port)
        block.run(FEW)
        counts[variant] = [_counted(block, directory) for _ in range(2)]
    (directory / RESULT).write_text(json.dumps(counts))


def _counted(block: Block, directory: Path) -> int:
    _control("--instr=on")
    block.run(STEPS)
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
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
