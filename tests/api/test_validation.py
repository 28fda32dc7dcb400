"""The offline verdict: what the API server would say, and what the first visit says."""

from __future__ import annotations

import pytest
from tuning_operator.api import manifest
from tuning_operator.api.validation import problems, read, visit, warnings, with_defaults
from tuning_operator.errors import ManifestError

from tests.api.bad_manifests import TABLE, Bad
from tests.api.good_manifests import GOOD
from tests.api.manifests import Manifest, drop, good, job, put, spoilt, text


def offline(written: str) -> list[str]:
    """What `tuning validate` finds before the first visit."""
    try:
        (read,) = manifest.load(written)
    except ManifestError as error:
        return list(error.problems)
    return problems(read)


def at_first_visit(body: Manifest) -> list[str]:
    return visit(read(body))


def says(messages: list[str], words: tuple[str, ...]) -> bool:
    """One of the messages has all the words; of `a|b` one of them."""
    return any(all(any(w in message for w in word.split("|")) for word in words) for message in messages)


@pytest.mark.parametrize("bad", TABLE, ids=lambda bad: bad.name)
def test_a_bad_manifest_is_refused_in_words_that_help(bad: Bad) -> None:
    body = spoilt(bad.change)
    if bad.by == "server":
        found = offline(text(body))
    else:
        assert offline(text(body)) == []
        found = at_first_visit(body)
    assert says(found, bad.says), found


@pytest.mark.parametrize("name", GOOD)
def test_a_good_manifest_is_accepted(name: str) -> None:
    assert offline(text(GOOD[name])) == []
    assert at_first_visit(GOOD[name]) == []


def test_the_table_has_no_name_twice() -> None:
    names = [bad.name for bad in TABLE]
    assert len(names) == len(set(names))
    assert len(names) >= 60


def test_every_fault_is_named_at_once() -> None:
    body = spoilt(put("spec.trials.max", 10_001), spoilt(put("spec.retain", "best")))
    assert len(problems(body)) == 2


def test_an_unknown_field_comes_with_a_guess() -> None:
    (message,) = problems(job(trials={"max": 4, "paralel": 2}))
    assert message == 'strict decoding error: unknown field "spec.trials.paralel", did you mean "parallel"?'


@pytest.mark.parametrize("name", ["metric loss", "metric:loss", "metric=loss"])
def test_a_field_without_colon_and_space_comes_with_both(name: str) -> None:
    messages = problems(job(objectives=[{name: None, "goal": "Minimize"}]))
    unknown = f'strict decoding error: unknown field "spec.objectives[0].{name}"'
    assert messages[0] == f"{unknown}: write a colon and a space after the name: metric: loss"


def test_defaults_are_what_the_server_fills_in() -> None:
    spec = with_defaults(job())["spec"]
    assert spec["search"] == {"seed": 0, "stages": [{"algorithm": "Bayesian"}]}
    assert spec["trials"] == {"max": 4, "parallel": 1}
    assert (spec["metrics"], spec["retain"], spec["suspend"]) == ({"source": "Scrape"}, "Best", False)
    assert spec["objectives"][0]["take"] == "Best"


@pytest.mark.parametrize(
    "value", [None, [], "text", 3, {}, {"kind": "TuningJob"}, {"kind": [], "apiVersion": {}}]
)
def test_what_is_no_tuning_job_gets_a_message(value: object) -> None:
    assert "write" in " ".join(problems(value))


def test_a_generated_name_is_a_name() -> None:
    assert problems(spoilt(put("metadata", {"generateName": "digits-"}))) == []
    assert "Required value" in problems(spoilt(put("metadata", {})))[0]


def test_a_trial_without_an_image_is_right_on_a_laptop_alone() -> None:
    image = "spec.template.spec.containers[0].image"
    (warning,) = warnings(spoilt(drop(image)))
    assert warning.startswith("spec.template.spec.containers[trial].image is not given")
    assert warnings(spoilt(put(image, ""))) == [warning]
    assert warnings(good()) == []
    assert problems(spoilt(drop(image))) == []


def test_what_is_accepted_can_be_parsed() -> None:
    assert read(good()).spec.trials.max == 64
