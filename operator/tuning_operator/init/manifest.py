"""A TuningJob as a person would write it, from a description. Pure: text out, for a person to go on with."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from tuning_operator.api import TuningJobSpec
from tuning_operator.report.output import Dumper

IMAGE = "ghcr.io/tuning-operator/tuning-trial:0.1.0"
CONFIGMAP_LIMIT = 1_048_576  # bytes of all of a ConfigMap's data; the API server refuses more
APPLY_LIMIT = 120_000  # bytes of a program: kubectl keeps its JSON in an annotation of at most 262,144
NAME_LIMIT = 52  # of a TuningJob
TRIALS = 32
WIDE = 10**6  # columns: no line is folded

JOB = """\
apiVersion: tuning.dev/v1alpha1
kind: TuningJob
metadata:
  {named}
spec:
  objectives:
{objectives}
  parameters:
{parameters}
  search:
    stages:
    - {{algorithm: {algorithm}}}
  initialTrials:                                # the first one is the baseline that the best is shown beside
  - parameters: {defaults}
  trials: {{max: {trials}, parallel: 1}}
  template:
    spec:                                       # fulfils the Pod Security Standard `restricted`
      securityContext:
        runAsNonRoot: true
        seccompProfile: {{type: RuntimeDefault}}
      containers:
      - name: trial
        image: {image}
        command: [tuning-trial, run, {file}]
        workingDir: {directory}                      # on a laptop: the directory of this manifest
        resources:
          requests: {{cpu: "1", memory: 1Gi}}
          limits: {{memory: 2Gi}}
        securityContext:
          allowPrivilegeEscalation: false
          readOnlyRootFilesystem: true
          capabilities: {{drop: [ALL]}}
        volumeMounts:
{mounts}
      volumes:
{volumes}
"""
CONFIGMAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  {named}
data:
  {file}: |2
{program}
---
"""
DIRECTORY = "/model"


def job_name(stem: str) -> str:
    """A name for the job of a file: `My_model.v2` → `my-model-v2`."""
    name = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:NAME_LIMIT].strip("-")
    return name if name[:1].isalpha() else f"job-{name}".strip("-")


def render(
    name: str, file: str, described: Mapping[str, Any], image: str, program: str | None, notes: Sequence[str]
) -> str:
    """The manifest as YAML.

    file: the program's name; described: as `tuning-trial describe` says it; program: its text, where it is
    to come as a ConfigMap; notes: comments at the head.
    """
    mounts: list[dict[str, Any]]
    volumes: list[dict[str, Any]]
    mounts, volumes = [{"name": "tmp", "mountPath": "/tmp"}], [{"name": "tmp", "emptyDir": {}}]
    if program is not None:
        mounts.insert(0, {"name": "program", "mountPath": DIRECTORY, "readOnly": True})
        volumes.insert(0, {"name": "program", "configMap": {"name": name}})
    job = JOB.format(
        named=_named(name),
        file=file,
        image=image,
        directory=DIRECTORY,
        algorithm=described["algorithm"] or "Bayesian",
        trials=described["trials"] or TRIALS,
        objectives=_lines(described["objectives"], 2),
        parameters=_lines(described["parameters"], 2),
        defaults=_flow(described["defaults"]),
        mounts=_lines(mounts, 8),
        volumes=_lines(volumes, 6),
    )
    return _head(notes) + (_configmap(name, file, program) if program is not None else "") + job


def possible_objectives(described: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The description with no more objectives than a manifest may have, and a note on those left out."""
    most = next(
        m.max_length for m in TuningJobSpec.model_fields["objectives"].metadata if hasattr(m, "max_length")
    )
    kept, left = described["objectives"][:most], described["objectives"][most:]
    names = ", ".join(objective["metric"] for objective in left)
    notes = [f"left out, for a manifest has at most {most} objective(s): {names}"] if left else []
    return {**described, "objectives": kept}, [*described["notes"], *notes]


def dockerfile(file: str, packages: Sequence[str] = ()) -> str:
    """What builds the trial's image with the program in it, the modules beside it and these packages."""
    programs = "*.py" if file.endswith(".py") else file
    copies = "".join(f"COPY {package} {package}\n" for package in packages)
    return f"FROM {IMAGE}\nWORKDIR {DIRECTORY}\nCOPY {programs} ./\n{copies}"


def _configmap(name: str, file: str, program: str) -> str:
    lines = textwrap.indent(program.rstrip("\n"), "    ", lambda _: True)
    return CONFIGMAP.format(named=_named(name), file=file, program=lines)


def _named(name: str) -> str:
    """The field `name`, quoted where YAML would read something else."""
    return _flow({"name": name})[1:-1]


def _head(notes: Sequence[str]) -> str:
    wrapped = (textwrap.fill(note, 100, initial_indent="# ", subsequent_indent="#   ") for note in notes)
    return "".join(f"{note}\n" for note in wrapped)


def _lines(items: Sequence[Mapping[str, Any]], indent: int) -> str:
    return "\n".join(f"{' ' * indent}- {_flow(item)}" for item in items)


def _flow(value: Any) -> str:
    return yaml.dump(
        value, Dumper=Dumper, default_flow_style=True, sort_keys=False, width=WIDE, allow_unicode=True
    ).strip()
