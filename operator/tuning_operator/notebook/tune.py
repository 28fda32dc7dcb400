"""From functions to a job that has run."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from tuning_operator import errors
from tuning_operator.api import TuningJob, validation
from tuning_operator.errors import ImageError, InternalError, InterruptedByUser, ManifestError
from tuning_operator.init.description import describe
from tuning_operator.init.manifest import IMAGE, job_name, possible_objectives
from tuning_operator.notebook.objectives import objectives
from tuning_operator.notebook.program import FILE, write_program
from tuning_operator.notebook.result import Result, read_result

WORDS = {  # what the command says, and what it is called here
    "has begun with another manifest: --fresh starts over": "was begun by a call with other arguments: "
    "fresh=True starts over (what is there is moved aside), and another name= begins beside it",
    "--fresh": "fresh=True",
    "--keep-going": "keep_going=True",
    "the same command": "the same call",
}
EDITED = re.compile(r"spec\.(\w+): Invalid value: spec\.\w+ cannot change (after|once) .*")
ARGUMENTS = {  # what an edited field of the spec comes from here
    "template": "epochs, or directory,",
    "objectives": "objective, or what the model is compiled with,",
    "parameters": "parameters, or what build_model asks for,",
    "search": "algorithm or seed, or a default in build_model,",
    "trials": "max_trials or parallel",
}
ANY_QUESTION = {  # stands in for what the program has yet to be asked for
    "objectives": [{"metric": "loss", "goal": "Minimize"}],
    "parameters": [{"name": "any", "type": "bool"}],
}
CHILD = (sys.executable, "-m", "tuning_operator.notebook.child")


def tune(
    build_model: Any,
    data: Any,
    *,
    parameters: Sequence[Mapping[str, Any]] | None = None,
    objective: str | Mapping[str, Any] | Sequence[str | Mapping[str, Any]] | None = None,
    max_trials: int = 32,
    parallel: int = 1,
    algorithm: str = "Bayesian",
    seed: int = 0,
    epochs: int | None = None,
    name: str | None = None,
    directory: str | Path = "runs",
    spec: Mapping[str, Any] | None = None,
    fresh: bool = False,
    keep_going: bool = False,
) -> Result:
    """Tune a Keras model with processes of this machine, from a notebook or a program.

    A call that was interrupted goes on when it is made again; one that has ended gives its result again.
    Each trial is a process of its own, with a TensorFlow of its own; it starts in the current directory.
    Ctrl-C, or a notebook's stop, ends the trials cleanly and raises KeyboardInterrupt; twice, at once.

    build_model: a function of `hp` (keras-tuner's HyperParameters) that returns a compiled model, or a
        HyperModel; it may be defined in a notebook's cell.
    data: (x, y), (x_val, y_val) and perhaps (x_test, y_test), or a function that returns these.
    parameters: as in a manifest's spec.parameters; None: what build_model asks for, and then its defaults
        are the first trial and the baseline.
    objective: a metric, a manifest's objective, or several; None: the model's first metric on the
        validation data, or the loss, where Keras does not know whether more of that metric is better.
    max_trials, parallel, algorithm, seed: as in a manifest. epochs: of each trial (10), where no parameter
        `epochs` gives them.
    name: of the job, else the function's. directory: holds the records, in <directory>/<name>.
    spec: more of the manifest's spec, such as {"constraints": […]}; it comes before the rest.
    fresh: start over; what is there is moved aside. keep_going: go on when the first trial to end fails.

    Raises ManifestError where the arguments must be mended, ImageError where build_model or data must (the
    first trial to end has failed, with its last words), MachineError where this machine must.
    """
    name = name or job_name(getattr(build_model, "__name__", type(build_model).__name__))
    runs = Path(directory)
    place = runs / f"{name}.program"
    body = _manifest(name, (place / FILE).absolute(), epochs, max_trials, parallel)
    # before anything is written: a name is the name of a place, too
    _refuse(validation.problems({**body, "spec": {**body["spec"], **ANY_QUESTION}}))
    program = write_program(place, build_model, data)
    body["spec"]["search"] = {"seed": seed, "stages": [{"algorithm": algorithm}]}
    body["spec"] |= _question(program, parameters, objective)
    body["spec"] |= spec or {}
    _refuse(validation.problems(body) or validation.visit(TuningJob.model_validate(body)))
    _run({"job": body, "runs": str(runs), "fresh": fresh, "keep_going": keep_going})
    return read_result(runs / name)


def _refuse(problems: Sequence[str]) -> None:
    if problems:
        raise ManifestError(*problems)


def _manifest(name: str, program: Path, epochs: int | None, most: int, parallel: int) -> dict[str, Any]:
    arguments = [] if epochs is None else ["--epochs", str(epochs)]
    container = {
        "name": "trial",
        "image": IMAGE,
        "command": ["tuning-trial", "run", str(program), *arguments],
    }
    return {
        "apiVersion": "tuning.dev/v1alpha1",
        "kind": "TuningJob",
        "metadata": {"name": name},
        "spec": {
            "trials": {"max": most, "parallel": parallel},
            "template": {"spec": {"containers": [container]}},
        },
    }


def _question(program: Path, parameters: Any, objective: Any) -> dict[str, Any]:
    """Parameters and objectives: the caller's, and what the program tells of those left out."""
    said: dict[str, Any] = {} if objective is None else {"objectives": objectives(objective)}
    if parameters is not None:
        said["parameters"] = [dict(one) for one in parameters]
    if parameters is not None and objective is not None:
        return said
    described, notes = possible_objectives(describe(program, _environment()))
    for note in [] if objective is not None else notes:
        print(note, flush=True)
    if parameters is None:
        if not described["parameters"]:
            raise ImageError("build_model asks for no parameter; ask for one, as in hp.Int('units', 32, 512)")
        said["initialTrials"] = [{"parameters": described["defaults"]}]
    return {"parameters": described["parameters"], "objectives": described["objectives"], **said}


def _run(asked: Mapping[str, Any]) -> None:
    """Have a child run the job, and show its lines as they come. Raises the child's error."""
    with tempfile.TemporaryFile("w+") as words, _started(words) as process:
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it is dead already, and says why
            json.dump(asked, process.stdin)
            process.stdin.close()
        _show(process)
        words.seek(0)
        said = words.read()
    if process.returncode:
        raise _error(said)


def _error(said: str) -> BaseException:
    """The child's error; what it said last are its own words, whatever libraries have warned of before."""
    try:
        told = json.loads(said.splitlines()[-1])
        problems = [_in_python(problem) for problem in told["problems"]]
    except (IndexError, KeyError, TypeError, ValueError):
        return InternalError(f"the process that ran the job died: {said.strip()[-1000:]}")
    kind = getattr(errors, told["error"])
    return KeyboardInterrupt(*problems) if kind is InterruptedByUser else kind(*problems)


def _environment() -> dict[str, str]:
    """This process's, without what a kernel sets for itself: how matplotlib draws into a cell."""
    return {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}


@contextlib.contextmanager
def _started(words: IO[str]) -> Iterator[subprocess.Popen[str]]:
    """In a session of its own: of a Ctrl-C it is told by us, and by nobody else a second time."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        CHILD, stdin=pipe, stdout=pipe, stderr=words, text=True, start_new_session=True, env=_environment()
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def _show(process: subprocess.Popen[str]) -> None:
    """Print its lines until it has ended, and pass interruptions on."""
    while True:
        try:
            for line in process.stdout or ():
                print(_in_python(line.rstrip("\n")), flush=True)
            process.wait()
            return
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)


def _in_python(text: str) -> str:
    """The command's words, as a caller in Python would say them."""
    edited = EDITED.fullmatch(text)
    if edited:
        field = edited[1]
        return f"{ARGUMENTS.get(field, f'spec[{field!r}]')} is not what it was in the call before"
    return re.sub("|".join(WORDS), lambda found: WORDS[found[0]], text)
