"""Starts TensorFlow quietly, with no more threads than CPUs, and without a home directory."""

import atexit
import contextlib
import math
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tuning_trial.errors import UserError

SHARED_MEMORY = "/dev/shm"  # writable in a pod even when its root filesystem is not
CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def import_keras(seed: int | None, gpus: int = 0) -> Any:
    """Import TensorFlow and Keras, set threads, seed and devices, and return the `keras` module.

    Args:
        seed: of all of Keras' random numbers.
        gpus: how many GPUs there must be.

    Raises:
        UserError: there is no directory for temporary files, or there are fewer GPUs.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    find_temporary_directory()
    _give_keras_a_home()
    with _hidden_stderr():
        import tensorflow
    threads = thread_count()
    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
    set_up_gpus(tensorflow.config, gpus)
    import keras

    if seed is not None:
        keras.utils.set_random_seed(seed % 2**32)  # NumPy takes no more than 32 bits
    return keras


def set_up_gpus(config: Any, wanted: int) -> None:
    """Let every GPU's memory grow as it is needed: another process may share the device.

    Args:
        config: tensorflow.config.
        wanted: how many there must be: a training that was to have one takes ages on CPUs.

    Raises:
        UserError: there are fewer.
    """
    found = config.list_physical_devices("GPU")
    for device in found:
        config.experimental.set_memory_growth(device, True)
    if len(found) < wanted:
        gpus = "1 GPU" if wanted == 1 else f"{wanted} GPUs"
        raise UserError(
            f"the manifest asks for {gpus} and TensorFlow finds {len(found)}",
            "use an image whose TensorFlow has CUDA, and a node with a driver for it; "
            "or train on what there is with --require-gpu=false",
        )


def thread_count() -> int:
    """Return how many threads may compute: OMP_NUM_THREADS, else the CPUs this process may use.

    TensorFlow alone counts the machine's CPUs, and in a container limited to two of 64 it then starts 64.
    """
    asked_for = os.environ.get("OMP_NUM_THREADS", "")
    if asked_for.isdigit() and int(asked_for) > 0:
        return int(asked_for)
    with contextlib.suppress(OSError):
        return usable_cpus(_allowed_cpus(), CPU_QUOTA.read_text())
    return _allowed_cpus()


def usable_cpus(allowed: int, quota: str) -> int:
    """Return the CPUs allowed, cut down to the cgroup's quota, as in "max 100000" or "150000 100000" (µs)."""
    limit, _, period = quota.strip().partition(" ")
    if not (limit.isdigit() and period.isdigit() and int(period)):
        return allowed
    return max(1, min(allowed, math.ceil(int(limit) / int(period))))


def _allowed_cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def find_temporary_directory() -> None:
    """TensorFlow cannot be imported without one; a read-only root filesystem has none in the usual places."""
    with contextlib.suppress(OSError):
        tempfile.gettempdir()
        return
    os.environ["TMPDIR"] = SHARED_MEMORY
    try:
        tempfile.gettempdir()
    except OSError:
        raise UserError(
            "there is no directory for temporary files, which TensorFlow needs", "mount an emptyDir at /tmp"
        ) from None


def _give_keras_a_home() -> None:
    """Keras keeps a file in the user's home, which a container with an arbitrary uid may not have."""
    if "KERAS_HOME" not in os.environ and not os.access(os.path.expanduser("~"), os.W_OK):
        home = tempfile.mkdtemp(prefix="keras-")
        atexit.register(shutil.rmtree, home, ignore_errors=True)
        os.environ["KERAS_HOME"] = home


@contextlib.contextmanager
def _hidden_stderr() -> Iterator[None]:
    """Hide what TensorFlow prints before its log level counts; shown after all when the import fails."""
    visible = os.dup(2)
    with tempfile.TemporaryFile() as hidden:
        sys.stderr.flush()
        os.dup2(hidden.fileno(), 2)
        try:
            yield
        except Exception:
            hidden.seek(0)
            os.write(visible, hidden.read())
            raise
        finally:
            os.dup2(visible, 2)
            os.close(visible)
