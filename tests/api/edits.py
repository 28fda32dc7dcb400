"""Edits of a job that exists: which are allowed, and what a refusal says. Each name is a sentence."""

from __future__ import annotations

from typing import NamedTuple

from tests.api.manifests import Change, append, boolean, both, drop, put

Says = tuple[str, ...]

FRESH: dict[str, object] = {}
STARTED: dict[str, object] = {"observedGeneration": 1, "phase": "Running", "trials": {"total": 3}}
FINISHED: dict[str, object] = {
    "observedGeneration": 1,
    "phase": "Succeeded",
    "completionTime": "2026-01-02T03:04:05Z",
    "trials": {"total": 3},
}


class Edit(NamedTuple):
    name: str
    status: dict[str, object]
    change: Change
    says: Says | None = None  # None: the edit is allowed


MEANS_NOTHING = ("cannot change", "3 so far", "new name")
FINAL = ("cannot change", "2026-01-02T03:04:05Z", "new name")

EDITS = [
    Edit("before a trial has started everything may change", FRESH, put("spec.parameters[0].max", 0.5)),
    Edit(
        "a started job's objective stays",
        STARTED,
        put("spec.objectives[0].goal", "Minimize"),
        ("spec.objectives", *MEANS_NOTHING),
    ),
    Edit(
        "a started job's range stays",
        STARTED,
        put("spec.parameters[0].max", 0.5),
        ("spec.parameters", *MEANS_NOTHING),
    ),
    Edit(
        "a started job gets no new parameter",
        STARTED,
        append("spec.parameters", boolean("b")),
        ("spec.parameters", *MEANS_NOTHING),
    ),
    Edit(
        "a started job's values keep their order",
        STARTED,
        put("spec.parameters[3].values", ["sgd", "adam", "adamw"]),
        ("spec.parameters",),
    ),
    Edit(
        "a started job's image stays",
        STARTED,
        put("spec.template.spec.containers[0].image", "x:2"),
        ("spec.template", *MEANS_NOTHING),
    ),
    Edit(
        "a started job's artifacts stay",
        STARTED,
        put("spec.artifacts.path", "/other"),
        ("spec.artifacts", *MEANS_NOTHING),
    ),
    Edit(
        "a started job's artifacts are not taken away",
        STARTED,
        drop("spec.artifacts"),
        ("spec.artifacts", *MEANS_NOTHING),
    ),
    Edit("a started job's seed stays", STARTED, put("spec.search.seed", 8), ("spec.search", *MEANS_NOTHING)),
    Edit(
        "a started job's first algorithm stays",
        STARTED,
        put("spec.search.stages[0].algorithm", "Sobol"),
        ("spec.search",),
    ),
    Edit(
        "a started job's last algorithm stays",
        STARTED,
        put("spec.search.stages[1].algorithm", "Sobol"),
        ("spec.search",),
    ),
    Edit(
        "a started job's first count stays", STARTED, put("spec.search.stages[0].trials", 8), ("spec.search",)
    ),
    Edit(
        "a started job's last stage keeps its options",
        STARTED,
        put("spec.search.stages[1].bayesian", {"acquisition": "EI"}),
        ("spec.search",),
    ),
    Edit(
        "a started job's last stage stays as wide as it was",
        STARTED,
        put("spec.search.stages[1].narrow", {"keep": 0.5}),
        ("spec.search",),
    ),
    Edit(
        "a started job gets no constraint",
        STARTED,
        put("spec.constraints", [{"metric": "bytes", "max": 1}]),
        ("spec.constraints", *MEANS_NOTHING),
    ),
    Edit("a started job's initial trials stay", STARTED, drop("spec.initialTrials"), ("spec.initialTrials",)),
    Edit(
        "a started job's initial trials keep their values",
        STARTED,
        put("spec.initialTrials[0].parameters.units", 64),
        ("spec.initialTrials",),
    ),
    Edit("parameters in another order are the same", STARTED, lambda m: m["spec"]["parameters"].reverse()),
    Edit("more trials", STARTED, put("spec.trials.max", 100)),
    Edit("fewer trials", STARTED, put("spec.trials.max", 17)),
    Edit(
        "the last stage's count follows",
        STARTED,
        both(put("spec.trials.max", 100), put("spec.search.stages[1].trials", 84)),
    ),
    Edit("other parallelism, failures and timeout", STARTED, put("spec.trials", {"max": 64, "parallel": 1})),
    Edit("a started job is suspended", STARTED, put("spec.suspend", True)),
    Edit("a started job keeps more", STARTED, put("spec.retain", "All")),
    Edit("a finished job keeps less", FINISHED, put("spec.retain", "None")),
    Edit("a finished job goes later", FINISHED, drop("spec.ttlSecondsAfterFinished")),
    Edit(
        "a finished job gets no more trials", FINISHED, put("spec.trials.max", 100), ("spec.trials", *FINAL)
    ),
    Edit("a finished job is not suspended", FINISHED, put("spec.suspend", True), ("spec.suspend", *FINAL)),
    Edit(
        "a finished job's template stays",
        FINISHED,
        put("spec.template.metadata.labels.team", "audio"),
        ("spec.template", *FINAL),
    ),
    Edit(
        "a finished job's objective stays",
        FINISHED,
        put("spec.objectives[0].goal", "Minimize"),
        ("spec.objectives", *FINAL),
    ),
    Edit("a finished job's seed stays", FINISHED, put("spec.search.seed", 8), ("spec.search", *FINAL)),
    Edit(
        "a finished job's initial trials stay",
        FINISHED,
        drop("spec.initialTrials"),
        ("spec.initialTrials", *FINAL),
    ),
    Edit(
        "a finished job's last stage stays",
        FINISHED,
        put("spec.search.stages[1].trials", 48),
        ("spec.search", *FINAL),
    ),
]
