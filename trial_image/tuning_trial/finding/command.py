"""`tuning-trial find-rate`, `tuning-trial find-batch` and `tuning-trial recipe NAME --find`."""

import argparse
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuning_trial.errors import UserError
from tuning_trial.options import positive
from tuning_trial.session import say

if TYPE_CHECKING:
    from tuning_trial.finding.probing import Probe

BATCHES = 100


def add_commands(commands: Any) -> None:
    """Add both to argparse's subcommands of the command line."""
    rate = commands.add_parser("find-rate", help="propose a range for the learning rate, by a sweep")
    rate.add_argument("file", type=Path, metavar="FILE", help="as for `run`")
    _add_rate_options(rate)
    rate.set_defaults(command=partial(_of_file, find_rate))
    batch = commands.add_parser("find-batch", help="find the largest power of two that fits as a batch")
    batch.add_argument("file", type=Path, metavar="FILE", help="as for `run`")
    _add_batch_options(batch)
    batch.set_defaults(command=partial(_of_file, find_batch))


def add_find_option(parser: argparse.ArgumentParser) -> None:
    """Add `--find` to a command that trains, and what goes with it."""
    parser.add_argument(
        "--find",
        choices=("rate", "batch"),
        help="do not train, but find a range for the learning rate, or the largest power of two as a batch",
    )
    _add_rate_options(parser)
    _add_batch_options(parser)


def refuse_idle(options: argparse.Namespace) -> None:
    """See that no option is given that has no effect with this `--find`, or without it.

    Raises:
        UserError: one is.
    """
    idle = [name for name in ("plot", "batches") if options.find != "rate" and getattr(options, name)]
    if idle:
        raise UserError(f"--{idle[0]} has an effect with --find rate only", "add that, or leave it out")
    if options.find and options.export:
        raise UserError(
            "--find and --export exclude each other", "leave one of them out: --find trains no model"
        )


def find(probe: "Probe", options: argparse.Namespace) -> None:
    """Do what `--find` says.

    Raises:
        UserError: the picture cannot be written there, or what is probed must be mended.
    """
    (find_rate if options.find == "rate" else find_batch)(probe, options)


def find_rate(probe: "Probe", options: argparse.Namespace) -> None:
    """Sweep, draw, and print the parameter."""
    from tuning_trial import artifact
    from tuning_trial.contract import read_contract
    from tuning_trial.finding import rate

    if options.plot and not options.plot.parent.is_dir():
        raise UserError(f"--plot {options.plot}: there is no such directory", "make it, or name another")
    place = read_contract(os.environ).artifact_dir
    sweep = rate.find_rate(probe, options.batches or BATCHES)
    from tuning_trial.tactics.finder import USUAL

    if options.plot:
        sweep.plot(options.plot)
    elif place is not None:
        artifact.prepare(place)
        artifact.write(place, rate.PLOT_FILE, sweep.svg.encode())
    say(f"{len(sweep.rates)} rates tried, the loss from {sweep.losses[0]:.3g} to {min(sweep.losses):.3g}")
    if (sweep.low, sweep.high) == USUAL:
        say("the curve shows no narrower range: this is the usual one")
    print(rate.snippet(sweep.low, sweep.high))


def find_batch(probe: "Probe", options: argparse.Namespace) -> None:
    """Try one size in this process, or each in a process of its own, and print the largest that fits."""
    from tuning_trial import sdk
    from tuning_trial.finding import batch

    if options.attempt:
        batch.try_batch(probe, options.attempt, options.answer)
        return
    sdk.stand_aside()
    size, made = batch.find_batch(options.words)
    print(f"batch_size {size}, {batch.told(made)}")


def _of_file(find: Any, options: argparse.Namespace) -> None:
    from tuning_trial.finding.probing import probe
    from tuning_trial.user_code import locate

    find(partial(probe, locate(options.file)), options)


def _add_rate_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--batches", type=positive, metavar="N", help=f"how many learning rates are tried ({BATCHES})")
    add("--plot", type=Path, metavar="SVG", help="draw the losses over the learning rates")


def _add_batch_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--attempt", type=positive, help=argparse.SUPPRESS)
    parser.add_argument("--answer", type=Path, help=argparse.SUPPRESS)
