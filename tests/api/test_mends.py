"""A value of a wrong type or name is shown with its mend, after the API server's own words."""

from __future__ import annotations

from typing import Any

import pytest
from tuning_operator.api.manifest import load
from tuning_operator.api.mends import nearest
from tuning_operator.api.validation import problems

from tests.api.manifests import drop, good, put, spoilt

P = "spec.parameters"
TRIAL = "spec.template.spec.containers[0]"
POD = "spec.template.spec"

# Where the text stands in a manifest, the text as a person writes it, and how the message ends.
ROWS = [
    ("metadata.name", "n", "(false): quote it: n, no, off and false are booleans in YAML"),
    (f"{P}[3].values", "[yes]", "(true): quote it: y, yes, on and true are booleans in YAML"),
    (f"{P}[3].values", "[1]", '(1): use `type: discrete` with `numbers`, or quote it: "1"'),
    (f"{P}[5].when.in", "[3]", '(3): use min and max for a number, or quote it: "3"'),
    (f"{P}[3].values", "adam", '("adam"): write a list: [adam]'),
    (f"{P}[3].values", '"adam, sgd"', "write a list: [adam, sgd]"),
    (f"{P}[3].values", "[a, null]", "(null): remove it, or give it a value"),
    (f"{P}[0].min", '"0"', '("0"): remove the quotes: 0'),
    (f"{P}[0].min", "a", '("a"): write a number'),
    (f"{P}[0].max", "1e400", '("1e400"): write a number within ±1.8e308'),
    (f"{P}[0].max", "[5]", "([5]): write it without the list: 5"),
    (f"{P}[0].max", "true", "(true): write a number"),
    (f"{P}[2].numbers", '"1, 2"', "write a list: [1, 2]"),
    (f"{P}[2].numbers", "5", "(5): write a list: [5]"),
    (f"{P}[2].numbers", "a", '("a"): write a list of numbers'),
    (P, "{lr: {}}", '({"lr": {}}): write a list: begin each item with "- " and give it name, type'),
    (P, "lr", '("lr"): write a list: [{name: lr, type: …}]'),
    ("spec.objectives", "[acc]", '("acc"): write an object, such as {metric: acc, goal: …}'),
    ("spec.trials", "12", "(12): write an object, such as {max: 12}"),
    (
        "spec.trials",
        "[{max: 2}]",
        '([{"max": 2}]): write one object, without "- " before it or brackets around it',
    ),
    ("spec.trials.max", '"12"', '("12"): remove the quotes: 12'),
    ("spec.trials.max", "1.6", "(1.6): round it: 2"),
    ("spec.trials.max", "1e300", "(1e+300): write a whole number within 64 bits"),
    ("spec.metrics", "Scrape", '("Scrape"): write an object, such as {source: Scrape}'),
    ("spec.artifacts", "/a", '("/a"): write an object, such as {path: /a}'),
    ("spec.search", "Random", '("Random"): write an object with seed, stages'),
    ("spec.suspend", '"no"', '("no"): remove the quotes: no'),
    ("spec.suspend", "0", "(0): write true or false"),
    ("spec.retain", "no", '(false): write one of "All", "Best", "None"'),
    ("metadata", "job", '("job"): write an object, such as {name: job}'),
    ("metadata.labels", "a", '("a"): write an object: lines of `name: value`'),
    (f"{TRIAL}.command", "python prog.py", '("python prog.py"): write a list: [python, prog.py]'),
    (f"{TRIAL}.command", "cd x && make", "write a list: [sh, -c, cd x && make]"),
    (f"{TRIAL}.command", '"it\'s"', "write a list: [it's]"),
    (f"{TRIAL}.env", "{A: 1}", '({"A": 1}): write a list: begin each item with "- " and give it name'),
    (f"{TRIAL}.env", "[{name: A, value: 1}]", '(1): quote it: "1"'),
    (f"{TRIAL}.resources", "{limits: {cpu: 0.5}}", '(0.5): quote it: "0.5"'),
    ("spec.objectives[0].goal", "max", ': did you mean "Maximize"?'),
    (f"{P}[0].type", "float", ': did you mean "double"?'),
    (f"{P}[0].scale", "cubic", '"linear", "log": write one of them'),
]


def refusals(place: str, written: str) -> list[str]:
    (value,) = (document["it"] for document in load(f"it: {written}"))
    return problems(spoilt(put(place, value)))


@pytest.mark.parametrize(("place", "written", "end"), ROWS, ids=[f"{r[0]}: {r[1]}" for r in ROWS])
def test_a_wrong_value_comes_with_its_mend(place: str, written: str, end: str) -> None:
    assert [message for message in refusals(place, written) if message.endswith(end)], refusals(
        place, written
    )


@pytest.mark.parametrize(
    ("place", "end"),
    [
        ("spec.trials", "Required value: add it, an object with max"),
        ("spec.objectives", "Required value: add it, a list of items with metric, goal"),
        (f"{P}[0].name", "Required value: add it, a string"),
        ("spec.objectives[0].goal", 'Required value: add it, one of "Maximize", "Minimize"'),
        ("spec.trials.max", "Required value: add it, an integer"),
    ],
)
def test_a_missing_value_comes_with_what_belongs_there(place: str, end: str) -> None:
    assert [message for message in problems(spoilt(drop(place))) if message == f"{place}: {end}"]


def test_a_name_that_stands_twice_comes_with_its_mend() -> None:
    twins = [{"name": "x", "type": "bool"}, {"name": "x", "type": "bool"}]
    end = 'parameters[1]: Duplicate value: {"name":"x"}: give it another name, or remove it'
    assert any(message.endswith(end) for message in problems(spoilt(put(P, twins))))


def test_the_servers_words_come_first() -> None:
    (message,) = refusals("spec.trials", "12")
    words = 'spec.trials: Invalid value: "integer": spec.trials in body must be of type object: "integer"'
    assert message.startswith(words)


def test_a_name_that_is_no_string_is_not_missing_too() -> None:
    assert len(refusals("metadata.name", "n")) == 1
    assert len(refusals("metadata.name", '""')) == 1


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("random", "Random"),
        ("Bayes", "Bayesian"),
        ("Baysian", "Bayesian"),
        ("gridsearch", "Grid"),
        ("", None),
        ("Hyperband", None),
    ],
)
def test_the_nearest_name_is_guessed(word: str, meant: str | None) -> None:
    assert nearest(word, ["Random", "Grid", "Sobol", "Bayesian"]) == meant


@pytest.mark.parametrize("anything", [True, 3, 0.5, 1e300, "a", "'", "x\ny", [], [[]], {}, {"a": [1]}, None])
def test_anything_at_any_place_gets_a_message(anything: Any) -> None:
    for place in (
        "metadata",
        "spec",
        "spec.trials.max",
        P,
        f"{P}[0]",
        f"{P}[3].values",
        POD,
        f"{TRIAL}.args",
    ):
        assert all(isinstance(m, str) for m in problems(spoilt(put(place, anything))))
    assert problems(good()) == []
