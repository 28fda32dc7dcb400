"""The command line: `tuning run | init | validate | operator`, also as `kubectl tuning`."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, cast

import click

from tuning_operator.api import TuningJob
from tuning_operator.errors import (
    ImageError,
    InternalError,
    InterruptedByUser,
    MachineError,
    ManifestError,
    TuningError,
)
from tuning_operator.report.progress import Listener
from tuning_operator.report.text import as_it_stands, plain

TRACEBACK = "TUNING_TRACEBACK"  # set to anything: show where an error came from


class Shown(Listener, AbstractContextManager["Shown"], Protocol):
    """A listener that holds the terminal while it is open."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="tuning-operator", message="%(version)s")
def cli() -> None:
    """Finds good hyperparameters: one manifest, on this machine or on a cluster."""


@cli.command()
@click.argument("file", type=click.Path(allow_dash=True))
@click.option("--keep-going", is_flag=True, help="Go on when the first trial to end has failed.")
@click.option("--fresh", is_flag=True, help="Start over; what is there is moved aside.")
@click.option("--runs-dir", type=click.Path(path_type=Path), default=Path("runs"), show_default=True,
              help="Where to keep jobs: <dir>/<job>/.")  # fmt: skip
@click.option(
    "-o", "--output", type=click.Choice(["json", "yaml"]), help="Print the TuningJob as it is at the end."
)
@click.option("--name", help="Which TuningJob, where the file has several.")
def run(
    file: str, keep_going: bool, fresh: bool, runs_dir: Path, output: str | None, name: str | None
) -> int:
    """Tune with local processes. Goes on where it was cut off.

    Exit code: 0 the job succeeded, 1 it failed, 2 the manifest must be mended, 130 interrupted.
    """
    from tuning_operator.local.command import Options, run_job  # the operator need not load it

    job = _one_job(file, name)
    options = Options(runs_dir, _directory(file), keep_going, fresh)
    try:
        with _listener(output) as listener:
            finished = run_job(job, options, listener)
    except (ImageError, InterruptedByUser):
        _print_recorded(runs_dir / job.metadata.name, output)
        raise
    _print(finished, runs_dir, output)
    return 0 if finished.status.phase == "Succeeded" else 1


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="Of the job; else the file's.")
@click.option("--configmap", is_flag=True, help="Put the program into the manifest, and not into an image.")
@click.option("--image", help="The trial's image.")
@click.option("--force", is_flag=True, help="Write over files that are there.")
def init(file: Path, name: str | None, configmap: bool, image: str | None, force: bool) -> None:
    """Write a manifest for a Python file, with the parameters that its code asks for."""
    from tuning_operator.init.command import Options
    from tuning_operator.init.command import init as write

    if file.is_file():
        click.echo(f"reading what {file} asks for; TensorFlow's import takes its time", err=True)
    for sentence in write(file, Options(name, configmap, image, force)):
        _say(sentence)


@cli.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(allow_dash=True))
def validate(files: tuple[str, ...]) -> int:
    """Say what the API server and the operator would say of manifests, offline."""
    code = 0
    for file in files:
        try:
            for manifest in _jobs(file):
                problems = _problems(manifest)
                _say("\n".join(f"{file}: {p}" for p in problems) or f"{file}: {_title(manifest)} is valid")
                for words in [] if problems else _plan(manifest):
                    _say(f"{file}: {_title(manifest)}: {words}")
                for warning in [] if problems else _warnings(manifest):
                    _say(f"{file}: {_title(manifest)}: warning: {warning}", err=True)
                code = 2 if problems else code
        except ManifestError as error:
            _say(str(error))
            code = error.exit_code
    return code


@cli.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def operator(arguments: tuple[str, ...]) -> Any:
    """Run the operator, in a cluster or beside one."""
    from tuning_operator.cluster.main import operator as command  # loads Kubernetes

    return command.main(list(arguments), prog_name="tuning operator", standalone_mode=False)


def _jobs(file: str) -> list[dict[str, Any]]:
    """The TuningJobs of a file; it may hold other things that go with them."""
    from tuning_operator.api.manifest import load

    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestError(f"{file}: {getattr(error, 'strerror', None) or 'not UTF-8 text'}") from None
    try:
        documents = load(text, "standard input" if file == "-" else file)
    except ManifestError as error:
        raise ManifestError(f"{file}: {error}") from None
    found = [d for d in documents if d.get("kind") == "TuningJob"]
    if not found:
        kinds = ", ".join(sorted({str(d.get("kind")) for d in documents})) or "nothing"
        raise ManifestError(f"{file}: no TuningJob in it (found: {kinds}); add one of kind TuningJob")
    return found


def _problems(manifest: dict[str, Any]) -> list[str]:
    from tuning_operator.api import validation

    found = validation.problems(manifest)
    if not found:
        found = validation.visit(TuningJob.model_validate(manifest))
    return [f"{_title(manifest)}: {problem}" for problem in found]


def _plan(manifest: dict[str, Any]) -> list[str]:
    from tuning_operator.api import validation
    from tuning_operator.engine.stages import plan

    return plan(validation.read(manifest))


def _warnings(manifest: dict[str, Any]) -> list[str]:
    from tuning_operator.api import validation

    return validation.warnings(manifest)


def _one_job(file: str, name: str | None) -> TuningJob:
    jobs = [m for m in _jobs(file) if name in (None, _name(m))]
    if len(jobs) != 1:
        there = ", ".join(_name(m) for m in _jobs(file))
        raise ManifestError(f"{file}: choose one TuningJob with --name; there are {there}")
    problems = _problems(jobs[0])
    if problems:
        raise ManifestError(*(f"{file}: {problem}" for problem in problems))
    return TuningJob.model_validate(jobs[0])


def _name(manifest: dict[str, Any]) -> str:
    metadata = manifest.get("metadata")
    return str(metadata.get("name", "")) if isinstance(metadata, dict) else ""


def _title(manifest: dict[str, Any]) -> str:
    return f"TuningJob/{plain(_name(manifest))}"


def _directory(file: str) -> Path:
    return Path.cwd() if file == "-" else Path(file).absolute().parent


def _listener(output: str | None) -> Shown:
    """A live view on a terminal, else plain lines; stdout belongs to the result where one is asked for."""
    from rich.console import Console

    from tuning_operator.report.lines import Lines
    from tuning_operator.report.live import LiveView

    stream = sys.stderr if output else sys.stdout
    console = Console(file=stream)
    return cast(
        Shown, LiveView(console) if console.is_terminal and not console.is_dumb_terminal else Lines(stream)
    )


def _print_recorded(directory: Path, output: str | None) -> None:
    """The job as it is now, for whoever asked for it: the error goes elsewhere."""
    from tuning_operator.local.store import Store

    recorded = Store(directory).job()
    if output and recorded is not None:
        _print(recorded, directory.parent, output)


def _print(job: TuningJob, runs: Path, output: str | None) -> None:
    from rich.console import Console

    from tuning_operator.report.output import as_json, as_yaml, tidy
    from tuning_operator.report.result import print_result

    if output:
        click.echo((as_json if output == "json" else as_yaml)(tidy(job.to_json())), nl=False)
    else:
        print_result(Console(), job, runs / job.metadata.name)


def main() -> None:
    """Run the command; every error becomes its message and its exit code."""
    plugin = Path(sys.argv[0]).name == "kubectl-tuning"
    try:
        code = cli.main(prog_name="kubectl tuning" if plugin else "tuning", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        _leave(InterruptedByUser("interrupted"))
    except TuningError as error:
        _leave(error)
    except BrokenPipeError:  # nobody reads any more, as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        _leave(MachineError(f"{error.filename or 'this machine'}: {error.strerror or error}"))
    except Exception as error:
        _leave(InternalError(f"{type(error).__name__}: {error}"))
    sys.exit(code if isinstance(code, int) else 0)


def _leave(error: TuningError) -> None:
    if os.environ.get(TRACEBACK):
        raise error
    hint = f" ({TRACEBACK}=1 shows where)" if isinstance(error, InternalError) else ""
    _say(f"{error.prefix}{error}{hint}", err=True, fg="red" if sys.stderr.isatty() else None)
    sys.exit(error.exit_code)


def _say(text: str, *, err: bool = False, fg: str | None = None) -> None:
    """Print lines that may quote a manifest; the terminal obeys nothing of what they quote."""
    quiet = "\n".join(as_it_stands(line) for line in text.split("\n"))
    click.echo(click.style(quiet, fg=fg) if fg else quiet, err=err)


if __name__ == "__main__":
    main()
