"""CEL as cel-go evaluates it, in the part that the rules use."""

from __future__ import annotations

from typing import Any

import pytest
from tuning_operator.api.cel import compile_cel
from tuning_operator.api.cel_functions import CelError, Items, Untyped, equal, python_pattern, shown

SELF = {"a": 1, "b": 2.5, "name": "x", "list": [3, 1, 2], "empty": [], "flag": True, "in": "word"}

VALUES: dict[str, Any] = {
    "1 + 2 - 4": -1,
    "2 < 3 && 3 >= 3 || false": True,
    "true || false && false": True,
    "!false ? 'yes' : 'no'": "yes",
    "false ? 1 : true ? 2 : 3": 2,
    "-self.b < -2.0": True,
    "self.a == 1.0": True,
    "self.flag == true": True,
    "self.__in__ == 'word'": True,
    "self.a in self.list": True,
    "'a' in self": True,
    "has(self.a) && !has(self.z)": True,
    "self.list[1]": 1,
    "self.list.size() + size(self.name)": 4,
    "self.list.all(i, i > 0)": True,
    "self.empty.all(i, i.z)": True,
    "self.list.exists(i, i == 2)": True,
    "self.list.exists_one(i, i > 1)": False,
    "self.list.filter(i, i != 1)": [3, 2],
    "self.list.map(i, i + 1)": [4, 2, 3],
    "self.list.map(i, i > 1, i + 1)": [4, 3],
    "self.list.map(i, self.list.filter(j, j < i))": [[1, 2], [], [1]],
    "self.list.indexOf(2)": 2,
    "self.list.indexOf(7)": -1,
    "self.list.sum()": 6,
    "'s3://x'.startsWith('s3')": True,
    "'ab'.matches('^a.$')": True,
    "'ab\\\\n'.matches('^a.$')": False,
    "int(2.9) == 2 && double(2) == 2.0": True,
    "string(2.5)": "2.5",
    "'it\\'s'": "it's",
    "'%s of %s'.format([self.b, self.list])": "2.5 of [3, 1, 2]",
    "{'not': 'here'}": SyntaxError,
    "1 +": SyntaxError,
    "1 2": SyntaxError,
    "#": SyntaxError,
    "self.reduce(a, b)": SyntaxError,
    "size(": SyntaxError,
}

ERRORS = [
    "self.z",
    "self.list[3]",
    "self.list[-1]",
    "self.z.y",
    "has(self.z.y)",
    "1 && true",
    "'a' < 1",
    "self.name.sum()",
]

ABSORBED = {
    "self.z || true": True,
    "true || self.z": True,
    "false && self.z": False,
    "self.z && false": False,
    "self.list.exists(i, i == 2 || self.z)": True,
    "self.list.all(i, i != 2 && (i == 1 || self.z))": False,
}


@pytest.mark.parametrize("text", VALUES)
def test_an_expression_has_its_value(text: str) -> None:
    if VALUES[text] is SyntaxError:
        with pytest.raises(SyntaxError):
            compile_cel(text)
    else:
        assert equal(compile_cel(text)({"self": SELF}), VALUES[text])


@pytest.mark.parametrize("text", ERRORS)
def test_an_error_is_an_error(text: str) -> None:
    with pytest.raises(CelError):
        compile_cel(text)({"self": SELF})


@pytest.mark.parametrize("text", ABSORBED)
def test_a_decided_condition_absorbs_errors(text: str) -> None:
    assert compile_cel(text)({"self": SELF}) is ABSORBED[text]


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (1, 1.0, True),
        (1, True, False),
        ([1, 2], [2, 1], False),
        (Items([{"name": "a"}, {"name": "b"}]), Items([{"name": "b"}, {"name": "a"}]), True),
        (Items([{"name": "a"}]), Items([{"name": "b"}]), False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        (Untyped({"a": [1]}), Untyped({"a": [1]}), True),
        (Untyped(1), Untyped(1.0), False),
        (Untyped([None]), Untyped([None]), True),
    ],
)
def test_equality_is_the_servers(left: Any, right: Any, same: bool) -> None:
    assert equal(left, right) is same
    assert equal(right, left) is same


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (1e-5, "1e-05"),
        (0.0001, "0.0001"),
        (1e6, "1e+06"),
        (123456.0, "123456"),
        (1234567.5, "1.2345675e+06"),
        (-2.0, "-2"),
        (0.0, "0"),
        (True, "true"),
        (["a", 'b"c'], '["a", "b\\"c"]'),
        ([0.5, 1], "[0.500000, 1]"),
    ],
)
def test_values_are_shown_as_go_shows_them(value: Any, text: str) -> None:
    assert shown(value) == text


def test_a_dollar_is_the_very_end() -> None:
    assert python_pattern("^a$").search("a\n") is None
    assert python_pattern(r"^\$(a|b$)").search("$b")
