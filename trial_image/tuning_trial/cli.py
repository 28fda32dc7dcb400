"""`tuning-trial run FILE`: one trial of a Keras model, from start to exit code."""

import argparse
import contextlib
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from tuning_trial import errors, sdk
from tuning_trial.errors import Interrupted, UserError, is_out_of_memory, last_line
from tuning_trial.session import say


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code of the trial contract."""
    options = _parser().parse_args(arguments)
    return exit_code(lambda: _run(options.file, options.epochs))


def exit_code(work: Callable[[], None]) -> int:
    """Do the work, and turn whatever it raises into a message for the user and the contract's exit code."""
    try:
        work()
        return errors.SUCCESS
    except Interrupted:
        sdk.finish()
        return errors.INTERRUPTED
    except UserError as error:
        return _fail(str(error), errors.USER_ERROR)
    except Exception as error:
        traceback.print_exc()
        return _fail(last_line(error), errors.OUT_OF_MEMORY if is_out_of_memory(error) else errors.CRASH)


def _run(file: Path, epochs: int | None) -> None:
    sdk.current()  # first of all, for a process 1 without a handler does not even notice a SIGTERM
    from tuning_trial.training import train

    train(file, epochs)
    sdk.finish()


def _fail(text: str, code: int) -> int:
    say(text)
    with contextlib.suppress(UserError):  # a malformed contract does not say where the message would go
        sdk.current().fail(text)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tuning-trial", description="Run one trial of a Keras model.")
    run = parser.add_subparsers(required=True, metavar="COMMAND").add_parser(
        "run", help="train build_model(hp) on load_data() of a Python file"
    )
    run.add_argument("file", type=Path, metavar="FILE", help="the Python file")
    run.add_argument("--epochs", type=_positive, metavar="N", help="unless the manifest gives epochs")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("give a whole number from 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
