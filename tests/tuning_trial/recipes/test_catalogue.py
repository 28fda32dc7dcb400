"""What a recipe takes is known by name, with defaults and ranges, before anything is imported."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from tuning_trial import cli
from tuning_trial.errors import UserError
from tuning_trial.recipes.catalogue import RECIPES, TRAINER, read
from tuning_trial.recipes.command import describe
from tuning_trial.recipes.structure import Structure
from tuning_trial.tactics import Tactics

PAGE = Path(__file__).parents[3] / "docs" / "recipes.md"


def test_a_trial_s_parameters_are_structure_or_tactics() -> None:
    given = {"width": 8, "squeeze_ratio": 4.0, "optimizer": "lion", "epochs": 3, "batch_size": 8}
    structure, chosen = read(RECIPES["image-se-resnet"], given)
    assert (structure.width, structure.squeeze_ratio, structure.residual) == (8, 4, True)
    assert (chosen.optimizer, chosen.learning_rate) == ("lion", Tactics().learning_rate)


def test_a_recipe_may_have_its_own_defaults() -> None:
    assert read(RECIPES["gan"], {})[1].beta_1 == 0.5
    assert read(RECIPES["gan"], {"beta_1": 0.9})[1].beta_1 == 0.9
    assert read(RECIPES["image-resnet"], {"residual": False})[0].residual is False


@pytest.mark.parametrize(
    ("recipe", "given", "words"),
    [
        ("image-cnn", {"learning_rte": 0.1}, "no parameter 'learning_rte'; did you mean 'learning_rate'"),
        ("image-cnn", {"qqq": 1}, "'qqq'; `tuning-trial recipe image-cnn --help` lists"),
        ("image-vit", {"width": 8}, "the recipe image-vit has no parameter 'width'"),
        ("tabular-regression", {"label_smoothing": 0.1}, "no parameter 'label_smoothing'"),
        ("text-gru", {"flip": True}, "no parameter 'flip'"),
        ("image-cnn", {"depth": 0}, "'depth' is 0; make it a whole number from 1 to 64"),
        ("image-cnn", {"activation": "tanh"}, "'activation' is 'tanh'; make it one of relu, leaky_relu"),
        ("image-cnn", {"clip_norm": 1, "clip_value": 1}, "exclude each other"),
        (
            "image-cnn",
            {"momentum": 0.5},
            r"no effect with optimizer='adam'; give optimizer too \(momentum, nest",
        ),
        (
            "gan",
            {"optimizer": "sgd", "beta_1": 0.5},
            "'beta_1' has no effect with optimizer='sgd'; give it `when",
        ),
        ("text-gru", {"decays": 3}, "'decays' has no effect with schedule='constant'; give schedule too"),
        ("image-vit", {"frozen": 0.5}, "'frozen' has no effect without pretrained"),
        ("image-cnn", {"squeeze_ratio": 8}, "'squeeze_ratio' has no effect without squeeze_excitation; give"),
        ("image-resnet", {"num_heads": 2, "attention": False}, "'num_heads' has no effect without attention"),
    ],
)
def test_a_parameter_that_means_nothing_is_refused_by_name(recipe, given, words) -> None:
    with pytest.raises(UserError, match=words):
        read(RECIPES[recipe], given)


def test_what_acts_beside_another_parameter_is_taken_with_it() -> None:
    given = {"optimizer": "sgd", "attention": True, "num_heads": 4}
    assert read(RECIPES["gan"], {"optimizer": "sgd"})[1].optimizer == "sgd"  # its own beta_1 was not given
    assert read(RECIPES["image-se-resnet"], {**given, "squeeze_ratio": 8})[0].squeeze_ratio == 8
    assert read(RECIPES["image-vit"], {"num_heads": 4})[0].num_heads == 4


def test_every_recipe_and_every_part_of_the_structure_is_in_the_docs() -> None:
    rows = [[cell.strip(" `") for cell in line.split("|")[1:4]] for line in PAGE.read_text().splitlines()]
    documented = {row[0]: (row[1], row[2]) for row in rows if len(row) == 3}
    for known in fields(Structure):
        default = str(known.default).lower() if isinstance(known.default, bool) else f"{known.default}"
        assert documented.get(known.name) == (default, known.metadata["usual"]), known.name
    assert RECIPES.keys() <= documented.keys()


def test_the_docs_and_the_command_tell_the_same_of_epochs_and_batch_size() -> None:
    sentence = " ".join(PAGE.read_text().split())
    for name, (default, usual) in TRAINER.items():
        assert f"`{name}` (default {default}, usual {usual})" in sentence
        assert [name, default, *usual.split()] in [
            line.split() for line in describe(RECIPES["gan"]).splitlines()
        ]


def test_every_part_of_the_structure_is_some_recipe_s() -> None:
    used = {name for recipe in RECIPES.values() for name in recipe.structure}
    assert used == {known.name for known in fields(Structure)}


def test_the_command_tells_of_the_recipes_and_their_parameters(capsys) -> None:
    assert cli.main(["recipe", "--list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(RECIPES)
    with pytest.raises(SystemExit, match="0"):
        cli.main(["recipe", "gan", "--help"])
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["beta_1", "0.5", "0.8", "to", "0.99"] in rows
    assert ["batch_size", "32", "16", "to", "256,", "log"] in rows
    assert not any(row[:1] == ["mix_up"] for row in rows)


@pytest.mark.parametrize(
    ("option", "value", "mend"),
    [
        ("--image-size", "32", "HEIGHTxWIDTH in pixels, such as 32x32"),
        ("--folds", "1", "a whole number from 2"),
        ("--folds", "two", "a whole number from 2"),
        ("--set", "width", "NAME=VALUE"),
        ("--test-share", "1", "a share from 0 to below 1"),
        ("--test-share", "a fifth", "a share from 0 to below 1"),
        ("--epochs", "0", "a whole number from 1"),
        ("--split-seed", "-1", "a whole number from 0 to 4294967295"),
        ("--require-gpu", "no", "true or false"),
    ],
)
def test_a_malformed_option_is_refused_with_its_value_and_the_mend(option, value, mend, capsys) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["recipe", "image-cnn", "--data", "d.npz", f"{option}={value}"])
    assert f"argument {option}: it is {value!r}; give {mend}\n" in capsys.readouterr().err


def test_shares_that_leave_nothing_are_named_with_their_values(capsys) -> None:
    shares = ["--validation-share", "0.6", "--test-share", "0.4"]
    assert cli.main(["recipe", "image-cnn", "--data", "d.npz", *shares]) == 2
    assert "--validation-share 0.6 and --test-share 0.4 leave nothing to train on" in capsys.readouterr().err
