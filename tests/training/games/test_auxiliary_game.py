"""The auxiliary classifier's terms against plain statements of them."""

import math

import pytest
import torch
from torch import nn

from ganaug.losses.adversarial import NonSaturating
from ganaug.losses.penalties import ZeroCenteredPenalty
from ganaug.training.discriminator_augmentation import NoAugmentation
from ganaug.training.games.auxiliary import AuxiliaryClassifierGame


class Reader(nn.Module):
    """Reads the logit from the first pixel and the class logits from the others."""

    def forward(self, images):
        pixels = images.flatten(1)
        return pixels[:, 0], pixels[:, 1:]


@pytest.fixture
def game():
    return AuxiliaryClassifierGame(
        generator=nn.Identity(), discriminator=Reader(), loss=NonSaturating()
    )


REAL = torch.tensor([[0.5, 2.0, -1.0, 0.0], [-0.3, 0.0, 1.0, 3.0]])
FAKE = torch.tensor([[-1.0, 0.0, 0.5, 0.2], [0.7, 1.0, -1.0, 0.0]])
LABELS = torch.tensor([0, 2])


def error(rows):
    """Cross entropy, written out."""
    terms = []
    for row, label in zip(rows[:, 1:].tolist(), LABELS.tolist(), strict=True):
        terms.append(math.log(sum(math.exp(value) for value in row)) - row[label])
    return sum(terms) / len(terms)


def test_discriminator_names_real_and_fake(game):
    terms = game.discriminator_terms(real=REAL, fake=FAKE, condition=(LABELS,))
    assert terms["classification"].item() == pytest.approx((error(REAL) + error(FAKE)) / 2)
    source = NonSaturating().discriminator(real_logits=REAL[:, 0], fake_logits=FAKE[:, 0])
    assert terms["loss"].item() == pytest.approx(source.item())
    assert terms.watched["class_accuracy_real"].item() == 1.0
    assert terms.watched["class_accuracy_fake"].item() == 0.0


def test_generator_is_to_be_named_as_asked(game):
    terms = game.generator_terms(real=REAL, fake=FAKE, condition=(LABELS,))
    assert terms["classification"].item() == pytest.approx(error(FAKE))


class Doubled(NoAugmentation):
    def forward(self, images):
        return 2 * images


def test_penalties_are_added_at_augmented_images(game):
    def mean_pixel(discriminator, real, fake, condition):
        assert condition == ()
        return discriminator(real).mean() + fake.mean()

    game.augmentation = Doubled()
    game.penalties = {"r1": ZeroCenteredPenalty(3.0, "real"), "mean": mean_pixel}
    terms = game.discriminator_terms(real=REAL, fake=FAKE, condition=(LABELS,))
    assert terms["r1"].item() == 0.5 * 3.0  # the logit is a pixel, so its gradient is 1
    assert terms["mean"].item() == pytest.approx((2 * REAL[:, 0].mean() + 2 * FAKE.mean()).item())


def test_it_takes_labels(game):
    with pytest.raises(ValueError, match="not enough values"):
        game.discriminator_terms(real=REAL, fake=FAKE)
