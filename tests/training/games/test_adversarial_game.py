"""The game gives each player its terms, and its gradients to that player alone."""

import pytest
import torch
from torch import nn

from ganaug.losses.adversarial import LeastSquares, NonSaturating, Relativistic, Wasserstein
from ganaug.training.discriminator_augmentation import NoAugmentation
from ganaug.training.games.adversarial import AdversarialGame
from ganaug.utils.errors import UsageError


class Flat(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 1)

    def forward(self, images):
        return self.linear(images.flatten(1)).squeeze(1)


class Double(NoAugmentation):
    def forward(self, images):
        return 2 * images


class Watching(NoAugmentation):
    def observe(self, real_logits):
        self.seen = real_logits


class RealRelative(NonSaturating):
    compares = True

    def generator(self, *, real_logits, fake_logits):
        return (real_logits - fake_logits).mean()


def game(**parts):
    torch.manual_seed(0)
    settings = {"generator": nn.Linear(3, 4), "discriminator": Flat(), "loss": NonSaturating()}
    return AdversarialGame(**{**settings, **parts})


@pytest.fixture
def real():
    return torch.randn(5, 1, 2, 2)


def generate(played):
    return played.generator(torch.randn(5, 3)).view(5, 1, 2, 2)


def gradients(module):
    return [p.grad is not None for p in module.parameters()]


def test_discriminator_terms_send_no_gradient_to_the_generator(real):
    played = game()
    played.discriminator_terms(real=real, fake=generate(played)).total.backward()
    assert all(gradients(played.discriminator))
    assert not any(gradients(played.generator))


def test_generator_terms_reach_the_generator(real):
    played = game()
    played.generator_terms(real=real, fake=generate(played)).total.backward()
    assert all(gradients(played.generator))


def test_real_and_fake_are_keywords():
    with pytest.raises(TypeError):
        game().discriminator_terms(torch.zeros(1, 1, 2, 2), torch.zeros(1, 1, 2, 2))


def test_penalties_are_named_terms_and_part_of_the_total(real):
    played = game(penalties={"weight": lambda d, real, fake, condition: torch.tensor(3.0)})
    fake = generate(played)
    terms = played.discriminator_terms(real=real, fake=fake)
    assert set(terms) == {"loss", "weight"}
    plain = game().discriminator_terms(real=real, fake=fake)
    assert terms.total.item() == pytest.approx(plain.total.item() + 3.0)


def test_augmentation_stands_before_the_discriminator_for_real_and_fake(real):
    fake = torch.randn_like(real)
    augmented = game(augmentation=Double()).discriminator_terms(real=real, fake=fake)
    by_hand = game().discriminator_terms(real=2 * real, fake=2 * fake)
    assert augmented["loss"].item() == pytest.approx(by_hand["loss"].item())


def test_penalties_are_taken_where_the_discriminator_looks(real):
    seen = {}

    def penalty(discriminator, real, fake, condition):
        seen.update(real=real, fake=fake)

    fake = torch.randn_like(real)
    played = game(augmentation=Double(), penalties={"slope": penalty})
    played.discriminator_terms(real=real, fake=fake)
    assert torch.equal(seen["real"], 2 * real)
    assert torch.equal(seen["fake"], 2 * fake)


def test_a_loss_that_compares_gets_the_real_logits(real):
    played = game(loss=RealRelative())
    fake = generate(played)
    terms = played.generator_terms(real=real, fake=fake)
    expected = (played.discriminator(real) - played.discriminator(fake)).mean()
    assert terms["loss"].item() == pytest.approx(expected.item())


def test_accuracy_is_judged_at_the_boundary_of_the_loss(real):
    played = game(loss=LeastSquares())
    nn.init.zeros_(played.discriminator.linear.weight)
    nn.init.constant_(played.discriminator.linear.bias, 0.3)  # below 0.5: "fake" for all
    terms = played.discriminator_terms(real=real, fake=torch.randn_like(real))
    assert float(terms.watched["accuracy"]) == pytest.approx(0.5)
    assert float(terms.watched["logit_real"]) == pytest.approx(0.3)


@pytest.mark.parametrize("loss", [Relativistic(), Wasserstein()])
def test_accuracy_stays_when_all_logits_of_a_loss_without_boundary_move(loss):
    real, fake = torch.randn(2, 64).unbind()
    found = [
        game(loss=loss).discriminator_loss(real_logits=real + offset, fake_logits=fake + offset)
        for offset in (-5.0, 0.0, 5.0)
    ]
    assert len({terms["loss"].round(decimals=4).item() for terms in found}) == 1
    assert [float(terms.watched["accuracy"]) for terms in found] == [
        pytest.approx(float((real > fake).float().mean()))
    ] * 3


def test_an_unconditional_network_refuses_labels(real):
    with pytest.raises(TypeError):
        game().discriminator_terms(
            real=real, fake=real, condition=(torch.zeros(5, dtype=torch.long),)
        )


@pytest.mark.parametrize(
    ("loss", "offset", "seen"),
    [
        (NonSaturating(), 1.0, 1.0),
        (LeastSquares(), 1.0, 0.5),
        (Relativistic(), 7.0, 1.0),
        (Wasserstein(), 7.0, 1.0),
    ],
)
def test_an_augmentation_learns_how_sure_the_discriminator_is(loss, offset, seen):
    """Real logits are 1 above the fake ones, whatever is added where a loss has no boundary."""
    watching = Watching()
    real, fake = torch.full((4,), offset), torch.full((4,), offset - 1)
    game(loss=loss, augmentation=watching).discriminator_loss(real_logits=real, fake_logits=fake)
    assert watching.seen.tolist() == [seen] * 4


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"loss": nn.Identity()}, "loss: Identity has no compares, boundary, discriminator, gener"),
        (
            {"penalties": {"mine": lambda judge, real: 0}},
            r"penalties: 'mine' is called with \(discriminator, real, fake, condition\), which it",
        ),
    ],
)
def test_parts_that_cant_be_called_are_refused(parts, message):
    with pytest.raises(UsageError, match=message):
        game(**parts)


class LossOfEach(NonSaturating):
    """A loss for each image."""

    def discriminator(self, *, real_logits, fake_logits):
        return fake_logits - real_logits


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"loss": LossOfEach()}, r"the discriminator's loss is a tensor \[5\]; return a scalar"),
        (
            {"penalties": {"mine": lambda judge, real, fake, condition: 0.5}},
            "the penalty 'mine' is float; return a scalar tensor, such as its mean",
        ),
    ],
)
def test_terms_that_are_no_scalars_are_refused(parts, message, real):
    with pytest.raises(UsageError, match=message):
        game(**parts).discriminator_terms(real=real, fake=real)
