"""What the chart's Grafana dashboards show; `generate_dashboards.py` writes the JSON.

Every query is a metric of ours, or of NVIDIA's dcgm-exporter; a panel whose metric does not exist yet is not
here. Each replica of the operator tells of the same jobs, so a query takes the max over replicas before it
sums over jobs. What an operator says of itself carries the namespace that it is installed in: there may be
several, each for its own namespaces.
"""

from __future__ import annotations

from dataclasses import dataclass

OF_JOB = 'namespace="$namespace",tuning_job="$tuning_job"'
OF_TRIAL = OF_JOB + ',tuning_trial=~"$tuning_trial"'
# What a trial measures beside its model's own metrics: of other units, and each with a panel of its own.
MEASURED = "learning_rate|.*_time|examples_per_second|.*_bytes|model_parameters|flops|latency_.*"
# dcgm-exporter knows pods, and no labels of theirs: a trial's pod begins with the name of its run. Trials are
# numbers, also all of them: the pods of `digits-2` are none of `digits`.
ALL_TRIALS = "[0-9]+"
OF_POD = 'namespace="$namespace",pod=~"$tuning_job-$tuning_trial-r[0-9]+-[a-z0-9]+"'


@dataclass(frozen=True)
class Panel:
    """queries: PromQL and legend. kind: a panel type of Grafana. width: of 24 columns.

    matrix: two labels of what there is now, which become the rows and the columns that it is drawn from.
    points: the legend of what is drawn as points, not as a line. text: what a stat shows.
    """

    title: str
    queries: tuple[tuple[str, str], ...]
    kind: str = "timeseries"
    unit: str = "short"
    width: int = 8
    height: int = 8
    description: str = ""
    matrix: tuple[str, str] | None = None
    points: str | None = None
    text: str = "value_and_name"


@dataclass(frozen=True)
class Dashboard:
    """rows: titles and panels. variables: name and the label_values query that offers its values."""

    uid: str
    title: str
    description: str
    variables: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, tuple[Panel, ...]], ...]


HOURS = "suffix:h"  # Grafana's own unit of hours makes days and weeks of them
IN_NAMESPACE = "{{namespace}}"


def over_jobs(label: str, metric: str, selector: str = "") -> str:
    """The sum over all jobs, each counted once, by one label."""
    chosen = f"{{{selector}}}" if selector else ""
    return f"sum by ({label}) (max by (namespace, tuning_job, {label}) ({metric}{chosen}))"


def of_job(metric: str, *labels: str, selector: str = "") -> str:
    """One job's metric, each replica's being the same."""
    by = f"by ({', '.join(labels)}) " if labels else ""
    return f"max {by}({metric}{{{OF_JOB}{',' if selector else ''}{selector}}})"


def measured(selector: str, width: int = 6) -> tuple[Panel, ...]:
    """What trials measure while they run, a panel for each unit."""

    def one(title: str, metric: str, unit: str = "short") -> Panel:
        query = f'max by (tuning_trial) (tuning_trial_metric{{{selector},metric="{metric}"}})'
        return Panel(title, ((query, "trial {{tuning_trial}}"),), unit=unit, width=width)

    return (
        one("Learning rate", "learning_rate"),
        one("Examples a second", "examples_per_second"),
        one("Memory, at its peak", "peak_memory_bytes", "bytes"),
    )


def health() -> tuple[Panel, ...]:
    """Gradients, loss and relus of the chosen trials, by groups of layers."""

    def one(title: str, query: str, legend: str, unit: str = "short", description: str = "") -> Panel:
        return Panel(title, ((query, legend),), unit=unit, width=6, description=description)

    of_group = "{{group}} of trial {{tuning_trial}}"
    unsound = f"tuning_trial_unsound_gradients_total{{{OF_TRIAL}}}"
    looks = f"max by (tuning_trial) (tuning_trial_gradient_measurements_total{{{OF_TRIAL}}})"
    part = f"sum by (tuning_trial, group, kind) ({unsound}) / on (tuning_trial) group_left {looks}"
    turns, losses = (f"tuning_trial_{n}_total{{{OF_TRIAL}}}" for n in ("loss_turns", "losses"))
    return (
        one("Gradient norms", f"tuning_trial_gradient_norm{{{OF_TRIAL}}}", of_group),
        one(
            "Unsound gradients",
            part,
            "{{kind}} in " + of_group,
            "percentunit",
            "Exploding: a norm above 1000; vanishing: below 1e-6; nan: not finite.",
        ),
        one(
            "Turns of the loss",
            f"{turns} / {losses}",
            "trial {{tuning_trial}}",
            "percentunit",
            "Chance alone makes two thirds; clearly more is an oscillation.",
        ),
        one("Dead relus", f"tuning_trial_dead_relu_ratio{{{OF_TRIAL}}}", of_group, "percentunit"),
    )


def quantile(q: float, histogram: str, by: str = "") -> str:
    labels = "le" + (f", {by}" if by else "")
    return f"histogram_quantile({q}, sum by ({labels}) (rate({histogram}_bucket[$__rate_interval])))"


ENDED = 'state!="running"'
FINISHED = f"sum({of_job('tuning_operator_trials', 'state', selector=ENDED)})"
RATE = f"sum(max by (state) (deriv(tuning_operator_trials{{{OF_JOB},{ENDED}}}[30m])))"

OVERVIEW = Dashboard(
    "tuning-overview",
    "Tuning / Overview",
    "All TuningJobs, for whoever runs the platform.",
    (),
    (
        (
            "Jobs and trials",
            (
                Panel(
                    "TuningJobs",
                    (("sum by (phase) (max by (namespace, phase) (tuning_operator_jobs))", "{{phase}}"),),
                    "stat",
                    width=12,
                    height=5,
                ),
                Panel(
                    "Trials",
                    ((over_jobs("state", "tuning_operator_trials"), "{{state}}"),),
                    "stat",
                    width=12,
                    height=5,
                ),
                Panel("Trials over time", ((over_jobs("state", "tuning_operator_trials"), "{{state}}"),)),
                Panel(
                    "Waiting, by reason",
                    ((over_jobs("reason", "tuning_operator_trials_waiting"), "{{reason}}"),),
                    description="Trials that told why they wait: no room, no quota, no image.",
                ),
                Panel(
                    "Failures, by cause",
                    ((over_jobs("reason", "tuning_operator_trial_failures"), "{{reason}}"),),
                ),
            ),
        ),
        (
            "Resources",
            (
                Panel(
                    "GPU hours spent",
                    (
                        (
                            over_jobs("resource", "tuning_operator_resource_seconds", 'resource=~".*gpu.*"')
                            + " / 3600",
                            "{{resource}}",
                        ),
                    ),
                    unit=HOURS,
                    description="Devices times the hours that trials had them, of jobs that are still there.",
                ),
                Panel(
                    "CPU hours spent",
                    (
                        (
                            over_jobs("resource", "tuning_operator_resource_seconds", 'resource="cpu"')
                            + " / 3600",
                            "{{resource}}",
                        ),
                    ),
                    unit=HOURS,
                    description="CPUs that trials had by their limits, or else their requests, times hours.",
                ),
                Panel(
                    "GPU hours by job",
                    (
                        (
                            "topk(10, max by (namespace, tuning_job) "
                            '(tuning_operator_resource_seconds{resource=~".*gpu.*"}) / 3600)',
                            "{{namespace}}/{{tuning_job}}",
                        ),
                    ),
                    "bargauge",
                    unit=HOURS,
                ),
            ),
        ),
        (
            "The operator",
            (
                Panel(
                    "A visit to a job",
                    (
                        (quantile(0.5, "tuning_operator_reconcile_duration_seconds"), "half are below"),
                        (quantile(0.95, "tuning_operator_reconcile_duration_seconds"), "95 % are below"),
                    ),
                    unit="s",
                ),
                Panel(
                    "A proposal, 95 % are below",
                    (
                        (
                            quantile(0.95, "tuning_operator_proposal_duration_seconds", "algorithm"),
                            "{{algorithm}}",
                        ),
                    ),
                    unit="s",
                ),
                Panel(
                    "Requests to the API server",
                    (
                        (
                            "sum by (code) (rate(tuning_operator_api_requests_total[$__rate_interval]))",
                            "{{code}}",
                        ),
                    ),
                    unit="reqps",
                ),
                Panel(
                    "Jobs that wait for a visit",
                    (("max by (namespace) (tuning_operator_queue_depth)", IN_NAMESPACE),),
                    width=12,
                ),
                Panel(
                    "Replicas that lead",
                    (("sum by (namespace) (tuning_operator_leader)", IN_NAMESPACE),),
                    width=12,
                    description="One, in each namespace that the operator is installed in.",
                ),
            ),
        ),
    ),
)

CHOSEN = 'metric="$metric"'

JOB = Dashboard(
    "tuning-job",
    "Tuning / TuningJob",
    "One TuningJob, for whoever asked its question.",
    (
        ("namespace", "label_values(tuning_operator_job_phase, namespace)"),
        ("tuning_job", 'label_values(tuning_operator_job_phase{namespace="$namespace"}, tuning_job)'),
        ("metric", f"label_values(tuning_operator_last_objective{{{OF_JOB}}}, metric)"),
        ("parameter", f"label_values(tuning_operator_last_parameter{{{OF_JOB}}}, parameter)"),
    ),
    (
        (
            "So far",
            (
                Panel(
                    "Phase",
                    ((of_job("tuning_operator_job_phase", "phase"), "{{phase}}"),),
                    "stat",
                    width=6,
                    height=5,
                    text="name",
                ),
                Panel(
                    "Best",
                    ((of_job("tuning_operator_best_objective", "metric"), "{{metric}}"),),
                    "stat",
                    width=6,
                    height=5,
                ),
                Panel(
                    "Trials that have ended",
                    ((f"{FINISHED} / {of_job('tuning_operator_trials_max')}", "done"),),
                    "stat",
                    "percentunit",
                    width=6,
                    height=5,
                ),
                Panel(
                    "Time left",
                    ((f"({of_job('tuning_operator_trials_max')} - {FINISHED}) / ({RATE} > 0)", "left"),),
                    "stat",
                    "s",
                    width=6,
                    height=5,
                    description="At the pace of the last half hour.",
                ),
            ),
        ),
        (
            "The objective",
            (
                Panel(
                    "Each trial, and the best so far",
                    (
                        (of_job("tuning_operator_last_objective", selector=CHOSEN), "newest"),
                        (of_job("tuning_operator_best_objective", selector=CHOSEN), "best so far"),
                    ),
                    width=12,
                    height=10,
                    points="newest",
                    description="Of the objective that is chosen above.",
                ),
                Panel(
                    "A parameter against the objective",
                    (
                        (
                            of_job("tuning_operator_last_parameter", selector='parameter="$parameter"'),
                            "$parameter",
                        ),
                        (of_job("tuning_operator_last_objective", selector=CHOSEN), "$metric"),
                    ),
                    "xychart",
                    width=12,
                    height=10,
                    description="A point for each scrape: of trials that end within one, the last is seen.",
                ),
                Panel(
                    "Pareto front",
                    ((of_job("tuning_operator_pareto_objective", "tuning_trial", "metric"), ""),),
                    "xychart",
                    width=12,
                    height=10,
                    matrix=("tuning_trial", "metric"),
                    description="Of a job with several objectives: the trials that no other one beats.",
                ),
                Panel(
                    "Hypervolume of the front",
                    ((of_job("tuning_operator_pareto_hypervolume"), "hypervolume"),),
                    width=12,
                    height=10,
                    description="Of a job with several objectives: what its front beats. 1 is the box "
                    "between the worst and the best of each objective among the first ten successes.",
                ),
            ),
        ),
        (
            "Running trials",
            (
                Panel(
                    "Learning curves",
                    (
                        (
                            "max by (metric, tuning_trial) "
                            f'(tuning_trial_metric{{{OF_JOB},metric!~"{MEASURED}"}})',
                            "{{metric}} of trial {{tuning_trial}}",
                        ),
                    ),
                    width=24,
                    height=10,
                ),
                *measured(OF_JOB),
                Panel(
                    "Unsound gradients",
                    (
                        (
                            f"sum by (tuning_trial, kind) (tuning_trial_unsound_gradients_total{{{OF_JOB}}})",
                            "{{kind}} in trial {{tuning_trial}}",
                        ),
                    ),
                    width=6,
                    description="How often a group of layers had exploding, vanishing or infinite gradients.",
                ),
            ),
        ),
        (
            "Trials",
            (
                Panel(
                    "By state",
                    ((of_job("tuning_operator_trials", "state"), "{{state}}"),),
                    description="Stopped: told to end early.",
                ),
                Panel(
                    "Failures, by cause",
                    ((of_job("tuning_operator_trial_failures", "reason"), "{{reason}}"),),
                ),
                Panel(
                    "Waiting, by reason",
                    ((of_job("tuning_operator_trials_waiting", "reason"), "{{reason}}"),),
                ),
                Panel(
                    "Resource hours spent",
                    ((of_job("tuning_operator_resource_seconds", "resource") + " / 3600", "{{resource}}"),),
                    unit=HOURS,
                    width=24,
                ),
            ),
        ),
    ),
)

TRIAL = Dashboard(
    "tuning-trial",
    "Tuning / Trial",
    "What trials say of themselves while they run.",
    (
        ("namespace", "label_values(tuning_trial_step, namespace)"),
        ("tuning_job", 'label_values(tuning_trial_step{namespace="$namespace"}, tuning_job)'),
        ("tuning_trial", f"label_values(tuning_trial_step{{{OF_JOB}}}, tuning_trial)"),
    ),
    (
        (
            "Training",
            (
                Panel(
                    "Losses",
                    (
                        (
                            f'tuning_trial_metric{{{OF_TRIAL},metric=~".*loss.*"}}',
                            "{{metric}} of trial {{tuning_trial}}",
                        ),
                    ),
                    width=12,
                    height=10,
                ),
                Panel(
                    "Other metrics",
                    (
                        (
                            f'tuning_trial_metric{{{OF_TRIAL},metric!~".*loss.*|{MEASURED}"}}',
                            "{{metric}} of trial {{tuning_trial}}",
                        ),
                    ),
                    width=12,
                    height=10,
                ),
                Panel("Step", ((f"tuning_trial_step{{{OF_TRIAL}}}", "trial {{tuning_trial}}"),), width=12),
                Panel(
                    "Steps a minute",
                    ((f"deriv(tuning_trial_step{{{OF_TRIAL}}}[5m]) * 60", "trial {{tuning_trial}}"),),
                    width=12,
                ),
            ),
        ),
        ("Pace and memory", measured(OF_TRIAL, width=8)),
        ("Gradient health", health()),
        (
            "GPU (where dcgm-exporter is scraped)",
            (
                Panel(
                    "GPU busy",
                    ((f"DCGM_FI_DEV_GPU_UTIL{{{OF_POD}}}", "GPU {{gpu}} of {{pod}}"),),
                    unit="percent",
                    width=12,
                ),
                Panel(
                    "GPU memory",
                    ((f"DCGM_FI_DEV_FB_USED{{{OF_POD}}}", "GPU {{gpu}} of {{pod}}"),),
                    unit="mbytes",
                    width=12,
                ),
            ),
        ),
    ),
)

DASHBOARDS = (OVERVIEW, JOB, TRIAL)
