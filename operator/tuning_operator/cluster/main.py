"""The command `tuning operator`."""

from __future__ import annotations

import asyncio
import os
import sys

import click

from tuning_operator.cluster.app import REFRESH_EVERY, Operator, Options
from tuning_operator.cluster.logs import set_up


@click.command("operator", context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--namespace",
    "namespaces",
    multiple=True,
    help="Look after this namespace; may be repeated. All, if not given.",
)
@click.option(
    "--kubeconfig", help="Without it: the pod's ServiceAccount, else $KUBECONFIG or ~/.kube/config."
)
@click.option(
    "--leader-elect/--no-leader-elect",
    default=True,
    show_default=True,
    help="Act only while holding the Lease.",
)
@click.option(
    "--lease-namespace", help="Where the Lease is. The pod's own namespace, or the first one looked after."
)
@click.option(
    "--metrics-port", default=8080, show_default=True, help="For /healthz, /readyz and /metrics; 0 for none."
)
@click.option(
    "--workers",
    default=2,
    show_default=True,
    type=click.IntRange(1),
    help="Processes that compute proposals.",
)
@click.option(
    "--refresh-seconds",
    default=REFRESH_EVERY,
    show_default=True,
    help="Between two comparisons with a full LIST.",
)
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def operator(
    namespaces: tuple[str, ...],
    kubeconfig: str | None,
    leader_elect: bool,
    lease_namespace: str | None,
    metrics_port: int,
    workers: int,
    refresh_seconds: float,
    log_format: str,
) -> None:
    """Run the operator: watch TuningJobs and carry them out as Trials and Jobs."""
    set_up(log_format)
    # Threads of BLAS make the small fits of a proposal slower, and there is a pool of processes already.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # kopf's thread works on each event, and at every turn of ours we would wait up to 5 ms for it.
    sys.setswitchinterval(0.0005)
    options = Options(
        namespaces=namespaces,
        kubeconfig=kubeconfig,
        leader_elect=leader_elect,
        lease_namespace=lease_namespace,
        metrics_port=metrics_port,
        workers=workers,
        refresh_every=refresh_seconds,
    )
    sys.exit(asyncio.run(_run(options)))


async def _run(options: Options) -> int:
    return await Operator(options).run()


def main(arguments: list[str] | None = None) -> None:
    """The command, for `tuning operator …`."""
    operator.main(args=arguments, prog_name="tuning operator")
