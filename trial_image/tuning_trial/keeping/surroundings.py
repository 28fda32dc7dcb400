"""Where a trial ran: the program, the versions, the machine, and what of the environment decides numbers."""

import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = ("tuning-trial", "tensorflow", "tensorflow-cpu", "keras", "keras-tuner", "numpy", "scikit-learn")
# No other variable is written down: an environment holds secrets.
CONTRACT = ("TUNING_PARAMETERS", "TUNING_OBJECTIVES", "TUNING_CONSTRAINTS", "TUNING_SEED", "TUNING_PURPOSE",
            "TUNING_RUNGS")  # fmt: skip
DECISIVE = ("TF_DETERMINISTIC_OPS", "TF_CUDNN_DETERMINISTIC", "TF_ENABLE_ONEDNN_OPTS", "TF_XLA_FLAGS",
            "OMP_NUM_THREADS", "PYTHONHASHSEED", "KERAS_BACKEND", "CUDA_VISIBLE_DEVICES",
            "NVIDIA_TF32_OVERRIDE")  # fmt: skip


def command() -> list[str]:
    """Return the command line that started this process, beginning with `tuning-trial` where it was that."""
    words = list(sys.orig_argv)
    for i, word in enumerate(words):
        if Path(word).name.startswith("tuning-trial") or word == "tuning_trial.cli":
            return ["tuning-trial", *words[i + 1 :]]
    return words


def contract_variables() -> dict[str, str]:
    """Return the contract's variables that a repetition needs, and those that decide numbers."""
    return {name: os.environ[name] for name in (*CONTRACT, *DECISIVE) if name in os.environ}


def versions() -> dict[str, str]:
    """Return Python's version and those of the packages that train."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def hardware(gpus: list[str]) -> dict[str, Any]:
    """Return processor, threads, memory and devices; sizes in bytes."""
    told: dict[str, Any] = {"machine": platform.machine(), "system": platform.platform(), "gpus": gpus}
    told["cpu"] = _cpu_model() or platform.processor()
    if hasattr(os, "sched_getaffinity"):
        told["cpus"] = len(os.sched_getaffinity(0))
    if "SC_PHYS_PAGES" in os.sysconf_names:
        told["memory_bytes"] = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return told


def git_state(file: Path) -> dict[str, Any] | None:
    """Return commit and cleanness of the repository that holds the file; None without one, or without git."""
    commit = _git(file, "rev-parse", "HEAD")
    if commit is None or _git(file, "ls-files", "--error-unmatch", file.name) is None:
        return None
    changes = _git(file, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "is_clean": changes == ""}


def _git(file: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=file.parent, capture_output=True, text=True, timeout=5, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _cpu_model() -> str | None:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return None
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), None)
