"""The theory of Goodfellow et al. 2014 on two densities that are known."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import norm
from torch import nn

from ganaug.losses.adversarial import NonSaturating, Saturating
from ganaug.training.games.adversarial import AdversarialGame

REAL, FAKE = norm(0.0, 1.0), norm(1.0, 0.7)


def jensen_shannon():
    """The divergence by numerical integration, in nats."""

    def against_the_mean(first, second):
        def integrand(x):
            mean = 0.5 * (first.pdf(x) + second.pdf(x))
            return first.pdf(x) * math.log(first.pdf(x) / mean) if first.pdf(x) > 0 else 0.0

        return quad(integrand, -8, 8, limit=200)[0]

    return 0.5 * (against_the_mean(REAL, FAKE) + against_the_mean(FAKE, REAL))


def draws(density, count, seed):
    values = density.rvs(count, random_state=seed)
    return torch.from_numpy(np.asarray(values)).float().view(-1, 1)


@pytest.fixture(scope="module")
def game():
    """A discriminator trained to its optimum against a generator that stands still."""
    torch.manual_seed(0)
    discriminator = nn.Sequential(
        *(nn.Linear(1, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1)),
        nn.Flatten(0),
    )
    played = AdversarialGame(
        generator=nn.Identity(), discriminator=discriminator, loss=Saturating()
    )
    real, fake = draws(REAL, 200_000, 1), draws(FAKE, 200_000, 2)
    optimizer = torch.optim.Adam(discriminator.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 600)
    for step in range(600):
        rows = torch.randint(0, len(real), (1000,), generator=torch.Generator().manual_seed(step))
        optimizer.zero_grad()
        played.discriminator_terms(real=real[rows], fake=fake[rows]).total.backward()
        optimizer.step()
        schedule.step()
    return played


def test_the_trained_discriminator_is_the_optimal_one(game):
    points = torch.linspace(-2.0, 2.5, 46).view(-1, 1)
    with torch.no_grad():
        trained = torch.sigmoid(game.augmented_logits(points)).numpy()
    real, fake = REAL.pdf(points[:, 0]), FAKE.pdf(points[:, 0])
    assert np.abs(trained - real / (real + fake)).max() < 0.05


def test_the_value_of_the_game_gives_the_divergence(game):
    with torch.no_grad():
        terms = game.discriminator_terms(real=draws(REAL, 200_000, 3), fake=draws(FAKE, 200_000, 4))
    divergence = jensen_shannon()
    assert -terms["loss"].item() == pytest.approx(-math.log(4) + 2 * divergence, abs=0.02)
    assert terms.watched["divergence"].item() == pytest.approx(divergence, abs=0.01)


@pytest.mark.parametrize("logit", [-6.0, -1.0, 0.0, 2.0])
def test_generator_gradients_have_the_sign_and_size_of_the_formulas(logit):
    d = 1 / (1 + math.exp(-logit))
    for loss, expected in ((Saturating(), -d), (NonSaturating(), -(1 - d))):
        fake_logits = torch.tensor([logit], requires_grad=True)
        loss.generator(real_logits=None, fake_logits=fake_logits).backward()
        # Both push the logit up; only the second still does where D is sure of a fake.
        assert fake_logits.grad.item() == pytest.approx(expected, rel=1e-5)
