"""The environment variables that make a process a trial, read once into a typed value."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tuning_trial.errors import UserError

DEFAULT_PORT = 9464
KUBELET_LOG = Path("/dev/termination-log")


@dataclass(frozen=True)
class Objective:
    """A metric to optimise, and which of its observations counts: the kept model's or the last one."""

    metric: str
    goal: Literal["Maximize", "Minimize"] = "Maximize"
    take: Literal["Best", "Last"] = "Best"


@dataclass(frozen=True)
class Contract:
    """What the operator told this trial. Outside of a trial (`in_trial` False) everything has its default."""

    in_trial: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)
    objectives: tuple[Objective, ...] = ()
    constrained: tuple[str, ...] = ()  # metrics that the job has constraints on
    rungs: frozenset[int] = frozenset()
    port: int = DEFAULT_PORT
    termination_log: Path | None = None
    seed: int | None = None
    artifact_dir: str | None = None
    final: bool = False  # judge on the test set
    gpus: int = 0  # asked for in the manifest
    report_batches: int | None = None  # show the metrics of the running epoch each so many batches


def read_contract(environ: Mapping[str, str]) -> Contract:
    """Read the contract's variables.

    A process is a trial when TUNING_PARAMETERS is set (and not empty); without it no other variable is read.

    Raises:
        UserError: a variable does not hold what the contract says.
    """
    if not environ.get("TUNING_PARAMETERS"):
        return Contract()
    return Contract(
        in_trial=True,
        parameters=_parameters(environ["TUNING_PARAMETERS"]),
        objectives=_objectives(environ.get("TUNING_OBJECTIVES", "")),
        constrained=_constrained(environ.get("TUNING_CONSTRAINTS", "")),
        rungs=_rungs(environ.get("TUNING_RUNGS", "")),
        port=_port(environ.get("TUNING_METRICS_PORT", "")),
        termination_log=_termination_log(environ.get("TUNING_TERMINATION_LOG", "")),
        seed=_seed(environ.get("TUNING_SEED", "")),
        artifact_dir=_artifact_dir(environ.get("TUNING_ARTIFACT_DIR", "")),
        final=environ.get("TUNING_PURPOSE") == "Final",
        gpus=_whole_number("TUNING_GPUS", environ.get("TUNING_GPUS", "")) or 0,
        report_batches=_batches(environ.get("TUNING_REPORT_BATCHES", "")),
    )


def of_malformed(environ: Mapping[str, str]) -> Contract:
    """Return what can be read of a contract that `read_contract` refuses: where its message goes."""
    return Contract(
        in_trial=True, termination_log=_termination_log(environ.get("TUNING_TERMINATION_LOG", ""))
    )


def _parameters(text: str) -> dict[str, Any]:
    expected = 'a JSON object, such as {"units": 128}'
    value = _parse_json("TUNING_PARAMETERS", text, expected)
    if not isinstance(value, dict):
        raise _wrong("TUNING_PARAMETERS", text, expected)
    return value


def _objectives(text: str) -> tuple[Objective, ...]:
    if not text:
        return ()
    expected = 'a JSON list such as [{"metric": "val_accuracy", "goal": "Maximize", "take": "Best"}]'
    value = _parse_json("TUNING_OBJECTIVES", text, expected)
    try:
        objectives = tuple(Objective(**one) for one in value)
    except TypeError:
        objectives = ()
    if not objectives or not all(map(_is_sound, objectives)):
        raise _wrong("TUNING_OBJECTIVES", text, expected)
    return objectives


def _is_sound(objective: Objective) -> bool:
    goal_is_known = objective.goal in ("Maximize", "Minimize")
    return isinstance(objective.metric, str) and goal_is_known and objective.take in ("Best", "Last")


def _constrained(text: str) -> tuple[str, ...]:
    expected = 'a JSON list such as [{"metric": "model_bytes", "max": 500000}]'
    value = _parse_json("TUNING_CONSTRAINTS", text, expected) if text else []
    try:
        return tuple(str(constraint["metric"]) for constraint in value)
    except (TypeError, KeyError):
        raise _wrong("TUNING_CONSTRAINTS", text, expected) from None


def _rungs(text: str) -> frozenset[int]:
    try:
        return frozenset(int(step) for step in text.strip().strip("[]").split(",") if step.strip())
    except ValueError:
        raise _wrong("TUNING_RUNGS", text, "steps, such as 1,3,9") from None


def _port(text: str) -> int:
    port = _whole_number("TUNING_METRICS_PORT", text)
    if port is None:
        return DEFAULT_PORT
    if not 1 <= port <= 65535:
        raise _wrong("TUNING_METRICS_PORT", text, "a port, 1 to 65535")
    return port


def _batches(text: str) -> int | None:
    batches = _whole_number("TUNING_REPORT_BATCHES", text)
    if batches is not None and batches < 1:
        raise _wrong("TUNING_REPORT_BATCHES", text, "a number of batches, from 1")
    return batches


def _seed(text: str) -> int | None:
    return _whole_number("TUNING_SEED", text)


def _whole_number(name: str, text: str) -> int | None:
    try:
        return int(text) if text else None
    except ValueError:
        raise _wrong(name, text, "a whole number") from None


def _termination_log(text: str) -> Path | None:
    """The file named, or the kubelet's when there is one; on a laptop without either there is none."""
    if text:
        return Path(text).absolute()  # the program may change its directory
    return KUBELET_LOG if KUBELET_LOG.exists() else None


def _artifact_dir(text: str) -> str | None:
    """A URL, or a directory wherever the program may have changed to."""
    if not text or "://" in text:
        return text or None
    return str(Path(text).absolute())


def _parse_json(name: str, text: str, expected: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _wrong(name, text, expected, f" and no JSON ({error})") from None


def _wrong(name: str, text: str, expected: str, why: str = "") -> UserError:
    return UserError(f"{name} is {text[:200]!r}{why}", f"set it to {expected}")
