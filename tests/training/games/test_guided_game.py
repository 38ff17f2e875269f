"""The guided game's terms against plain statements of them."""

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from ganaug.losses.adversarial import Hinge, Relativistic
from ganaug.losses.penalties import ZeroCenteredPenalty
from ganaug.training.discriminator_augmentation import NoAugmentation
from ganaug.training.games.guided import ClassGuidedGame


class Reader(nn.Module):
    """Reads the logit, given the label, from the first pixel, and class logits from the others."""

    def forward(self, images, labels):
        return images[:, :1] + labels[:, None]

    def read(self, images, labels):
        return self(images, labels), images[:, 1:]


class Negated(NoAugmentation):
    def forward(self, images):
        return -images


REAL = torch.tensor([[0.5, 2.0, -1.0, 0.0], [-0.3, 0.0, 1.0, 3.0]])
FAKE = torch.tensor([[-1.0, 0.0, 0.5, 0.2], [0.7, 1.0, -1.0, 0.0]])
LABELS = torch.tensor([0, 2])


@pytest.fixture
def game():
    return ClassGuidedGame(
        generator=nn.Identity(), discriminator=Reader(), loss=Hinge(), class_guidance=3.0
    )


def test_the_classifier_learns_from_real_images_alone(game):
    fake = FAKE.clone().requires_grad_()
    terms = game.discriminator_terms(real=REAL, fake=fake, condition=(LABELS,))
    torch.testing.assert_close(terms["classification"], cross_entropy(REAL[:, 1:], LABELS))
    assert not terms.total.requires_grad  # nothing of it reaches the generator
    logits = {
        f"{kind}_logits": rows[:, :1] + LABELS[:, None]
        for kind, rows in (("real", REAL), ("fake", FAKE))
    }
    torch.testing.assert_close(terms["loss"], Hinge().discriminator(**logits))
    assert terms.watched["class_accuracy_real"] == 1


def test_the_generator_minimizes_the_weighted_error_in_the_class_asked_for(game):
    fake = FAKE.clone().requires_grad_()
    terms = game.generator_terms(real=REAL, fake=fake, condition=(LABELS,))
    error = 3 * cross_entropy(FAKE[:, 1:], LABELS)
    torch.testing.assert_close(terms["classification"], error)
    torch.testing.assert_close(terms["loss"], -(FAKE[:, 0] + LABELS).mean())
    assert terms.watched["class_accuracy_fake"] == 0
    terms.total.backward()
    assert fake.grad[:, 1:].any()


def test_images_are_augmented_before_they_are_read(game):
    game.augmentation = Negated()
    terms = game.generator_terms(real=REAL, fake=FAKE, condition=(LABELS,))
    torch.testing.assert_close(terms["classification"], 3 * cross_entropy(-FAKE[:, 1:], LABELS))


def test_a_relativistic_loss_compares_with_real_images(game):
    game.loss = Relativistic()
    terms = game.generator_terms(real=REAL, fake=FAKE, condition=(LABELS,))
    logits = {"real_logits": REAL[:, :1], "fake_logits": FAKE[:, :1]}
    torch.testing.assert_close(terms["loss"], Relativistic().generator(**logits))


def test_penalties_are_added(game):
    game.penalties = {"r1": ZeroCenteredPenalty(3.0, "real")}
    terms = game.discriminator_terms(real=REAL, fake=FAKE, condition=(LABELS,))
    assert terms["r1"].item() == 0.5 * 3.0  # the logit is a pixel, so its gradient is 1
