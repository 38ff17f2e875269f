"""The studies of few photographs build what they are to compare."""

import pytest
from image_folders import fill

from ganaug.augmentation import AdaptiveAugmentation, NoAugmentation
from ganaug.cli.arguments import expand
from ganaug.cli.fit import FitCLI
from ganaug.models.r3gan import R3GAN
from ganaug.studies.scarce import SCARCE_STUDIES
from ganaug.studies.study import Places


@pytest.mark.parametrize(
    ("name", "size", "images", "augmentation"),
    [
        ("sunflowers_r3gan", 64, None, AdaptiveAugmentation),
        ("sunflowers_32_adaptive", 32, None, AdaptiveAugmentation),
        ("sunflowers_32_plain", 32, None, NoAugmentation),
        ("sunflowers100_32_plain", 32, 100, NoAugmentation),
    ],
)
def test_recipe_with_what_a_study_changes(tmp_path, monkeypatch, name, size, images, augmentation):
    monkeypatch.chdir(tmp_path)
    fill(tmp_path / "train" / "sunflower", 140)
    study = SCARCE_STUDIES[name]
    cli = FitCLI(expand([str(word) for word in study.words(Places(tmp_path, None, tmp_path, 0))]))
    data, model = cli.datamodule, cli.model
    assert [data.hparams[each] for each in ("image_size", "channels", "batch_size")] == [
        size,
        3,
        16,
    ]
    assert data.hparams["per_class"] == images
    assert isinstance(model, R3GAN)
    assert type(model.game.augmentation) is augmentation
    assert model.burn_in.last == 0.05


def test_fine_tuning_starts_from_flowers_of_other_kinds_as_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number, kind in enumerate(("daisy", "dandelion", "rose", "sunflower", "tulip")):
        fill(tmp_path / "train" / kind, 30, first=100 * number)
    study = SCARCE_STUDIES["sunflowers60_from_others"]
    cli = FitCLI(expand([str(word) for word in study.words(Places(tmp_path, None, tmp_path, 0))]))
    assert cli.datamodule.class_names == ("daisy", "dandelion", "rose", "tulip")
    assert cli.model.num_classes == 0
