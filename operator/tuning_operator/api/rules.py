"""What a schema's limits cannot say about one TuningJob or Trial, in CEL.

The rules travel in the CRD (`x-kubernetes-validations`): the API server runs
them at every write, `tuning validate` runs the same text offline. Each message
names the field, the value and the mend. It is made by one `.format()`, because
concatenation and `join` exceed the API server's cost budget.
"""

from __future__ import annotations

from typing import Any

from tuning_operator.api import names

Rule = dict[str, Any]


def rule(expression: str, message: str, *values: str, path: str | None = None) -> Rule:
    """A rule for x-kubernetes-validations.

    message: has one %s for each of values, which are CEL expressions.
    path: the field to name, relative to where the rule stands.
    """
    made: Rule = {"rule": expression}
    if values:
        quoted = message.replace("\\", "\\\\").replace("'", "\\'")
        made["messageExpression"] = f"'{quoted}'.format([{', '.join(values)}])"
    else:
        made["message"] = message
    return made | ({"fieldPath": path} if path else {})


def only_for(field: str, *types: str) -> Rule:
    """The field belongs to parameters of these types alone."""
    listed = ", ".join(f"'{t}'" for t in types)
    return rule(
        f"!has(self.{field}) || self.type in [{listed}]",
        f"parameter %s is of type %s, {field} is for {' and '.join(types)}: remove {field} or change type",
        "self.name",
        "self.type",
        path=f".{field}",
    )


def needed_for(field: str, *types: str) -> Rule:
    """Parameters of these types need the field."""
    listed = ", ".join(f"'{t}'" for t in types)
    return rule(
        f"has(self.{field}) || !(self.type in [{listed}])",
        f"parameter %s of type %s has no {field}: add {field}",
        "self.name",
        "self.type",
        path=f".{field}",
    )


LARGEST = 2**53  # up to here every whole number is a JSON number exactly


def whole(field: str) -> Rule:
    """An int's bounds and step are whole numbers that JSON keeps exactly."""
    value = f"self.{field}"
    fits = f"{value} >= -{LARGEST}.0 && {value} <= {LARGEST}.0"
    return rule(
        f"self.type != 'int' || !has({value}) || ({fits} && double(int({value})) == {value})",
        f"{field} %s of the int parameter %s is not a whole number within ±2^53: "
        "round it, or make the type double",
        value,
        "self.name",
        path=f".{field}",
    )


PARAMETER = [
    needed_for("min", "double", "int"),
    needed_for("max", "double", "int"),
    needed_for("numbers", "discrete"),
    needed_for("values", "categorical"),
    only_for("min", "double", "int"),
    only_for("max", "double", "int"),
    only_for("step", "double", "int"),
    only_for("scale", "double", "int"),
    only_for("numbers", "discrete"),
    only_for("values", "categorical"),
    only_for("ordered", "categorical"),
    rule(
        "!has(self.min) || !has(self.max) || self.min < self.max",
        "min %s is not below max %s of parameter %s: swap them, or leave out a parameter that has one value",
        "self.min",
        "self.max",
        "self.name",
        path=".min",
    ),
    rule(
        "!has(self.scale) || self.scale != 'log' || !has(self.min) || self.min > 0.0",
        "a log scale cannot start at min %s of parameter %s: make min greater than 0, or scale linear",
        "self.min",
        "self.name",
        path=".min",
    ),
    rule(
        "!has(self.step) || !has(self.min) || !has(self.max) || self.min >= self.max"
        " || self.step <= self.max - self.min",
        "step %s of parameter %s is larger than its range from min %s to max %s: make it smaller",
        "self.step",
        "self.name",
        "self.min",
        "self.max",
        path=".step",
    ),
    whole("min"),
    whole("max"),
    whole("step"),
    rule(
        "!has(self.numbers) || self.numbers.all(n, self.numbers.exists_one(m, m == n))",
        "numbers %s of parameter %s name a number twice: remove one",
        "self.numbers",
        "self.name",
        path=".numbers",
    ),
    rule(
        "!has(self.values) || self.values.all(v, self.values.exists_one(w, w == v))",
        "values %s of parameter %s name a value twice: remove one",
        "self.values",
        "self.name",
        path=".values",
    ),
]

WHEN = [
    rule(
        "has(self.__in__) != (has(self.min) || has(self.max))",
        "when of parameter %s needs either `in` (for a categorical or bool) "
        "or min, max or both (for a number), and not a mixture: add or remove one",
        "self.parameter",
    ),
    rule(
        "!has(self.min) || !has(self.max) || self.min <= self.max",
        "min %s is above max %s of when on parameter %s: swap them",
        "self.min",
        "self.max",
        "self.parameter",
        path=".min",
    ),
]

# In a list of parameters: `p` has a `when`, `q` is the parameter that it names.
_NAMES = "self.exists(q, q.name == p.when.parameter && q.name != p.name)"
_REACHED = (  # some value of q lets p exist
    "(q.type == 'discrete'"
    " ? (!has(q.numbers) || q.numbers.exists(n, (!has(p.when.min) || n >= p.when.min)"
    " && (!has(p.when.max) || n <= p.when.max)))"
    " : ((!has(p.when.min) || !has(q.max) || p.when.min <= q.max)"
    " && (!has(p.when.max) || !has(q.min) || p.when.max >= q.min)))"
)


def _of_named(condition: str) -> str:
    """`condition` on p and q holds for the parameter that p's when names, if there is one."""
    return f"!has(p.when) || !self.exists(q, q.name == p.when.parameter && !({condition}))"


def _each(condition: str, message: str, *values: str, of: str = "p") -> Rule:
    """A rule on every element p of a list; values are expressions on the first that breaks it.

    The message is made in the same pass that finds the culprit: looking again
    for each value would exceed the cost budget.
    """
    made = rule(f"self.all({of}, {condition})", message, *values)
    made["messageExpression"] = f"self.map({of}, !({condition}), {made['messageExpression']})[0]"
    return made


def _acyclic() -> str:
    """Following `when` from any parameter comes to an end.

    Every `[…].all(x, …)` gives an intermediate list a name. `a` holds for each
    parameter the place of the one its `when` names, or −1; each next list goes
    twice as far, so six doublings pass 64 parameters.
    """
    lists = "abcdefg"
    text = f"{lists[-1]}.all(i, i < 0)"
    for near, far in reversed(list(zip(lists, lists[1:], strict=False))):
        text = f"[{near}.map(i, i < 0 ? -1 : {near}[i])].all({far}, {text})"
    places = "self.map(p, has(p.when) ? names.indexOf(p.when.parameter) : -1)"
    return f"[self.map(p, p.name)].all(names, [{places}].all(a, {text}))"


PARAMETERS = [
    _each(
        f"!has(p.when) || {_NAMES}",
        "when of parameter %s names %s, which is no other parameter: name one, or remove the when",
        "p.name",
        "p.when.parameter",
    ),
    _each(
        _of_named("has(p.when.__in__) == (q.type in ['categorical', 'bool'])"),
        "when of parameter %s asks %s in the wrong way: use `in` for a categorical or bool, "
        "min and max for a number",
        "p.name",
        "p.when.parameter",
    ),
    _each(
        _of_named(
            "!has(p.when.__in__) || (q.type == 'bool' ? p.when.__in__.all(v, v in ['true', 'false'])"
            " : (!has(q.values) || p.when.__in__.all(v, v in q.values)))"
        ),
        "when of parameter %s asks for in %s, but %s does not have all of these values: "
        'use its own values ("true" or "false" for a bool)',
        "p.name",
        "p.when.__in__",
        "p.when.parameter",
    ),
    _each(
        _of_named(_REACHED),
        "when of parameter %s asks for a value that %s never has: move min or max of the when into its range",
        "p.name",
        "p.when.parameter",
    ),
    rule(
        _acyclic(),
        "when goes round in a circle among the parameters %s: remove one when of the circle",
        "self.filter(p, has(p.when)).map(p, p.name)",
    ),
]

STAGES = [
    rule(
        "self.map(s, has(s.trials)).indexOf(false) in [-1, self.size() - 1]",
        "stage %s has no trials, only the last stage takes the rest: add trials to it",
        "self.map(s, has(s.trials)).indexOf(false) + 1",
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
        "!has(self.search.initialTrials) || self.search.initialTrials.size() <= self.trials.max",
        "there are %s initial trials and trials.max is %s: raise trials.max or remove some",
        "self.search.initialTrials.size()",
        "self.trials.max",
        path=".search.initialTrials",
    ),
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
    _each(
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

_FINISHED = "has(oldSelf.status) && has(oldSelf.status.completionTime)"
_STARTED = (
    "has(oldSelf.status) && has(oldSelf.status.trials) && has(oldSelf.status.trials.total)"
    " && oldSelf.status.trials.total > 0"
)


def _same(field: str) -> str:
    """The field of spec is what it was, or still absent."""
    new, old = f"self.spec.{field}", f"oldSelf.spec.{field}"
    return f"has({new}) == has({old}) && (!has({new}) || {new} == {old})"


# Everything of `search` but the last stage's count, which follows trials.max.
_SAME_SEARCH = (
    "self.spec.search.seed == oldSelf.spec.search.seed"
    " && has(self.spec.search.initialTrials) == has(oldSelf.spec.search.initialTrials)"
    " && (!has(self.spec.search.initialTrials)"
    " || self.spec.search.initialTrials == oldSelf.spec.search.initialTrials)"
    " && self.spec.search.stages.map(s, s.algorithm) == oldSelf.spec.search.stages.map(s, s.algorithm)"
    " && [0, 1, 2, 3, 4, 5, 6].all(i, i + 1 >= self.spec.search.stages.size()"
    " || self.spec.search.stages[i] == oldSelf.spec.search.stages[i])"
)


def _kept_once_started(field: str, same: str) -> Rule:
    """What trials were measured by does not change under them."""
    return rule(
        f"!({_STARTED}) || ({same})",
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


_HISTORY = ("objectives", "parameters", "metrics", "artifacts", "template")

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
    rule("self == oldSelf", "the spec of a Trial never changes: delete the Trial's TuningJob to be rid of it"),
]
