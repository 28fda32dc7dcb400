"""Tactics are parameters by name; what they may be is checked before anything is trained."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from tuning_trial.errors import UserError
from tuning_trial.tactics import Tactics, Updates, read
from tuning_trial.tactics.combinations import PAIRS, refuse_combinations

PAGE = Path(__file__).parents[3] / "docs" / "tactics.md"
ON = {"mirrored": True, "xla": True, "accumulate": 2, "steps_per_execution": 4}


def test_tactics_are_picked_out_of_a_trial_s_parameters():
    chosen = read({"optimizer": "lion", "accumulate": 4.0, "units": 128, "flip": True})
    assert (chosen.optimizer, chosen.accumulate, chosen.flip) == ("lion", 4, True)
    assert type(chosen.accumulate) is int
    assert chosen.learning_rate == Tactics().learning_rate


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"optimizer": "adamx"}, "'optimizer' is 'adamx'; make it one of sgd, momentum"),
        ({"momentum": 1.0}, "'momentum' is 1.0; make it a number from 0 to 0.99999"),
        ({"accumulate": 2.5}, "'accumulate' is 2.5; make it a whole number from 1"),
        ({"accumulate": True}, "'accumulate' is True"),
        ({"flip": 1}, "'flip' is 1; make it one of true, false"),
        ({"learning_rate": float("nan")}, "'learning_rate' is nan"),
        ({"clip_norm": "1"}, "'clip_norm' is '1'; make it a number from 0"),
    ],
)
def test_what_a_tactic_cannot_be_is_refused_by_name(parameters, words):
    with pytest.raises(UserError, match=words):
        read(parameters)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.one}-{pair.other}")
def test_two_that_exclude_each_other_are_refused_by_both_names(pair):
    chosen = Tactics(**{name: ON.get(name, 0.5) for name in (pair.one, pair.other)})
    with pytest.raises(UserError, match=f"{pair.one}=.* and {pair.other}=.* exclude each other"):
        refuse_combinations(chosen, on_cpus=True)
    for name in (pair.one, pair.other):
        refuse_combinations(Tactics(**{name: ON.get(name, 0.5)}), on_cpus=True)


def test_what_only_cpus_cannot_do_is_allowed_on_gpus():
    refuse_combinations(Tactics(mirrored=True, xla=True), on_cpus=False)
    assert read({"mirrored": True, "xla": True}).xla


def test_an_update_takes_several_batches_under_accumulation():
    assert Updates.of(examples=100, batch_size=32, epochs=3) == Updates(12, 32)
    assert Updates.of(examples=100, batch_size=32, epochs=3, accumulate=4).total == 3
    assert Updates.of(examples=1, batch_size=32, epochs=1, accumulate=8).total == 1


def test_every_tactic_is_in_the_docs_with_its_default_and_its_usual_range():
    rows = [[cell.strip(" `") for cell in line.split("|")[1:4]] for line in PAGE.read_text().splitlines()]
    documented = {row[0]: (row[1], row[2]) for row in rows if len(row) == 3}
    for known in fields(Tactics):
        default = str(known.default).lower() if isinstance(known.default, bool) else f"{known.default}"
        assert documented.get(known.name) == (default, known.metadata["usual"]), known.name


def test_importing_the_tactics_imports_nothing_heavy():
    heavy = "('keras', 'tensorflow', 'numpy')"
    program = f"import sys, tuning_trial.tactics; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
