"""Classical augmentation fills the same plan: sources named, each image its own draw."""

import pytest
import torch

from datamodules.augmentation import load_augmentation
from ganaug.synthesis import ClassicalSource, RealImages, expand
from ganaug.utils.errors import UsageError

NAMES = ("a", "b", "c")


@pytest.fixture
def source():
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (12, 1, 16, 16), generator=generator).to(torch.uint8)
    labels = torch.tensor([0] * 9 + [1] * 3)
    real = RealImages(images, labels, [f"{i}.png" for i in range(12)])
    return ClassicalSource(load_augmentation("strong", 16, 1), NAMES, real, seed=4)


def test_images_are_changed_sources_of_the_class(source):
    batch = source.make(1, 0)
    assert set(batch.sources) == {"9.png", "10.png", "11.png"}
    assert batch.images.shape == (64, 1, 16, 16)
    assert len({image.numpy().tobytes() for image in batch.images}) > 50


def test_an_image_depends_on_seed_class_and_index_alone(source):
    later = source.make(1, 1).images
    again = source.make(1, 0).images
    assert torch.equal(source.make(1, 0).images, again)
    assert torch.equal(source.make(1, 1).images, later)
    assert not torch.equal(later, again)


def test_rows_say_who_made_it(source, tmp_path):
    expand([source], {"albumentations": {"a": 5}}, tmp_path / "out")
    assert len([*(tmp_path / "out/images/a").glob("albumentations_*.png")]) == 5


def test_a_class_without_images_is_named(source):
    with pytest.raises(UsageError, match="no real image of class 'c'"):
        source.most(2)
