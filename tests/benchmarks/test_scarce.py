"""The studies of few photographs build what they are to compare."""

import pytest

from benchmarks.scarce import STUDIES
from benchmarks.study import Workspace
from ganaug.cli.fit_arguments import expand
from ganaug.models.r3gan import R3GAN
from ganaug.training.builder import FitCLI
from ganaug.training.discriminator_augmentation import AdaptiveAugmentation, NoAugmentation
from helpers.image_folders import fill


@pytest.fixture
def built(tmp_path, monkeypatch):
    """Build a study's fit, of the flowers in `tmp_path`."""

    def build(name):
        monkeypatch.chdir(tmp_path)
        workspace = Workspace(tmp_path, None, tmp_path, 0)
        return FitCLI(expand(STUDIES[name].arguments(workspace)))

    return build


@pytest.mark.parametrize(
    ("name", "size", "images", "augmentation"),
    [
        ("sunflowers_r3gan", 64, None, AdaptiveAugmentation),
        ("sunflowers_32_adaptive", 32, None, AdaptiveAugmentation),
        ("sunflowers_32_plain", 32, None, NoAugmentation),
        ("sunflowers100_32_plain", 32, 100, NoAugmentation),
    ],
)
def test_recipe_with_what_a_study_changes(tmp_path, built, name, size, images, augmentation):
    fill(tmp_path / "train" / "sunflower", 140)
    cli = built(name)
    data, model = cli.datamodule, cli.model
    expected = {"image_size": size, "channels": 3, "batch_size": 16, "per_class": images}
    assert {each: data.hparams[each] for each in expected} == expected
    assert isinstance(model, R3GAN)
    assert type(model.game.augmentation) is augmentation
    assert model.burn_in.last == 0.05


def test_fine_tuning_starts_from_flowers_of_other_kinds_as_one(tmp_path, built):
    for number, kind in enumerate(("daisy", "dandelion", "rose", "sunflower", "tulip")):
        fill(tmp_path / "train" / kind, 30, first=100 * number)
    cli = built("sunflowers60_from_others")
    assert cli.datamodule.class_names == ("daisy", "dandelion", "rose", "tulip")
    assert cli.model.num_classes == 0
