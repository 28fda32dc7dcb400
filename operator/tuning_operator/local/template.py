"""What a pod template means for a local process, and what of it means nothing here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tuning_operator.api import TuningJob, names
from tuning_operator.errors import ManifestError
from tuning_operator.local.expand import expand

GPU = "nvidia.com/gpu"
GRACE_SECONDS = 30  # Kubernetes' default terminationGracePeriodSeconds
CONTAINER = f"spec.template.spec.containers[{names.TRIAL_CONTAINER}]"

HONOURED_POD = {"containers", "terminationGracePeriodSeconds", "restartPolicy"}
HONOURED_CONTAINER = {"name", "command", "args", "env", "ports"}


@dataclass(frozen=True)
class Program:
    """The trial container as a process.

    command: command and args, not yet expanded.
    literals: the environment variables that the manifest gives a value, in order.
    grace: seconds between SIGTERM and SIGKILL.
    gpus: how many devices a trial asks for; 0 where the template asks for none.
    """

    command: tuple[str, ...]
    literals: Mapping[str, str]
    grace: float
    gpus: int

    def variables(self, contract: Mapping[str, str]) -> dict[str, str]:
        """The container's environment: the contract's variables, which win, and the literals."""
        variables = dict(contract)
        for name, text in self.literals.items():
            variables.setdefault(name, expand(text, variables))
        return variables

    def arguments(self, variables: Mapping[str, str]) -> list[str]:
        """The command line of one run."""
        return [expand(part, variables) for part in self.command]


def read_program(job: TuningJob) -> Program:
    """Read the container named `trial`.

    Raises ManifestError where it has no command: the image's own is not known here; and where
    a text holds NUL, which ends one for the system.
    """
    pod = job.spec.template.get("spec") or {}
    container = _trial_container(pod)
    if not container.get("command"):
        raise ManifestError(
            f"{CONTAINER}.command: missing; `tuning run` starts it as a process and cannot see "
            "what the image would start: name the program here"
        )
    command, args = container["command"], container.get("args") or ()
    env = [entry for entry in container.get("env") or () if "valueFrom" not in entry]
    literals = {entry["name"]: str(entry.get("value", "")) for entry in env}
    for field, texts in {"command": command, "args": args, "env": [*literals, *literals.values()]}.items():
        _refuse_nul(f"{CONTAINER}.{field}", texts)
    for parameter in job.spec.parameters:
        _refuse_nul(f"spec.parameters[{parameter.name}].values", parameter.values or ())
    return Program(
        command=(*command, *args),
        literals=literals,
        grace=float(pod.get("terminationGracePeriodSeconds", GRACE_SECONDS)),
        gpus=_gpus(container),
    )


def _refuse_nul(field: str, texts: Iterable[str]) -> None:
    for text in texts:
        if "\0" in text:
            raise ManifestError(f"{field}: {text!r} holds a NUL, which no process can be given; remove it")


def not_honoured(job: TuningJob) -> list[str]:
    """What the manifest asks for and a local process does not get, by the names it has there."""
    pod = job.spec.template.get("spec") or {}
    container = _trial_container(pod)
    found = [f"{name}" for name in pod if name not in HONOURED_POD]
    found += [name for name in container if name not in HONOURED_CONTAINER | {"resources", "envFrom"}]
    found += _environment_from_elsewhere(container) + _other_resources(container)
    if len(pod.get("containers") or ()) > 1:
        found.append("containers other than `trial`")
    if job.spec.template.get("metadata"):
        found.append("metadata")
    return sorted(set(found)) + _job_fields(job)


def _trial_container(pod: Mapping[str, Any]) -> Mapping[str, Any]:
    container = names.trial_container(pod.get("containers") or ())
    if container:
        return container
    raise ManifestError(f"{CONTAINER}: missing; name the container that trains `{names.TRIAL_CONTAINER}`")


def _gpus(container: Mapping[str, Any]) -> int:
    limit = ((container.get("resources") or {}).get("limits") or {}).get(GPU, 0)
    try:
        return int(limit)
    except ValueError:
        raise ManifestError(
            f"{CONTAINER}.resources.limits[{GPU}]: {limit!r} is not a whole number of devices"
        ) from None


def _environment_from_elsewhere(container: Mapping[str, Any]) -> list[str]:
    env = [f"env {e['name']} (valueFrom)" for e in container.get("env") or () if "valueFrom" in e]
    return env + (["envFrom"] if container.get("envFrom") else [])


def _other_resources(container: Mapping[str, Any]) -> list[str]:
    resources = container.get("resources") or {}
    asked = {name for kind in ("limits", "requests") for name in resources.get(kind) or ()}
    return [f"resources ({', '.join(sorted(asked - {GPU}))})"] if asked - {GPU} else []


def _job_fields(job: TuningJob) -> list[str]:
    found = []
    if job.spec.retain != "Best":
        found.append("retain (all logs and artifacts are kept)")
    if job.spec.ttl_seconds_after_finished is not None:
        found.append("ttlSecondsAfterFinished (nothing is deleted)")
    if job.spec.artifacts is not None:
        found.append("artifacts.path (they go to the job's own directory)")
    return found
