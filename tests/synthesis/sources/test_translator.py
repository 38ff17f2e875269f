"""Turning real images into others: each used once and named, whatever number is asked for."""

import pytest
import torch

from ganaug.synthesis import RealImages, TranslatorSource
from ganaug.synthesis.sources.base import check_wanted
from ganaug.utils.errors import UsageError

NAMES = ("daisy", "sunflower")


class Inverter:
    num_classes = 2
    latent_dim = 0
    keeps_classes = False

    def __init__(self):
        self.shapes = set()

    def source_of(self, label):
        return 1 - label

    def translate(self, images, labels, latents):
        assert latents.shape == (len(images), 0)
        self.shapes.add(len(images))
        assert len(set(labels.tolist())) == 1
        return -images


def real(daisies=100, sunflowers=10):
    count = daisies + sunflowers
    images = torch.arange(count, dtype=torch.uint8).view(-1, 1, 1, 1).expand(-1, 3, 4, 4)
    labels = torch.tensor([0] * daisies + [1] * sunflowers)
    return RealImages(images, labels, [f"{i}.jpg" for i in range(count)])


def made(planned_classes, model=None, images=None, **options):
    source = TranslatorSource(model or Inverter(), NAMES, images or real(), **options)
    check_wanted(source, planned_classes)
    return [
        source.make(NAMES.index(name), block).first(planned_class - 64 * block)
        for name, planned_class in planned_classes.items()
        for block in range(-(-planned_class // 64))
    ]


def test_each_source_once_and_named():
    batches = made({"daisy": 0, "sunflower": 90})
    assert [len(batch.indices) for batch in batches] == [64, 26]
    assert {batch.label for batch in batches} == {1}
    sources = [source for batch in batches for source in batch.sources]
    assert len(set(sources)) == 90
    for batch in batches:
        for image, source in zip(batch.images, batch.sources, strict=True):
            number = int(source.removesuffix(".jpg"))
            assert number < 100
            assert image.unique().item() == 255 - number


def test_fewer_are_the_first_of_more_and_the_seed_chooses():
    def sources(count, seed=0):
        return [s for b in made({"sunflower": count}, seed=seed) for s in b.sources]

    assert sources(30) == sources(90)[:30]
    assert sources(30) != sources(30, seed=1)


def test_both_ways_and_in_passes_of_one_shape():
    model = Inverter()
    batches = made({"daisy": 7, "sunflower": 70}, model)
    assert {source for b in batches if b.label == 0 for source in b.sources} <= {
        f"{i}.jpg" for i in range(100, 110)
    }
    assert model.shapes == {64}


def test_no_more_than_there_are():
    with pytest.raises(
        UsageError,
        match=r"101 images of class 'sunflower'.*'translator' makes one from each of 100 real",
    ):
        made({"sunflower": 101})
    with pytest.raises(UsageError, match="no class 'rose'; the classes are daisy, sunflower"):
        made({"rose": 1})


def test_the_seed_is_checked():
    with pytest.raises(UsageError, match="seed is -1"):
        made({"sunflower": 1}, seed=-1)


class Shifter(Inverter):
    """Adds noise to each image, and leaves it in its class."""

    latent_dim = 1
    keeps_classes = True

    def source_of(self, label):
        return label

    def translate(self, images, labels, latents):
        return (images + 0.1 * latents[:, :, None, None]).clamp(-1, 1)


def test_with_noise_sources_come_in_turn_and_each_image_has_its_seed():
    batches = made({"sunflower": 25}, Shifter())
    sources = [source for batch in batches for source in batch.sources]
    assert sources[:10] == sources[10:20]
    assert set(sources) == {f"{i}.jpg" for i in range(100, 110)}
    assert sources[20:] == sources[:5]
    assert len({seed for batch in batches for seed in batch.seeds}) == 25
    images = torch.cat([batch.images for batch in batches])
    assert not torch.equal(images[0], images[10])


def test_a_class_without_a_source_is_named():
    with pytest.raises(UsageError, match="no real image of class 'sunflower' to start from"):
        made({"sunflower": 5}, Shifter(), real(sunflowers=0))
