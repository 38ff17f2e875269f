"""The game of pairs: sources of another class are mismatches; who is told the class."""

import pytest
import torch
from torch import nn

from ganaug.losses.adversarial import Relativistic
from ganaug.training.games.pair import PairGame, another_class


class Sum(nn.Module):
    """Holds a pair to be the more real, the closer its two images are."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))

    def forward(self, images, sources):
        return -self.weight * (images - sources).abs().flatten(1).mean(dim=1)


def terms(labels):
    labels = torch.tensor(labels)
    images = labels.view(-1, 1, 1, 1).expand(-1, 1, 2, 2).float()
    game = PairGame(generator=nn.Identity(), discriminator=Sum(), loss=Relativistic())
    return game.discriminator_terms(real=images, fake=images + 9, condition=(images, labels))


def test_mismatched_pairs_are_held_to_be_less_real():
    found = terms([0, 0, 5, 5])
    # Matched pairs score 0 and mismatched ones -5: half of log(1 + exp(-5)).
    assert found["mismatch"].item() == pytest.approx(0.5 * torch.tensor(-5.0).exp().log1p().item())
    found["mismatch"].backward()


def test_of_one_class_there_is_nothing_to_mismatch():
    assert "mismatch" not in terms([3, 3, 3])


def test_every_image_meets_another_class_where_none_fills_half_the_batch():
    labels = torch.tensor([0, 1, 2, 0, 1, 2, 1, 0])
    assert (labels[another_class(labels)] != labels).all()
    assert sorted(another_class(labels).tolist()) == list(range(8))
    mostly = torch.tensor([0] * 6 + [1] * 2)
    assert (mostly[another_class(mostly)] != mostly).sum() == 4


class Heard(Sum):
    """Keeps what it is told."""

    def forward(self, images, sources, *condition):
        self.told = condition
        return super().forward(images, sources)


@pytest.mark.parametrize("tells_class", [True, False])
def test_the_discriminator_is_told_the_class_if_asked_for(tells_class):
    labels = torch.tensor([0, 1, 1, 0])
    images = torch.zeros(4, 1, 2, 2)
    judge = Heard()
    game = PairGame(
        generator=nn.Identity(), discriminator=judge, loss=Relativistic(), tells_class=tells_class
    )
    turns = {"real": images, "fake": images, "condition": (images, labels)}
    for terms_of in (game.discriminator_terms, game.generator_terms):
        terms_of(**turns)
        assert len(judge.told) == tells_class
        assert all(torch.equal(each, labels) for each in judge.told)
