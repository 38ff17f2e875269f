"""Augmentations: built-in, registered and from a file."""

import albumentations
import numpy as np
import pytest
import torch
from torchvision.transforms import InterpolationMode, v2

from datamodules.augmentation import (
    AUGMENTATIONS,
    load_augmentation,
    mirrors,
    register_augmentation,
)
from datamodules.errors import DataError
from datamodules.mnist import MNISTDataModule

POLICIES = [("trivial", "TrivialAugmentWide"), ("rand", "RandAugment")]


def noise(size, channels, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (size, size, channels), np.uint8)


def test_none_is_no_augmentation():
    assert load_augmentation("none", 28, 1) is None


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", ["light", "mirror", "elastic", "strong", "trivial", "rand"])
def test_named_augmentations_keep_type_and_shape_and_follow_the_seed(name, channels):
    augmentation = load_augmentation(name, 28, channels)
    images = [noise(28, channels, i) for i in range(30)]
    runs = []
    for seed in (5, 5, 6):
        augmentation.seed(seed)
        runs.append([augmentation(image) for image in images])
    for image in runs[0]:
        assert image.dtype == np.uint8
        assert image.shape == (28, 28, channels)
    assert np.array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


def test_mirror_gives_the_image_or_its_mirror_image():
    augmentation = load_augmentation("mirror", 8, 3)
    augmentation.seed(0)
    image = noise(8, 3, 0)
    seen = {augmentation(image).tobytes() for _ in range(20)}
    assert seen == {image.tobytes(), image[:, ::-1].tobytes()}


def test_elastic_bends_as_much_of_a_picture_at_any_size():
    def moved(size):
        stripes = np.zeros((size, size, 1), np.uint8)
        stripes[: size // 2] = 255
        augmentation = load_augmentation("elastic", size, 1)
        augmentation.seed(0)
        bend = augmentation.compose.transforms[1]
        bend.p = 1.0
        bent = [(bend(image=stripes)["image"] > 127).sum(axis=0) for _ in range(100)]
        return np.abs(np.stack(bent) - size // 2).mean() / size

    small, large = moved(28), moved(112)
    assert 0.01 < small < 0.1
    assert large == pytest.approx(small, rel=0.3)


def test_light_never_flips():
    left = np.zeros((28, 28, 1), np.uint8)
    left[:, :8] = 255
    augmentation = load_augmentation("light", 28, 1)
    for seed in range(40):
        augmentation.seed(seed)
        changed = augmentation(left)
        assert changed[:, :8].mean() > 150 > 60 > changed[:, 20:].mean()


@pytest.mark.parametrize(("name", "policy"), POLICIES)
@pytest.mark.parametrize("channels", [1, 3])
def test_automatic_augmentations_are_torchvisions(name, policy, channels):
    augmentation = load_augmentation(name, 24, channels)
    image, change = noise(24, channels), augmentation.compose.transforms[0]
    reference = getattr(v2, policy)(interpolation=InterpolationMode.BILINEAR)
    state = torch.get_rng_state()
    for seed in range(30):
        changed = change.apply(image, seed=seed)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            expected = reference(torch.from_numpy(image).permute(2, 0, 1))
        assert np.array_equal(changed, expected.permute(1, 2, 0).numpy())
    # The global random state, which training uses, is unchanged.
    assert torch.equal(torch.get_rng_state(), state)
    assert policy in str(augmentation.compose)


def test_a_saved_augmentation_works_and_its_transforms_draw_independently(tmp_path):
    import albumentations

    steps = [albumentations.HorizontalFlip(p=0.5), albumentations.VerticalFlip(p=0.5)]
    for name, data_format in (("p.yaml", "yaml"), ("p.json", "json")):
        path = tmp_path / name
        albumentations.save(albumentations.Compose(steps), path, data_format=data_format)
        augmentation = load_augmentation(str(path), 8, 1)
        image = np.arange(64, dtype=np.uint8).reshape(8, 8, 1)
        corners = []
        for seed in range(40):
            augmentation.seed(seed)
            corners += [int(augmentation(image)[0, 0, 0]) for _ in range(4)]
        for corner in (0, 7, 56, 63):  # as it was, either flip alone, both
            assert corners.count(corner) > 15


def test_a_bare_saved_transform_works(tmp_path):
    import albumentations

    albumentations.save(albumentations.InvertImg(p=1.0), tmp_path / "p.json", data_format="json")
    augmentation = load_augmentation(str(tmp_path / "p.json"), 8, 1)
    assert (augmentation(np.full((8, 8, 1), 55, np.uint8)) == 200).all()


def test_wrong_names_show_the_choices(tmp_path):
    with pytest.raises(
        DataError, match=r"unknown augmentation 'stong'; did you mean 'strong'\? Choices"
    ):
        load_augmentation("stong", 8, 1)
    named = "none, light, mirror, elastic, strong, trivial, rand"
    with pytest.raises(DataError, match=f"does not exist; .* choose {named}"):
        load_augmentation(str(tmp_path / "gone.yaml"), 8, 1)
    (tmp_path / "broken.yaml").write_text("[1, 2")
    with pytest.raises(DataError, match=r"broken\.yaml' is not what albumentations\.save writes"):
        load_augmentation(str(tmp_path / "broken.yaml"), 8, 1)
    (tmp_path / "other.json").write_text('{"a": 1}')
    with pytest.raises(DataError, match=r"other\.json' is not what"):
        load_augmentation(str(tmp_path / "other.json"), 8, 1)


def test_an_augmentation_that_changes_type_or_shape_is_refused(tmp_path):
    import albumentations as A  # noqa: N812 - the name in all its documentation

    path = tmp_path / "p.yaml"
    A.save(A.Compose([A.ToFloat(p=1.0)]), path, data_format="yaml")
    with pytest.raises(DataError, match="uint8 8 x 8 x 3 image into float32 8 x 8 x 3"):
        load_augmentation(str(path), 8, 3)
    A.save(A.Compose([A.CenterCrop(4, 4)]), path, data_format="yaml")
    with pytest.raises(DataError, match="into uint8 4 x 4 x 3; it must keep type and shape"):
        load_augmentation(str(path), 8, 3)


def test_a_registered_augmentation_is_taken_by_name(monkeypatch):
    import albumentations

    monkeypatch.setattr("datamodules.augmentation.AUGMENTATIONS", dict(AUGMENTATIONS))

    @register_augmentation("inverted", mirrors=True)
    def inverted(image_size, channels):
        assert (image_size, channels) == (8, 1)
        return [albumentations.InvertImg(p=1.0)]

    changed = load_augmentation("inverted", 8, 1)(np.full((8, 8, 1), 55, np.uint8))
    assert (changed == 200).all()
    assert mirrors("inverted")
    choices = "Choices: none, light, mirror, elastic, strong, trivial, rand, inverted"
    with pytest.raises(DataError, match=choices):
        load_augmentation("x", 8, 1)


def test_which_augmentations_mirror(tmp_path):
    import albumentations as A  # noqa: N812 - its usual name

    named = ("none", "light", "mirror", "elastic", "strong", "trivial", "rand")
    assert [name for name in named if mirrors(name)] == ["mirror", "strong"]
    path = tmp_path / "p.yaml"
    assert not mirrors(str(path))
    A.save(A.Compose([A.VerticalFlip(p=0.5)]), path, data_format="yaml")
    assert not mirrors(str(path))
    A.save(A.Compose([A.OneOf([A.HorizontalFlip(p=0.5), A.InvertImg()])]), path, data_format="yaml")
    assert mirrors(str(path))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: [], "augmentation 'mine' raised TypeError: .*; it is a function of `image_size`"),
        (lambda size, channels: None, "'mine' returns None; return a list of albumentations"),
        (lambda size, channels: [size], r"'mine' returns \[28\]; return a list of albumentations"),
    ],
)
def test_a_function_that_builds_no_transforms_is_refused(build, message, monkeypatch):
    monkeypatch.setattr("datamodules.augmentation.AUGMENTATIONS", dict(AUGMENTATIONS))
    register_augmentation("mine")(build)
    with pytest.raises(DataError, match=message):
        load_augmentation("mine", image_size=28, channels=1)


def test_transforms_as_an_object_are_to_be_saved():
    with pytest.raises(DataError, match=r"augmentation is a Compose; .*albumentations\.save"):
        MNISTDataModule(augmentation=albumentations.Compose([]))
