"""Edits are judged offline as the API server judges them."""

from __future__ import annotations

import pytest
from tuning_operator.api.validation import problems

from tests.api.edits import EDITS, Edit
from tests.api.manifests import good, spoilt
from tests.api.test_validation import says


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_an_edit_is_allowed_or_refused(edit: Edit) -> None:
    found = problems(spoilt(edit.change), good() | {"status": edit.status})
    assert (found == []) if edit.says is None else says(found, edit.says), found


@pytest.mark.parametrize("edit", [e for e in EDITS if e.says], ids=lambda edit: edit.name)
def test_an_edit_is_refused_once(edit: Edit) -> None:
    assert len(problems(spoilt(edit.change), good() | {"status": edit.status})) == 1


def test_a_trial_never_changes() -> None:
    trial = {
        "apiVersion": "tuning.dev/v1alpha1",
        "kind": "Trial",
        "metadata": {"name": "digits-1"},
        "spec": {
            "number": 1,
            "stage": 1,
            "purpose": "Search",
            "seed": 5,
            "parameters": {"units": 32},
            "basis": {"engine": "0.1.0"},
        },
    }
    assert problems(trial, trial) == []
    (message,) = problems(trial | {"spec": trial["spec"] | {"parameters": {"units": 64}}}, trial)  # type: ignore[operator]
    assert message.startswith("spec: Invalid value: the spec of a Trial never changes")
