"""`tuning-trial find-rate` and `tuning-trial find-batch`."""

import argparse
import os
from pathlib import Path
from typing import Any

from tuning_trial.errors import UserError
from tuning_trial.options import positive
from tuning_trial.session import say


def add_commands(commands: Any) -> None:
    """Add both to argparse's subcommands of the command line."""
    rate = commands.add_parser("find-rate", help="propose a range for the learning rate, by a sweep")
    rate.add_argument("file", type=Path, metavar="FILE", help="as for `run`")
    rate.add_argument(
        "--batches", type=positive, default=100, metavar="N", help="how many rates are tried (100)"
    )
    rate.add_argument("--plot", type=Path, metavar="SVG", help="draw the losses over the rates")
    rate.set_defaults(command=_find_rate)
    batch = commands.add_parser("find-batch", help="find the largest power of two that fits as a batch")
    batch.add_argument("file", type=Path, metavar="FILE", help="as for `run`")
    batch.add_argument("--attempt", type=positive, help=argparse.SUPPRESS)
    batch.add_argument("--answer", type=Path, help=argparse.SUPPRESS)
    batch.set_defaults(command=_find_batch)


def _find_rate(options: argparse.Namespace) -> None:
    from tuning_trial import artifact
    from tuning_trial.contract import read_contract
    from tuning_trial.finding.rate import PLOT_FILE, find_rate, snippet

    if options.plot and not options.plot.parent.is_dir():
        raise UserError(f"--plot {options.plot}: there is no such directory", "make it, or name another")
    place = read_contract(os.environ).artifact_dir
    sweep = find_rate(options.file, options.batches)
    from tuning_trial.tactics.finder import USUAL

    if options.plot:
        sweep.plot(options.plot)
    elif place is not None:
        artifact.prepare(place)
        artifact.write(place, PLOT_FILE, sweep.svg.encode())
    say(f"{len(sweep.rates)} rates tried, the loss from {sweep.losses[0]:.3g} to {min(sweep.losses):.3g}")
    if (sweep.low, sweep.high) == USUAL:
        say("the curve shows no narrower range: this is the usual one")
    print(snippet(sweep.low, sweep.high))


def _find_batch(options: argparse.Namespace) -> None:
    from tuning_trial import sdk
    from tuning_trial.finding import batch
    from tuning_trial.user_code import locate

    if options.attempt:
        batch.try_batch(options.file, options.attempt, options.answer)
        return
    sdk.stand_aside()
    size, made = batch.find_batch(locate(options.file))
    print(f"batch_size {size}, {batch.told(made)}")
