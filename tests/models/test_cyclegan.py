"""There and back: the terms of both players by hand, and which way an image is turned."""

import pytest
import torch
from torch import nn

from ganaug.models.cyclegan import CycleGAN
from ganaug.protocols import Translator
from ganaug.utils.errors import UsageError


def model(**settings):
    torch.manual_seed(0)
    small = {"image_size": 8, "channels": 1, "width": 2, "blocks": 1, "halvings": 1}
    return CycleGAN(**{**small, **settings})


class Plus(nn.Module):
    def __init__(self, amount):
        super().__init__()
        self.amount = nn.Parameter(torch.tensor(amount))

    def forward(self, images):
        return images + self.amount


def test_terms_by_hand():
    fitted = model(cycle_weight=10.0, identity_weight=5.0)
    fitted.to_first.generator, fitted.to_second.generator = Plus(0.5), Plus(-0.2)
    first, second = torch.randn(2, 3, 1, 8, 8)
    fakes = second + 0.5, first - 0.2
    terms = fitted.generator_terms(first, second, *fakes)
    # There and back adds 0.3 either way; staying as it is costs 0.5 and 0.2.
    torch.testing.assert_close(terms["cycle"], torch.tensor(10 * (0.3 + 0.3)))
    torch.testing.assert_close(terms["identity"], torch.tensor(5 * (0.5 + 0.2)))
    judged = [
        game.discriminator(fake)
        for game, fake in zip((fitted.to_first, fitted.to_second), fakes, strict=True)
    ]
    expected = sum(0.5 * (logits - 1).square().mean() for logits in judged)
    torch.testing.assert_close(terms["loss"], expected)


def test_discriminators_see_their_own_kind_as_real():
    fitted = model(history=0)
    first, second, fake_first, fake_second = torch.randn(4, 3, 1, 8, 8)
    terms = fitted.discriminator_terms(first, second, fake_first, fake_second)
    for name, game, real, fake in (
        ("first", fitted.to_first, first, fake_first),
        ("second", fitted.to_second, second, fake_second),
    ):
        logits = game.discriminator(real), game.discriminator(fake)
        by_hand = 0.5 * ((logits[0] - 1).square().mean() + logits[1].square().mean())
        torch.testing.assert_close(terms[name], by_hand)


def test_each_image_goes_the_way_asked_for():
    fitted = model()
    fitted.averaged_to_first.network, fitted.averaged_to_second.network = Plus(0.5), Plus(-0.2)
    images = torch.zeros(3, 1, 8, 8)
    turned = fitted.translate(images, torch.tensor([1, 0, 1]), torch.empty(3, 0))
    torch.testing.assert_close(turned.mean(dim=(1, 2, 3)), torch.tensor([-0.2, 0.5, -0.2]))
    assert isinstance(fitted, Translator)
    assert [fitted.source_of(label) for label in (0, 1)] == [1, 0]


def test_what_is_refused():
    with pytest.raises(UsageError, match=r"the data has 10 class\(es\), and cyclegan turns"):
        model(num_classes=10)
    with pytest.raises(UsageError, match=r"image_size 30 is no multiple of 4.*: 28 and 32"):
        model(image_size=30)
