"""SMOTE between encoded images: where a point lies, of whom it is made, and what is refused."""

import pytest
import torch
from torch import nn

from ganaug.models.vae import VAE
from ganaug.protocols import Autoencoder, Sampler
from ganaug.synthesis import RealImages, SmoteSource, expand
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_float, to_uint8
from helpers.expanded import rows

NAMES = ("a", "b", "c", "d")
# On a line, so that who is next to whom is known; class a, then class b, then one of class c.
LEVELS = torch.tensor([0, 10, 25, 100, 130, 200, 40, 60, 120], dtype=torch.uint8)
LABELS = torch.tensor([0] * 6 + [1] * 2 + [2])


class Mirror(nn.Module):
    """Its one latent is an image's brightness, and is drawn as it is."""

    latent_dim = 1

    def __init__(self, num_classes=4):
        super().__init__()
        self.num_classes, self.asked = num_classes, []

    def encode(self, images, labels=None):
        self.asked.append(labels)
        return images.mean(dim=(1, 2, 3))[:, None]

    def sample(self, latents, labels=None):
        self.asked.append(labels)
        return latents[:, :, None, None].expand(-1, 1, 4, 4)


@pytest.fixture
def real():
    images = LEVELS.view(-1, 1, 1, 1).expand(-1, 1, 4, 4).contiguous()
    return RealImages(images, LABELS, [f"{i}.png" for i in range(len(LEVELS))])


def levels_and_sources(batch):
    levels = batch.images.float().mean(dim=(1, 2, 3)).tolist()
    return [(level, int(source[0])) for level, source in zip(levels, batch.sources, strict=True)]


# By source in class a, how far its two nearest reach: to darker and to brighter ones.
REACH = {0: (0, 25), 1: (0, 25), 2: (0, 25), 3: (25, 130), 4: (100, 200), 5: (100, 200)}


def test_images_lie_between_their_source_and_its_nearest(real):
    source = SmoteSource(Mirror(), NAMES, real, seed=3, neighbours=2)
    found = levels_and_sources(source.make(0, 0)) + levels_and_sources(source.make(0, 1))
    for level, source in found:
        low, high = REACH[source]
        assert low - 1 <= level <= high + 1
    # Both neighbors of 100 are drawn, and points all along the way to either.
    from_100 = [level for level, source in found if source == 3]
    assert min(from_100) < 75
    assert max(from_100) > 110
    assert len({level for level, _ in found}) > 60


def test_a_small_class_uses_all_its_others_and_no_other_class(real):
    found = levels_and_sources(SmoteSource(Mirror(), NAMES, real).make(1, 0))
    assert {source for _, source in found} == {6, 7}
    assert all(40 <= level <= 60 for level, _ in found)


def test_the_share_of_the_way_is_uniform(real):
    source = SmoteSource(Mirror(), NAMES, real)
    batches = [source.make(1, block) for block in range(10)]
    shares = torch.tensor([(x - 40) / 20 for b in batches for x, _ in levels_and_sources(b)])
    # 640 uniform draws: mean 1/2 ± 4 standard errors, variance 1/12.
    assert abs(shares.mean() - 0.5) < 4 * (1 / 12 / 640) ** 0.5
    assert abs(shares.var() - 1 / 12) < 0.015


def test_an_image_depends_on_seed_class_and_index_alone(real):
    one, other = (SmoteSource(Mirror(), NAMES, real, seed=seed) for seed in (1, 2))
    later = one.make(0, 1)
    again = SmoteSource(Mirror(), NAMES, real, seed=1)
    assert torch.equal(again.make(0, 1).images, later.images)
    assert again.make(0, 1).seeds == later.seeds
    assert not torch.equal(one.make(0, 0).images, later.images)
    assert not torch.equal(other.make(0, 1).images, later.images)
    assert one.facts != other.facts


@pytest.mark.parametrize(("num_classes", "expected"), [(0, [None, None]), (4, [[1], [1]])])
def test_the_model_is_told_the_class_if_it_takes_one(real, num_classes, expected):
    model = Mirror(num_classes)
    SmoteSource(model, NAMES, real).make(1, 0)
    told = [None if labels is None else labels.unique().tolist() for labels in model.asked]
    assert told == expected


def test_rows_name_maker_and_source(real, tmp_path):
    plan = {"smote": {"a": 5, "b": 70, "c": 0}}
    manifest = expand([SmoteSource(Mirror(), NAMES, real)], plan, tmp_path / "out")
    assert manifest["counts"]["synthetic"] == {"a": 5, "b": 70}
    found = rows(tmp_path / "out")
    assert {row["method"] for row in found} == {"smote"}
    assert {row["source"] for row in found if row["label"] == "b"} == {"6.png", "7.png"}
    assert (tmp_path / "out/images/b/smote_000069.png").is_file()


@pytest.mark.parametrize(("name", "there"), [("c", "a single real image"), ("d", "no real image")])
def test_a_class_without_a_pair_is_named(real, tmp_path, name, there):
    with pytest.raises(UsageError, match=f"class '{name}' has {there}, and the method 'smote'"):
        expand([SmoteSource(Mirror(), NAMES, real)], {"smote": {name: 1}}, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_wrong_settings(real):
    with pytest.raises(UsageError, match="neighbours is 0; use 1 or more"):
        SmoteSource(Mirror(), NAMES, real, neighbours=0)
    with pytest.raises(UsageError, match="knows 3 classes"):
        SmoteSource(Mirror(3), NAMES, real)
    with pytest.raises(UsageError, match="seed is -1"):
        SmoteSource(Mirror(), NAMES, real, seed=-1)


def test_a_vae_is_an_autoencoder_that_gives_its_images_back(painter):
    torch.manual_seed(0)
    model = VAE(image_size=8, latent_dim=4, hidden=(32,), num_classes=2)
    assert isinstance(model, Autoencoder)
    assert isinstance(painter(2), Sampler)
    assert not isinstance(painter(2), Autoencoder)
    images = torch.zeros(2, 1, 8, 8, dtype=torch.uint8)
    images[0, :, :4], images[1, :, :, :4] = 255, 255
    batch, labels = to_float(images), torch.tensor([0, 1])
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(150):
        optimizer.zero_grad()
        model.bound(batch, labels)["negative_elbo"].backward()
        optimizer.step()
    latents = model.encode(batch, labels)
    assert not latents.requires_grad
    assert torch.equal(model.encode(batch, labels), latents)
    drawn = to_uint8(model.sample(latents, labels).detach())
    assert (drawn.int() - images.int()).abs().max() < 64
