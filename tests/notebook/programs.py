"""Programs as somebody types them into a notebook: all of it in `__main__`, which no other process has."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

# What a trial learns is not the matter here; that it has these very functions and data, is.
MODEL = """
import numpy as np
from tuning_operator import tune

WIDTH = 4  # a global that build_model needs

def build_model(hp):
    import keras

    model = keras.Sequential([keras.Input((WIDTH,)), keras.layers.Dense(hp.Int("units", 2, 8)),
                              keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(hp.Float("learning_rate", 1e-3, 1e-1, sampling="log")), "mse")
    return model

x = np.random.default_rng(0).normal(size=(64, WIDTH)).astype("float32")
y = x.sum(axis=1, keepdims=True)
data = (x[:48], y[:48]), (x[48:], y[48:])
"""
# everything said, so that nobody need ask the program; the objective is a cheap one
GIVEN = """
given = dict(
    parameters=[{"name": "units", "type": "int", "min": 2, "max": 8},
                {"name": "learning_rate", "type": "double", "min": 0.001, "max": 0.1, "scale": "log"}],
    objective=["val_loss", {"metric": "train_time", "goal": "Minimize"}],
    algorithm="Random", max_trials=1, epochs=1, name="given",
)
"""
# as ipykernel sets it; its package is not there for a trial of another environment
KERNEL = {"MPLBACKEND": "module://no_such_package.backend_inline"}
SHOWN = "\nprint('RESULT', json.dumps({'trials': result.trials, 'best': result.best_parameters}))\n"


def _hear_the_stop_button() -> None:
    """A shell's background job ignores SIGINT, and so would all that the tests start; a kernel does not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Notebook:
    """A kernel's stand-in: a fresh Python in a directory, its code on standard input."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def start(self, *cells: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-"],
            cwd=self.path,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **KERNEL, "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"},
            preexec_fn=_hear_the_stop_button,
        )
        assert process.stdin is not None
        process.stdin.write("import json\n" + "\n".join(cells))
        process.stdin.close()
        process.stdin = None
        return process

    def run(self, *cells: str) -> str:
        """What was printed."""
        return self.start(*cells).communicate(timeout=240)[0]

    def stop(self, process: subprocess.Popen[str], line: str) -> str:
        """Press a notebook's stop button once a line is there; what was printed from there on."""
        assert process.stdout is not None
        for said in process.stdout:
            if line in said:
                break
        process.send_signal(signal.SIGINT)
        return process.communicate(timeout=120)[0]


def result(printed: str) -> dict[str, Any]:
    """What SHOWN has printed."""
    [line] = [line for line in printed.splitlines() if line.startswith("RESULT ")]
    found: dict[str, Any] = json.loads(line.removeprefix("RESULT "))
    return found
