"""The rules on objectives, constraints, counts, artifacts and the pod template."""

from __future__ import annotations

from tuning_operator.api import names, stage_rules
from tuning_operator.api.rule import each, rule

OBJECTIVES = [
    each(
        "self.exists_one(q, q.metric == o.metric)",
        "two objectives have the metric %s: remove one",
        "o.metric",
        of="o",
    ),
]

CONSTRAINT = [
    rule(
        "has(self.min) || has(self.max)",
        "the constraint on %s allows every value: add min, max or both",
        "self.metric",
    ),
    rule(
        "!has(self.min) || !has(self.max) || self.min <= self.max",
        "min %s is above max %s of the constraint on %s: swap them",
        "self.min",
        "self.max",
        "self.metric",
        path=".min",
    ),
]

CONSTRAINTS = [
    each(
        "self.exists_one(d, d.metric == c.metric)",
        "two constraints have the metric %s: make them one with min and max",
        "c.metric",
        of="c",
    ),
]

_COUNTED = "self.search.stages.map(s, has(s.trials) ? s.trials : 0).sum()"
_OPEN = "self.search.stages.exists(s, !has(s.trials))"

SPEC = [
    rule(
        f"{_OPEN} ? {_COUNTED} < self.trials.max : {_COUNTED} == self.trials.max",
        "the stages have %s trials and trials.max is %s: leave trials of the last stage out, "
        "so that it takes the rest, and keep the others below trials.max",
        _COUNTED,
        "self.trials.max",
        path=".search.stages",
    ),
    rule(
        "!has(self.initialTrials) || self.initialTrials.size() <= self.trials.max",
        "there are %s initial trials and trials.max is %s: raise trials.max or remove some",
        "self.initialTrials.size()",
        "self.trials.max",
        path=".initialTrials",
    ),
    *stage_rules.SPEC,
]

ARTIFACTS_PATH = [
    rule(
        "self.startsWith('/') || self.matches('^[a-z][a-z0-9+.-]*://.')",
        "%s is neither absolute nor a URL: begin it with / or with a scheme such as s3://",
        "self",
    ),
    rule(
        "!self.matches('(^|/)[.][.](/|$)')",
        "%s has a part `..`, which could leave the artifacts of this job: write the path out",
        "self",
    ),
]

CONTAINERS = [
    rule(
        f"self.exists(c, c.name == '{names.TRIAL_CONTAINER}')",
        f"no container is named {names.TRIAL_CONTAINER} (there are %s): "
        f"name the one that trains {names.TRIAL_CONTAINER}",
        "self.map(c, c.name)",
    ),
    each(
        f"c.name != '{names.TRIAL_CONTAINER}' || !has(c.env)"
        " || !c.env.exists(e, e.name.startsWith('TUNING_'))",
        "env of the container trial sets %s, but names that begin with TUNING_ belong to the operator: "
        "choose another name",
        "c.env.filter(e, e.name.startsWith('TUNING_')).map(e, e.name)",
        of="c",
    ),
]

POD_SPEC = [
    rule(
        "!has(self.restartPolicy) || self.restartPolicy == 'Never'",
        "restartPolicy %s would hide a failed run from the operator: remove it or set Never",
        "self.restartPolicy",
        path=".restartPolicy",
    ),
]

POD_LABELS = [
    rule(
        f"!self.exists(key, key.startsWith('{names.GROUP}/'))",
        f"the labels %s begin with {names.GROUP}/, which belongs to the operator: choose other names",
        f"self.filter(key, key.startsWith('{names.GROUP}/'))",
    ),
]
