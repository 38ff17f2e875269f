"""Errors name the choice that was probably meant."""

import pytest

from datamodules.arguments import did_you_mean as folder_meant
from ganaug.utils.errors import did_you_mean


def test_the_nearest_choice_is_named_whatever_its_case_and_nothing_where_none_is_near():
    assert did_you_mean("Roze", ["rose", "tulip"]) == "; did you mean 'rose'?"
    assert did_you_mean("xyz", ["rose", "tulip"]) == ""


@pytest.mark.parametrize(
    ("word", "choices", "meant"),
    [
        ("epochs", ["min_epochs", "max_epochs"], "max_epochs"),
        ("epochs", ["grid.every_epochs", "trainer.max_epochs"], "trainer.max_epochs"),
        ("trainer.epochs", ["trainer.min_epochs", "trainer.max_epochs"], "trainer.max_epochs"),
        ("--trainer.epochs", ["--trainer.max_epochs"], "--trainer.max_epochs"),
        ("learning_rate", ["overfit_batches", "generator_lr"], "generator_lr"),
        ("model.lr", ["model.generator_lr", "model.width"], "model.generator_lr"),
        ("data.img_size", ["model.image_size", "data.image_size"], "data.image_size"),
    ],
)
def test_names_of_other_libraries_are_known(word, choices, meant):
    assert did_you_mean(word, choices) == f"; did you mean {meant!r}?"


def test_nothing_is_meant_by_what_only_looks_a_little_alike():
    assert did_you_mean("learning_rate", ["overfit_batches"]) == ""
    assert folder_meant("rust", ["runs", "photos"]) == ""
    assert folder_meant("fruits", ["runs"]) == ""
    assert folder_meant("phtos", ["runs", "photos"]) == "did you mean 'photos'? "
