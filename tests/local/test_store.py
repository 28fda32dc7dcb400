"""The records of a job: what somebody has spoilt by hand is named, never an error of ours."""

from pathlib import Path

import pytest
from tuning_operator.errors import MachineError
from tuning_operator.local.store import Store

SPOILT = {
    "empty": "",
    "no YAML": "a: [1,",
    "a list": "- a",
    "nothing of the schema": "{}",
    "a word for a number": "{spec: {number: three, maxTrials: lots}}",
    "a list for the status": "{status: []}",
    "not UTF-8": b"\xff\xfe".decode("latin-1"),
}


@pytest.mark.parametrize("text", SPOILT.values(), ids=SPOILT)
def test_a_spoilt_job_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "tuningjob.yaml").write_text(text, encoding="latin-1")
    with pytest.raises(MachineError, match=r"tuningjob\.yaml is no record .* --fresh"):
        Store(tmp_path).job()


@pytest.mark.parametrize("text", SPOILT.values(), ids=SPOILT)
def test_a_spoilt_trial_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "trials").mkdir()
    (tmp_path / "trials" / "3.yaml").write_text(text, encoding="latin-1")
    with pytest.raises(MachineError, match=r"3\.yaml is no record .* --fresh"):
        Store(tmp_path).trials()


def test_nothing_kept_is_no_job(tmp_path: Path) -> None:
    assert Store(tmp_path).job() is None
    assert Store(tmp_path).trials() == {}
