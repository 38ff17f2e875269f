"""The examples in the docstrings of the data modules run."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("image_folder", "ImageFolderDataModule"),
        ("mnist", "MNISTDataModule"),
        ("unpaired_folders", "UnpairedFoldersDataModule"),
        ("augmentation", "register_augmentation"),
    ],
)
def test_example(module, name):
    found = importlib.import_module(f"datamodules.{module}")
    example = doctest.DocTestFinder(recurse=False).find(getattr(found, name), globs=vars(found))[0]
    assert example.examples
    assert doctest.DocTestRunner().run(example).failed == 0
