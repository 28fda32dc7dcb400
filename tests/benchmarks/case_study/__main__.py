"""`make bench-case-study`: run the case study's manifest, print its tables and write docs/benchmarks.

python -m tests.benchmarks.case_study                       on digits
python -m tests.benchmarks.case_study --data cifar10.npz    on images of your own; prints only
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from tuning_operator.local.store import Store

from tests.benchmarks.case_study.report import Outcome, Outcomes, page

ROOT = Path(__file__).resolve().parents[3]
MANIFEST = ROOT / "manifests" / "examples" / "case-study.yaml"
PAGE = ROOT / "docs" / "benchmarks" / "case-study.md"
DIGITS = "scikit-learn's digits (1,437 images of 8 × 8 to train on, 360 to validate)"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.case_study", description=__doc__)
    parser.add_argument("--data", type=Path, help="an .npz with x_train and y_train (CASE_STUDY_DATA)")
    parser.add_argument(
        "--runs", type=Path, help="keep the records here, and go on with those that are there"
    )
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        outcomes = run(chosen.runs or Path(passing), chosen.data)
    text = page(outcomes, str(chosen.data.name) if chosen.data else DIGITS, "make bench-case-study")
    print(text)
    if chosen.data is None:
        PAGE.write_text(text)
    return 0


def run(runs: Path, data: Path | None) -> Outcomes:
    """Run the manifest as anyone would, and read its records."""
    environment = os.environ | ({"CASE_STUDY_DATA": str(data.absolute())} if data else {})
    command = [sys.executable, "-m", "tuning_operator.cli", "run", str(MANIFEST), "--runs-dir", str(runs)]
    subprocess.run(command, env=environment, check=True)
    found: dict[str, dict[int, Outcome]] = defaultdict(dict)
    for trial in Store(runs / "case-study").trials().values():
        accuracy, seconds = trial.value("val_accuracy"), trial.value("train_time")
        assert accuracy is not None
        assert seconds is not None
        parameters = trial.spec.parameters
        found[str(parameters["variant"])][int(parameters["repetition"])] = Outcome(accuracy, seconds)
    return found


if __name__ == "__main__":
    sys.exit(main())
