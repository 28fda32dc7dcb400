"""The rules at the root of an object: its name, and which edits are allowed.

Before a trial has started anything may change, so that a stalled job can be
mended. Then what the trials were measured by is kept, and counts, parallelism,
suspend and retention may change. Of a finished job only retention may.
"""

from __future__ import annotations

from tuning_operator.api import names
from tuning_operator.api.rule import Rule, rule

_FINISHED = "has(oldSelf.status) && has(oldSelf.status.completionTime)"
_STARTED = (
    "has(oldSelf.status) && has(oldSelf.status.trials) && has(oldSelf.status.trials.total)"
    " && oldSelf.status.trials.total > 0"
)


def _same(field: str) -> str:
    """The field of spec is what it was, or still absent."""
    new, old = f"self.spec.{field}", f"oldSelf.spec.{field}"
    return f"has({new}) == has({old}) && (!has({new}) || {new} == {old})"


_STAGE = ("narrow", "bayesian", "nsga2", "pesa2")


def _of_stages(of: str, field: str) -> str:
    """The field of each stage, as a list that is empty where it is absent."""
    return f"{of}.spec.search.stages.map(s, has(s.{field}) ? [s.{field}] : [])"


# Everything of `search` but the last stage's count, which follows trials.max.
_SAME_SEARCH = (
    "self.spec.search.seed == oldSelf.spec.search.seed"
    + "".join(f" && {_of_stages('self', field)} == {_of_stages('oldSelf', field)}" for field in _STAGE)
    + " && self.spec.search.stages.map(s, s.algorithm) == oldSelf.spec.search.stages.map(s, s.algorithm)"
    " && [0, 1, 2, 3, 4, 5, 6].all(i, i + 1 >= self.spec.search.stages.size()"
    " || self.spec.search.stages[i] == oldSelf.spec.search.stages[i])"
)


def _kept_once_started(field: str, same: str) -> Rule:
    """What trials were measured by does not change under them; of a finished job the other rule says so."""
    return rule(
        f"!({_STARTED}) || ({_FINISHED}) || ({same})",
        f"spec.{field} cannot change once trials have started (%s so far), they would mean nothing: "
        "put it back, or give the new search a new name",
        "oldSelf.status.trials.total",
        path=f".spec.{field}",
    )


def _kept_once_finished(field: str) -> Rule:
    return rule(
        f"!({_FINISHED}) || ({_same(field)})",
        f"spec.{field} cannot change after the job has finished (%s): put it back, "
        "or give a new job a new name; retain and ttlSecondsAfterFinished may change",
        "string(oldSelf.status.completionTime)",
        path=f".spec.{field}",
    )


_HISTORY = ("objectives", "constraints", "parameters", "initialTrials", "metrics", "artifacts", "template")

# At the root, where the name, spec and status can all be seen.
TUNING_JOB = [
    rule(
        f"self.metadata.name.size() <= {names.JOB_NAME_MAX}",
        f"metadata.name %s has %s characters, and at most {names.JOB_NAME_MAX} leave room for the names "
        "of its trials: shorten it",
        "self.metadata.name",
        "self.metadata.name.size()",
        path=".metadata.name",
    ),
    rule(
        "self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
        "metadata.name %s is no DNS label: use lower-case letters, digits and -, and no dot",
        "self.metadata.name",
        path=".metadata.name",
    ),
    *(_kept_once_started(field, _same(field)) for field in _HISTORY),
    _kept_once_started("search", _SAME_SEARCH),
    *(_kept_once_finished(field) for field in ("trials", "suspend", "search", *_HISTORY)),
]

TRIAL_SPEC = [
    rule(
        "self == oldSelf", "the spec of a Trial never changes: delete the Trial's TuningJob to be rid of it"
    ),
]
