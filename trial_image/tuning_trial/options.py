"""What the options of several commands share."""

import argparse
import math
import re

from tuning_trial import sdk
from tuning_trial.variants import KINDS


def add_gpu_option(parser: argparse.ArgumentParser) -> None:
    """Add `--require-gpu` to a command that trains."""
    parser.add_argument(
        "--require-gpu",
        type=_yes_or_no,
        default=True,
        metavar="true|false",
        help="false: train on the CPU where the manifest asks for a GPU and there is none (true)",
    )


def add_export_option(parser: argparse.ArgumentParser) -> None:
    """Add `--export` to a command that trains a model of one output."""
    parser.add_argument(
        "--export",
        type=lambda text: tuple(kind.strip() for kind in text.split(",")),
        default=(),
        metavar="KINDS",
        help=f"make and measure TFLite variants of the best model: {','.join(KINDS)}",
    )


def heed_gpu_option(options: argparse.Namespace) -> None:
    """Tell the session, before TensorFlow is set up."""
    if not options.require_gpu:
        sdk.current().forgive_gpus()


def positive(text: str) -> int:
    """Read a whole number from 1."""
    return whole_number(text, 1)


def whole_number(text: str, low: int, high: float = math.inf) -> int:
    """Read a whole number from `low` to `high`.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    number = int(text) if re.fullmatch("-?[0-9]+", text) else low - 1
    if not low <= number <= high:
        raise wrong(text, f"a whole number from {low}" + ("" if high == math.inf else f" to {high}"))
    return number


def wrong(text: str, expected: str) -> argparse.ArgumentTypeError:
    """Return the error of an option, whose name argparse puts before it."""
    return argparse.ArgumentTypeError(f"it is {text!r}; give {expected}")


def _yes_or_no(text: str) -> bool:
    if text not in ("true", "false"):
        raise wrong(text, "true or false")
    return text == "true"
