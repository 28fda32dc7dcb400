"""The plot: mean regret by evaluations on the held-out half."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.search.figures import mean_curve, planned
from tests.benchmarks.search.kept import Kept
from tests.benchmarks.search.peers import PEERS
from tests.benchmarks.search.plan import OURS, SHORT, WORKERS
from tests.benchmarks.search.problems import HELD_OUT


def draw_plot(runs: Mapping[str, Kept], to: Path) -> None:
    """One panel for each number of workers; a search without a run of every problem is left out."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, len(WORKERS), figsize=(9, 3.6), sharey=True)
    for panel, workers in zip(panels, WORKERS, strict=True):
        for place, name in enumerate((OURS, *PEERS)):
            found = planned(runs[name], HELD_OUT, workers, SHORT)
            if {problem for problem, _ in found} != set(HELD_OUT):
                continue
            label = PEERS[name].title if name in PEERS else f"ours, {name}"
            width = 2.5 if name == OURS else 1.2
            panel.plot(
                range(1, SHORT + 1), mean_curve(found), label=label, linewidth=width, color=f"C{place}"
            )
        panel.set(
            title="sequential" if workers == 1 else f"{workers} workers", xlabel="evaluations", yscale="log"
        )
        panel.grid(alpha=0.3, which="both")
    panels[0].set_ylabel("mean regret, held-out half")
    panels[0].legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(to, dpi=90, metadata={"Software": None})
