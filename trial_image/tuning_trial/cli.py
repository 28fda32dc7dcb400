"""`tuning-trial run FILE`: one trial of a Keras model, from start to exit code; and its other commands."""

import argparse
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from tuning_trial import errors, sdk
from tuning_trial.errors import Interrupted, OutOfMemory, UserError, is_out_of_memory, last_line
from tuning_trial.finding.command import add_commands as add_finding
from tuning_trial.options import add_export_option, add_gpu_option, heed_gpu_option, positive
from tuning_trial.recipes.command import add_command as add_recipe
from tuning_trial.session import say

# What the extra `tensorflow` brings, and the SDK alone does without, by the names that are imported.
EXTRA = ("tensorflow", "keras", "keras_tuner", "numpy", "fsspec", "pyarrow", "PIL", "sklearn")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code of the trial contract."""
    words = sys.argv[1:] if arguments is None else [*arguments]
    return sdk.end_with(exit_code(lambda: _do(words)))


def exit_code(work: Callable[[], None]) -> int:
    """Do the work, and turn whatever it raises into a message for the user and the contract's exit code."""
    try:
        work()
        return errors.SUCCESS
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a second one need not wait for trackers
        return _fail("stopped by Ctrl-C (SIGINT)", errors.CTRL_C)
    except Interrupted:
        sdk.finish()
        return errors.INTERRUPTED
    except UserError as error:
        return _fail(str(error), errors.USER_ERROR)
    except OutOfMemory as error:
        return _fail(str(error), errors.OUT_OF_MEMORY)
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and error.name in EXTRA:
            what = f"tuning-trial needs {error.name}, which is not installed"
            mend = "install tuning-trial[tensorflow], or take an image that has it"
            return _fail(str(UserError(what, mend)), errors.USER_ERROR)
        traceback.print_exc()
        return _fail(last_line(error), errors.OUT_OF_MEMORY if is_out_of_memory(error) else errors.CRASH)


def _do(words: list[str]) -> None:
    options = _parser().parse_args(words, argparse.Namespace(words=words))
    options.command(options)


def _run(options: argparse.Namespace) -> None:
    sdk.begin()  # first of all, for a process 1 without a handler does not even notice a SIGTERM
    heed_gpu_option(options)
    from tuning_trial.training import train

    sys.argv[:] = [str(options.file)]  # as the file would see it when run by itself
    train(options.file, options.epochs, options.allow_defaults, options.export)
    sdk.finish()


def _describe(options: argparse.Namespace) -> None:
    from tuning_trial.keras_tuner_code.describe import describe_file

    sys.argv[:] = [str(options.file)]
    describe_file(options.file, options.seed)


def _fail(text: str, code: int) -> int:
    say(text)
    sdk.fail(text)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tuning-trial", description="Run one trial of a Keras model.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="train the model of a Python file")
    run.add_argument("file", type=Path, metavar="FILE", help="with build_model(hp), or a Keras Tuner search")
    run.add_argument("--epochs", type=positive, metavar="N", help="unless the manifest gives epochs")
    run.add_argument(
        "--allow-defaults",
        action="store_true",
        help="take the default of a parameter that the manifest lacks, and pass over one that the code lacks",
    )
    add_export_option(run)
    add_gpu_option(run)
    run.set_defaults(command=_run)
    add_recipe(commands)
    add_finding(commands)
    describe = commands.add_parser("describe", help="print, as JSON, which parameters a Python file asks for")
    describe.add_argument("file", type=Path, metavar="FILE")
    describe.add_argument("--seed", type=int, default=0, metavar="N", help="of the random calls (0)")
    describe.set_defaults(command=_describe)
    return parser


if __name__ == "__main__":
    sys.exit(main())
