"""`find-batch`: the largest power of two that trains."""

import os
import subprocess
import sys

import pytest
from tuning_trial.errors import OutOfMemory, UserError
from tuning_trial.finding.batch import Attempt, largest
from tuning_trial.finding.memory import SHARE, Limit, limit_of

from tests.tuning_trial.trial_process import TrialProcess

DATA = """
import keras, numpy

def load_data():
    x = numpy.random.default_rng(0).normal(size=(4000, 4)).astype('float32')
    y = (x[:, 0] > 0).astype('int32')
    return (x, y), (x, y)
"""
WIDE = f"""
{DATA}
def build_model(hp):
    ops = keras.ops
    wide = keras.layers.Lambda(lambda x: ops.repeat(x, 2**18, axis=1))  # 4 MiB an example
    narrow = keras.layers.Lambda(lambda x: ops.max(ops.reshape(x * x, (-1, 4, 2**18)), axis=2))
    first, second, last = (keras.layers.Dense(units) for units in (4, 4, 2))
    model = keras.Sequential([keras.Input((4,)), first, second, wide, narrow, last])
    model.compile('sgd', keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model
"""
# Two attempts tell, on any machine: what it holds grows with the fifth power of the batch, 4 bytes each.
STEEP = f"""
{DATA}
def steep(x):
    return x + keras.ops.max(keras.ops.zeros((keras.ops.shape(x)[0],) * 5))

def build_model(hp):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(steep), keras.layers.Dense(2)])
    model.compile('sgd', keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model
"""
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_DATA, ({0} << 20, {0} << 20))
from tuning_trial.cli import main
sys.exit(main(["find-batch", "model.py"]))
"""


@pytest.mark.parametrize(
    ("most", "examples", "found", "tried"),
    [
        (300, 10**6, 256, [32, 64, 128, 256, 512]),
        (10**6, 256, 256, [32, 64, 128, 256]),
        (10**6, 200, 128, [32, 64, 128, 256]),
        (10**6, 20, 16, [32, 16]),
        (10, 10**6, 8, [32, 16, 8]),
        (1, 10**6, 1, [32, 16, 8, 4, 2, 1]),
    ],
)
def test_the_batch_is_doubled_until_it_does_not_fit_or_has_all_examples(most, examples, found, tried):
    sizes = []

    def attempt(size):
        sizes.append(size)
        held = min(size, examples)
        return Attempt(held <= most, held, is_all=size >= examples)

    assert largest(attempt)[0] == found
    assert sizes == tried


def test_a_model_that_fits_with_no_batch_is_out_of_memory():
    with pytest.raises(OutOfMemory, match="at batch_size=1; give the container more memory"):
        largest(lambda size: Attempt(False))


def test_the_limit_is_the_smaller_of_the_container_s_and_the_machine_s():
    machine = "MemTotal: 900 kB\nMemAvailable:     100 kB\n"
    assert limit_of(["max\n", ""], machine) == pytest.approx(SHARE * 100 * 1024)
    assert limit_of(["51200\n"], machine) == pytest.approx(SHARE * 51200)
    assert limit_of(["", ""], "") is None


@pytest.mark.skipif(
    not os.path.exists("/proc/self/statm"), reason="only Linux tells what another process holds"
)
def test_a_process_that_holds_more_than_the_limit_is_ended():
    program = "import time; held = bytearray({}); time.sleep({})"
    for size, seconds, stopped in ((200 << 20, 60, True), (1 << 20, 0, False)):
        command = [sys.executable, "-c", program.format(size, seconds)]
        with subprocess.Popen(command) as process:
            assert Limit(100 << 20).watch(process) is stopped
        assert process.returncode == (-9 if stopped else 0)


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("model", "megabytes", "found"),
    [(STEEP, 3000, [32]), pytest.param(WIDE, 1500, [32, 64], marks=pytest.mark.long)],
    ids=["steep", "wide"],
)
def test_a_batch_that_does_not_fit_ends_its_own_process_only(tmp_path, model, megabytes, found):
    """Under a real limit of the process' memory, in processes that train."""
    trial = TrialProcess(tmp_path, TUNING_PARAMETERS="")
    trial.model(model)
    ended = trial.run("-c", LIMITED.format(megabytes))
    assert ended.code == 0, ended.stderr
    words = [
        line.split(": ", 1)[1].split(",")[0] for line in ended.stderr.splitlines() if "batch_size=" in line
    ]
    assert words[-1].endswith("out of memory")
    assert all(word.endswith("fits") for word in words[:-1])
    size = int(ended.stdout.split(",")[0].removeprefix("batch_size "))
    assert size in found
    assert 10**8 < float(ended.stdout.split()[-1]) < megabytes << 20


@pytest.mark.tensorflow
def test_an_attempt_trains_three_steps_with_its_batch_whatever_the_code_says(here):
    keras = pytest.importorskip("keras")
    from tuning_trial.finding.probing import Probing
    from tuning_trial.keras_tuner_code.task import read_task
    from tuning_trial.training import hyperparameters

    seen = []

    def probed(source, size, given=None):
        task = read_task(here.write(source))
        hp = hyperparameters(task, given, allow_defaults=True)
        hp.force_batch_size(size)
        work = lambda fit, a: seen.append((a["batch_size"], fit.__self__.count_params()))  # noqa: E731
        return Probing(keras, here.session(), task, hp, None, work=work).found()

    own = WIDE.replace("2**18", "2") + "\nimport keras_tuner\nclass Own(keras_tuner.HyperModel):\n"
    own += "    build = staticmethod(build_model)\n"
    own += "    def fit(self, hp, model, *a, **k):\n        return model.fit(*a, batch_size=16, **k)\n"
    for source in (WIDE, own.replace("def build_model", "def make").replace("(build_model", "(make")):
        probed(source, 512)
        probed(source, 64, {"removed": 0.5})
    assert seen == [(512, 50), (64, 32)] * 2
    batched = WIDE.replace("return (x, y), (x, y)", "return [__import__('tensorflow').data.Dataset"
                           ".from_tensor_slices((x, y)).batch(8)] * 2")  # fmt: skip
    with pytest.raises(UserError, match="data comes in batches already"):
        probed(batched, 512)
