"""Augmenting a game: who sees what, how p is steered, and that nothing leaks into the samples."""

import importlib

import pytest
import torch
from torch import nn

from ganaug.losses.adversarial import NonSaturating
from ganaug.models.gan import GAN
from ganaug.models.registry import models
from ganaug.training.discriminator_augmentation import (
    AdaptiveAugmentation,
    DiffAugment,
    augmentation_named,
)
from ganaug.training.games.adversarial import AdversarialGame
from ganaug.utils.errors import UsageError


def test_p_rises_while_the_discriminator_is_too_sure_and_falls_again():
    adaptive = AdaptiveAugmentation(target=0.6, images_to_one=1000)
    for _ in range(40):
        adaptive.observe(torch.ones(50))
    high = adaptive.p.item()
    assert high == pytest.approx(0.8)  # the most
    for _ in range(200):
        adaptive.observe(torch.cat([torch.ones(25), -torch.ones(25)]))
    assert adaptive.p.item() == 0
    assert set(adaptive.figures()) == {"augmentation_p", "real_sign"}


def test_p_moves_by_the_images_of_all_processes(monkeypatch):
    alone, beside = (AdaptiveAugmentation(images_to_one=1000) for _ in range(2))
    for adaptive in (alone, beside):
        adaptive.sign.fill_(1)
    alone.observe(torch.ones(50))
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: 4)
    monkeypatch.setattr(torch.distributed, "all_reduce", lambda sign: sign.mul_(4))
    beside.observe(torch.ones(50))
    assert (alone.p.item(), beside.p.item()) == (pytest.approx(0.05), pytest.approx(0.2))


def test_p_follows_the_signs_of_all_processes(monkeypatch):
    adaptive = AdaptiveAugmentation()
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: 2)
    # The other process's mean sign is -1.
    monkeypatch.setattr(torch.distributed, "all_reduce", lambda sign: sign.sub_(1))
    adaptive.observe(torch.ones(50))
    assert adaptive.sign.item() == 0


def test_nothing_is_changed_at_p_zero_and_everything_is_drawn_anew_above():
    torch.manual_seed(0)
    adaptive, images = AdaptiveAugmentation(), torch.rand(20, 3, 8, 8)
    assert torch.equal(adaptive(images), images)
    adaptive.p.fill_(0.8)
    assert not torch.equal(adaptive(images), adaptive(images))


def test_real_and_generated_images_go_through_it_and_gradients_come_back():
    seen = []

    class Spy(DiffAugment):
        def forward(self, images):
            seen.append(images)
            return super().forward(images)

    discriminator = nn.Sequential(nn.Flatten(), nn.Linear(64, 1), nn.Flatten(0))
    game = AdversarialGame(
        generator=nn.Identity(),
        discriminator=discriminator,
        loss=NonSaturating(),
        augmentation=Spy(),
    )
    real, fake = torch.rand(4, 1, 8, 8), torch.rand(4, 1, 8, 8, requires_grad=True)
    game.discriminator_terms(real=real, fake=fake)
    game.generator_terms(real=real, fake=fake).total.backward()
    assert [images.shape for images in seen] == [real.shape] * 3
    assert fake.grad.abs().sum() > 0


def test_the_flag():
    small = {"image_size": 8, "generator_hidden": [8], "discriminator_hidden": [8]}
    assert isinstance(
        GAN(discriminator_augmentation="diffaugment", **small).game.augmentation, DiffAugment
    )
    with pytest.raises(
        UsageError,
        match="discriminator_augmentation 'ada' is not one of none, diffaugment, adaptive",
    ):
        augmentation_named("ada")


def test_augmentations_do_not_leak():
    """Samples keep the one orientation that the data has, though most of what D sees is turned."""
    torch.manual_seed(0)

    def data(count):
        images = torch.full((count, 1, 8, 8), -1.0)
        images[:, :, :4] = 0.6 + 0.4 * torch.rand(count, 1, 1, 1)  # light above, dark below
        return images

    generator = nn.Sequential(
        nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.Tanh(), nn.Unflatten(1, (1, 8, 8))
    )
    discriminator = nn.Sequential(
        nn.Flatten(), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1), nn.Flatten(0)
    )
    adaptive = AdaptiveAugmentation(images_to_one=1e12)
    adaptive.p.fill_(0.6)
    game = AdversarialGame(
        generator=generator,
        discriminator=discriminator,
        loss=NonSaturating(),
        augmentation=adaptive,
    )
    players = [
        torch.optim.Adam(player.parameters(), lr=2e-3, betas=(0.5, 0.99))
        for player in (discriminator, generator)
    ]
    for _ in range(600):
        real, fake = data(64), generator(torch.randn(64, 4))
        for optimizer, terms in zip(
            players, (game.discriminator_terms, game.generator_terms), strict=True
        ):
            optimizer.zero_grad()
            terms(real=real, fake=fake).total.backward()
            optimizer.step()
    samples = generator(torch.randn(500, 4))
    upright = samples[:, 0, :4].mean(dim=(1, 2)) > samples[:, 0, 4:].mean(dim=(1, 2)) + 0.5
    assert upright.float().mean() > 0.9


GAMES = [name for name in models() if name not in ("sgan", "vae", "flow")]


@pytest.mark.parametrize("name", GAMES)
def test_every_adversarial_model_takes_the_flag(name):
    module, _, kind = models()[name].rpartition(".")
    classes = {"cyclegan": 2, "gan": 0}.get(name, 3)
    model = getattr(importlib.import_module(module), kind)(
        image_size=16, channels=1, num_classes=classes, discriminator_augmentation="adaptive"
    )
    games = [part for part in model.modules() if isinstance(part, AdversarialGame)]
    assert games
    assert all(isinstance(game.augmentation, AdaptiveAugmentation) for game in games)
