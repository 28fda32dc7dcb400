"""`--require-gpu`, an option of every command that trains."""

import argparse

from tuning_trial import sdk


def add_gpu_option(parser: argparse.ArgumentParser) -> None:
    """Add it to a command."""
    parser.add_argument(
        "--require-gpu",
        type=_yes_or_no,
        default=True,
        metavar="true|false",
        help="false: train on the CPU where the manifest asks for a GPU and there is none (true)",
    )


def heed_gpu_option(options: argparse.Namespace) -> None:
    """Tell the session, before TensorFlow is set up."""
    if not options.require_gpu:
        sdk.current().forgive_gpus()


def _yes_or_no(text: str) -> bool:
    if text not in ("true", "false"):
        raise argparse.ArgumentTypeError("give true or false")
    return text == "true"
