"""Manifests that are right, and the means to spoil one."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from typing import Any

Manifest = dict[str, Any]
Change = Callable[[Manifest], None]

HUGE = "@1e400@"  # becomes the number 1e400, which Python has no value for


def container(**fields: Any) -> Manifest:
    return {"name": "trial", "image": "example.com/trial:1"} | fields


def job(
    *parameters: Manifest, name: str = "digits", template: Manifest | None = None, **spec: Any
) -> Manifest:
    """A TuningJob of these parameters; everything else is the least that is right."""
    return {
        "apiVersion": "tuning.dev/v1alpha1",
        "kind": "TuningJob",
        "metadata": {"name": name},
        "spec": {
            "objectives": [{"metric": "val_accuracy", "goal": "Maximize"}],
            "parameters": list(parameters) or [double("learning_rate")],
            "trials": {"max": 4},
            "template": template or {"spec": {"containers": [container()]}},
        }
        | spec,
    }


def double(name: str, **fields: Any) -> Manifest:
    return {"name": name, "type": "double", "min": 0.25, "max": 0.75} | fields


def whole(name: str, **fields: Any) -> Manifest:
    return {"name": name, "type": "int", "min": 1, "max": 8} | fields


def discrete(name: str, *numbers: float, **fields: Any) -> Manifest:
    return {"name": name, "type": "discrete", "numbers": list(numbers)} | fields


def categorical(name: str, *values: str, **fields: Any) -> Manifest:
    return {"name": name, "type": "categorical", "values": list(values)} | fields


def boolean(name: str, **fields: Any) -> Manifest:
    return {"name": name, "type": "bool"} | fields


def minimize(metric: str) -> Manifest:
    return {"metric": metric, "goal": "Minimize"}


def every_type() -> list[Manifest]:
    """The parameters of the manifest that the table of bad ones spoils; places are given as [0] … [7]."""
    return [
        {"name": "learning_rate", "type": "double", "min": 1e-5, "max": 0.1, "scale": "log"},
        whole("units", min=32, max=512, step=32),
        discrete("batch_size", 32, 64, 128),
        categorical("optimizer", "adam", "adamw", "sgd"),
        boolean("augment"),
        double("momentum", min=0, max=0.99, when={"parameter": "optimizer", "in": ["sgd"]}),
        whole("num_layers", max=3),
        whole("units_2", min=32, max=512, when={"parameter": "num_layers", "min": 3}),
    ]


FIRST = {"learning_rate": 0.001, "units": 128, "batch_size": 64, "optimizer": "adam", "augment": True}


def good() -> Manifest:
    """A manifest of everything that works."""
    return job(
        *every_type(),
        objectives=[{"metric": "val_accuracy", "goal": "Maximize", "take": "Best", "target": 0.99}],
        search={
            "seed": 7,
            "stages": [{"algorithm": "Random", "trials": 16}, {"algorithm": "Bayesian"}],
        },
        initialTrials=[{"parameters": FIRST | {"num_layers": 2}}],
        trials={"max": 64, "parallel": 4, "maxFailed": 6, "timeoutSeconds": 3600},
        metrics={"source": "Scrape"},
        artifacts={"path": "/artifacts"},
        retain="Best",
        ttlSecondsAfterFinished=3600,
        suspend=False,
        template={
            "metadata": {"labels": {"team": "vision"}},
            "spec": {
                "restartPolicy": "Never",
                "containers": [
                    container(
                        command=["tuning-trial", "run", "model.py"],
                        env=[{"name": "OMP_NUM_THREADS", "value": "1"}],
                        ports=[{"name": "metrics", "containerPort": 9464}],
                        resources={"limits": {"nvidia.com/gpu": 1, "memory": "4Gi"}},
                    ),
                    {"name": "sidecar", "image": "example.com/sidecar:1"},
                ],
                "volumes": [{"name": "artifacts", "persistentVolumeClaim": {"claimName": "artifacts"}}],
            },
        },
    )


def locate(manifest: Manifest, path: str) -> tuple[Any, Any]:
    """The object or list that holds the last part of a path like spec.parameters[0].min, and that part."""
    parts: list[Any] = [int(p) if p.isdigit() else p for p in re.findall(r"[\w-]+", path)]
    for part in parts[:-1]:
        manifest = manifest[part]
    return manifest, parts[-1]


def put(path: str, value: Any) -> Change:
    """Set what is at the path."""

    def change(manifest: Manifest) -> None:
        owner, last = locate(manifest, path)
        owner[last] = copy.deepcopy(value)

    return change


def drop(path: str) -> Change:
    """Take away what is at the path."""

    def change(manifest: Manifest) -> None:
        owner, last = locate(manifest, path)
        del owner[last]

    return change


def append(path: str, *values: Any) -> Change:
    """Add to the list at the path."""

    def change(manifest: Manifest) -> None:
        owner, last = locate(manifest, path)
        owner[last] += copy.deepcopy(list(values))

    return change


def both(*changes: Change) -> Change:
    def change(manifest: Manifest) -> None:
        for one in changes:
            one(manifest)

    return change


def spoilt(change: Change, manifest: Manifest | None = None) -> Manifest:
    """The good manifest (or another) after the change."""
    result = copy.deepcopy(good() if manifest is None else manifest)
    change(result)
    return result


def text(manifest: Manifest) -> str:
    """The manifest as JSON."""
    return json.dumps(manifest).replace(f'"{HUGE}"', "1e400")
