"""Untrusted text cannot begin a log line of its own."""

import json
import logging
import sys

import pytest
from tuning_operator.cluster.logs import LONGEST, JsonLines, TextLines


def record(message: str, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("tuning_operator", logging.INFO, "f", 1, message, None, None)
    vars(made).update(fields)
    return made


def test_a_forged_line_stays_within_its_field() -> None:
    line = TextLines().format(record("trial finished", says="boom\n2026 error forged"))
    assert "\n" not in line
    assert 'says="boom\\n2026 error forged"' in line


def test_a_message_of_several_lines_becomes_one() -> None:
    line = TextLines().format(record("one\ntwo\x1b[31m \u202eé"))
    assert line.isascii()
    assert line.isprintable()


def test_json_has_the_fields_that_people_search_by() -> None:
    line = JsonLines().format(record("trial finished", job="ns/hello", reason="Completed", says="a\nb"))
    entry = json.loads(line)
    assert (entry["job"], entry["reason"], entry["says"], "\n" in line) == (
        "ns/hello",
        "Completed",
        "a\nb",
        False,
    )


def test_json_has_the_end_of_an_error() -> None:
    made = record("a visit failed")
    try:
        raise ValueError("x" * 9000 + " at the end")
    except ValueError:
        made.exc_info = sys.exc_info()
    error = json.loads(JsonLines().format(made))["error"]
    assert error.endswith("x at the end")
    assert len(error) == LONGEST


@pytest.mark.parametrize("style", [TextLines(), JsonLines()])
def test_no_line_is_so_long_that_a_container_runtime_breaks_it(style: logging.Formatter) -> None:
    parameters = {f"p{i}" * 20: "é" * 64 for i in range(64)}
    line = style.format(record("trial created", says='"' * 9000, parameters=parameters))
    assert len(line) < 16 * 1024
    assert line.isascii()
    assert line.isprintable()
