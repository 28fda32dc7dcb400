"""The table of combinations against Keras itself, in one process with two logical CPU devices."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tuning_trial.errors import UserError
from tuning_trial.tactics import Tactics
from tuning_trial.tactics.combinations import PAIRS, refuse_combinations

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Any]:
    """What became of each pair."""
    program = Path(__file__).with_name("combinations_program.py")
    environment = {
        **os.environ,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "OMP_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "",
    }
    done = subprocess.run(
        [sys.executable, program], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_each_pair_either_trains_or_is_refused_before(outcomes):
    assert {o["with_table"] for o in outcomes["pairs"].values()} == {"works", "refused"}
    assert len(outcomes["pairs"]) == 8 + 8 * 7 // 2 - 1  # float16 and bfloat16 are one tactic


def test_the_table_refuses_only_what_keras_cannot_do(outcomes):
    refused = {pair: o for pair, o in outcomes["pairs"].items() if o["with_table"] == "refused"}
    assert refused.keys() == {f"{p.one}+{p.other}" for p in PAIRS if p.one == "mirrored"}
    assert all(o["without_table"].startswith("fails") for o in refused.values()), refused


CLIPS = {"clip_value": "clipvalue", "clip_norm": "clipnorm", "clip_global_norm": "global_clipnorm"}
TWO_CLIPS = [(pair.one, pair.other) for pair in PAIRS if pair.one.startswith("clip")]


def test_the_table_has_each_pair_of_clips():
    assert set(map(frozenset, TWO_CLIPS)) == set(map(frozenset, itertools.combinations(CLIPS, 2)))


@pytest.mark.parametrize("pair", TWO_CLIPS, ids="+".join)
def test_two_clips_are_refused_by_the_table_and_by_keras(pair):
    with pytest.raises(UserError, match=f"{pair[0]}=1.0 and {pair[1]}=1.0 exclude each other"):
        refuse_combinations(Tactics(**dict.fromkeys(pair, 1.0)))
    with pytest.raises(ValueError, match="Only one of"):
        keras.optimizers.SGD(**{CLIPS[name]: 1.0 for name in pair})


def test_a_mirrored_strategy_takes_all_devices(outcomes):
    assert outcomes["replicas"] == 2


def test_a_start_that_thaws_and_a_teacher_go_with_each_of_them(outcomes):
    fine = {"stays": True, "moves": True, "is_finite": True}
    trained_on = fine | {"stays": False}
    assert outcomes["transfers"].pop("removed") == trained_on
    assert outcomes["transfers"] == dict.fromkeys(outcomes["transfers"], fine)
    assert len(outcomes["transfers"]) == 7


def test_what_has_lost_units_is_not_frozen():
    with pytest.raises(
        UserError, match=r"removed=0.5 and frozen=0.5 exclude each other: what has lost units"
    ):
        refuse_combinations(Tactics(removed=0.5, frozen=0.5))


def test_a_mirrored_model_has_its_variants_and_they_are_judged_by_a_pydataset(outcomes):
    losses = outcomes["losses"]
    own = losses.pop("own")
    assert len(losses) == 4
    assert losses["tflite_float32_loss"] == pytest.approx(own, rel=1e-4)
    assert list(losses.values()) == pytest.approx([own] * 4, rel=0.1)


def test_deterministic_means_the_same_numbers_for_the_same_seed(outcomes):
    first, second = outcomes["same"]
    assert first == second
    assert first != outcomes["other"]
