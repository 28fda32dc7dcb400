"""What is imported when, and the page before TensorFlow."""

import subprocess
import sys
import time
from urllib.request import urlopen

import pytest
import tuning_trial

from tests.tuning_trial.trial_process import CountingTrial, TrialProcess

GATE = """
import importlib.abc, os, pathlib, sys, time

class Gate(importlib.abc.MetaPathFinder):
    '''Lets nobody import TensorFlow before a file `open` is there.'''

    def find_spec(self, name, path=None, target=None):
        if name == 'tensorflow':
            pathlib.Path('importing').touch()
            while not pathlib.Path('open').exists():
                time.sleep(0.05)
            raise SystemExit(5)

sys.meta_path.insert(0, Gate())
"""


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["recipe", "--list"]])
def test_help_imports_nothing_but_ourselves_and_python_s_own(arguments):
    program = (
        "import sys\nbefore = {*sys.modules}\nfrom tuning_trial.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "imported = {name.partition('.')[0] for name in sys.modules.keys() - before}\n"
        "print(imported - sys.stdlib_module_names)"
    )
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "{'tuning_trial'}", done.stderr


@pytest.mark.parametrize("kind", [TrialProcess, CountingTrial])
def test_a_trial_of_the_tests_runs_the_package_that_they_import(kind, tmp_path):
    ended = kind(tmp_path).run_program("import tuning_trial; print(tuning_trial.__file__)")
    assert ended.stdout == f"{tuning_trial.__file__}\n"


def test_the_page_is_up_while_tensorflow_is_being_imported(tmp_path):
    """The gate is a fault that is forced: without it the moment is too short to look."""
    (tmp_path / "sitecustomize.py").write_text(GATE)
    trial = TrialProcess(tmp_path, PYTHONPATH=str(tmp_path))
    with trial.start(*trial.model("def build_model(hp): ...")) as process:
        while not (tmp_path / "importing").exists():
            assert process.poll() is None
            time.sleep(0.05)
        with urlopen(f"http://127.0.0.1:{trial.port}/metrics", timeout=10) as page:
            assert "tuning_trial_step 0.0" in page.read().decode()
        (tmp_path / "open").touch()
        assert trial.end(process).code == 5


@pytest.mark.parametrize(
    ("lacking", "arguments"),
    [
        ("tensorflow", ["run", "model.py"]),
        ("tensorflow", ["find-rate", "model.py"]),
        ("keras_tuner", ["describe", "model.py"]),
        ("numpy", ["recipe", "image-cnn", "--data", "images.npz"]),
    ],
)
def test_where_the_sdk_alone_is_installed_the_runner_says_what_it_lacks(tmp_path, lacking, arguments):
    for name in ("model.py", "images.npz"):
        (tmp_path / name).touch()
    trial = TrialProcess(tmp_path)
    start = f"import sys\nsys.modules[{lacking!r}] = None\nfrom tuning_trial.cli import main\n"
    ended = trial.run_program(f"{start}sys.exit(main({arguments!r}))")
    words = f"tuning-trial needs {lacking}, which is not installed; install tuning-trial[tensorflow], or take"
    assert ended.code == 2
    assert ended.stderr.startswith(f"tuning-trial: {words}"), "and there is no traceback"
