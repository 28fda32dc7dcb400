import os
import shutil

import pytest
from tuning_trial.errors import UserError
from tuning_trial.tensorflow_setup import set_up_gpus, thread_count, usable_cpus

from tests.tuning_trial.trial_process import TrialProcess


@pytest.mark.parametrize(
    ("allowed", "quota", "threads"),
    [
        (8, "max 100000\n", 8),
        (8, "200000 100000\n", 2),
        (8, "150000 100000\n", 2),
        (8, "10000 100000\n", 1),
        (2, "400000 100000\n", 2),
        (4, "", 4),
    ],
)
def test_threads_are_the_cpus_allowed_within_the_quota(allowed, quota, threads):
    assert usable_cpus(allowed, quota) == threads


def test_omp_num_threads_is_obeyed(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert thread_count() == 3


class Devices:
    """TensorFlow's configuration on a machine that has these GPUs, which this one has not."""

    def __init__(self, *names):
        self.names, self.growing, self.experimental = names, [], self

    def list_physical_devices(self, kind):
        return self.names if kind == "GPU" else ()

    def set_memory_growth(self, device, is_on):
        self.growing += [device] if is_on else []


def test_memory_grows_on_every_gpu():
    devices = Devices("GPU:0", "GPU:1")
    set_up_gpus(devices, 2)
    assert devices.growing == ["GPU:0", "GPU:1"]


@pytest.mark.parametrize("wanted", [1, 2])
def test_a_gpu_that_was_asked_for_and_is_not_there_is_an_error(wanted):
    with pytest.raises(UserError, match=rf"asks for {wanted} GPUs? .* finds 0; .*--require-gpu=false"):
        set_up_gpus(Devices(), wanted)


def test_without_a_wish_cpus_will_do():
    set_up_gpus(Devices(), 0)


@pytest.mark.tensorflow
@pytest.mark.skipif(shutil.which("nvidia-smi") is None, reason="this machine has no GPU (no nvidia-smi)")
def test_a_trial_trains_on_a_real_gpu_whose_memory_grows(tmp_path):
    program = (
        "from tuning_trial.tensorflow_setup import import_keras\n"
        "keras = import_keras(1, gpus=1)\nimport numpy, tensorflow as tf\n"
        "[gpu, *_] = tf.config.list_physical_devices('GPU')\n"
        "assert tf.config.experimental.get_memory_growth(gpu)\n"
        "model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])\n"
        "model.compile('sgd', 'mse')\nmodel.fit(numpy.ones((8, 4)), numpy.ones((8, 2)), verbose=0)\n"
        "print(model.layers[0].kernel.value.device)"
    )
    ended = TrialProcess(
        tmp_path, TUNING_GPUS="1", LD_LIBRARY_PATH=os.environ.get("LD_LIBRARY_PATH", "")
    ).run_program(program)
    assert "GPU:0" in ended.stdout, ended.stderr
