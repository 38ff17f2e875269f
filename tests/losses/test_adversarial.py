"""Each adversarial loss against a second, plain statement of its formula."""

import math

import numpy as np
import pytest
import torch
from scipy.special import expit

from ganaug.losses.adversarial import (
    ADVERSARIAL_LOSSES,
    Wasserstein,
    adversarial_loss,
    discriminator_accuracy,
)
from ganaug.utils.errors import UsageError

REAL = np.array([-3.0, -0.4, 0.0, 0.7, 5.0])
FAKE = np.array([-4.0, -1.5, 0.2, 0.9, 2.5])


def mean(terms):
    terms = list(terms)
    return sum(terms) / len(terms)


# (discriminator, generator), each written out from the paper's formula with D = sigmoid(logit).
FORMULAS = {
    "saturating": (
        -mean(math.log(expit(r)) for r in REAL) - mean(math.log(1 - expit(f)) for f in FAKE),
        mean(math.log(1 - expit(f)) for f in FAKE),
    ),
    "non_saturating": (
        -mean(math.log(expit(r)) for r in REAL) - mean(math.log(1 - expit(f)) for f in FAKE),
        -mean(math.log(expit(f)) for f in FAKE),
    ),
    "hinge": (
        mean(max(0, 1 - r) for r in REAL) + mean(max(0, 1 + f) for f in FAKE),
        -mean(FAKE),
    ),
    "least_squares": (
        mean((r - 1) ** 2 for r in REAL) / 2 + mean(f**2 for f in FAKE) / 2,
        mean((f - 1) ** 2 for f in FAKE) / 2,
    ),
    "relativistic": (
        -mean(math.log(expit(r - f)) for r, f in zip(REAL, FAKE, strict=True)),
        -mean(math.log(expit(f - r)) for r, f in zip(REAL, FAKE, strict=True)),
    ),
}


def test_wasserstein_is_the_difference_of_means():
    real, fake = torch.tensor(REAL), torch.tensor(FAKE)
    loss = Wasserstein()
    difference = float(loss.discriminator(real_logits=real, fake_logits=fake))
    assert difference == pytest.approx(mean(FAKE) - mean(REAL))
    assert float(loss.generator(real_logits=None, fake_logits=fake)) == pytest.approx(-mean(FAKE))


def test_every_loss_has_a_formula_here():
    assert FORMULAS.keys() == ADVERSARIAL_LOSSES.keys()


@pytest.mark.parametrize("name", FORMULAS)
def test_loss_is_its_formula(name):
    loss = adversarial_loss(name)
    real, fake = torch.tensor(REAL), torch.tensor(FAKE)
    expected_discriminator, expected_generator = FORMULAS[name]
    assert float(loss.discriminator(real_logits=real, fake_logits=fake)) == pytest.approx(
        expected_discriminator, rel=1e-9
    )
    # Only a loss that compares may look at real images in the generator's turn.
    compared = real if loss.compares else None
    assert float(loss.generator(real_logits=compared, fake_logits=fake)) == pytest.approx(
        expected_generator, rel=1e-9
    )


@pytest.mark.parametrize("name", FORMULAS)
def test_loss_is_finite_for_extreme_logits(name):
    loss, extreme = adversarial_loss(name), torch.tensor([-500.0, 500.0])
    assert torch.isfinite(loss.discriminator(real_logits=extreme, fake_logits=extreme))
    compared = extreme.flip(0) if loss.compares else None
    assert torch.isfinite(loss.generator(real_logits=compared, fake_logits=extreme))


def test_saturating_gradient_vanishes_where_the_non_saturating_does_not():
    gradients = {}
    for name in ("saturating", "non_saturating"):
        logit = torch.tensor([-8.0], requires_grad=True)  # D is sure that this is a fake
        adversarial_loss(name).generator(real_logits=None, fake_logits=logit).backward()
        gradients[name] = float(logit.grad)
    assert gradients["saturating"] == pytest.approx(-expit(-8.0))
    assert gradients["non_saturating"] == pytest.approx(-(1 - expit(-8.0)))


def test_unknown_loss_is_named_with_the_choices():
    with pytest.raises(UsageError, match="'wasserstien' is not one of non_saturating, saturating"):
        adversarial_loss("wasserstien")


def test_accuracy_counts_both_sides_equally():
    accuracy = discriminator_accuracy(
        real_logits=torch.tensor([1.0, 2.0, 3.0, -1.0]), fake_logits=torch.tensor([-1.0, 1.0])
    )
    assert float(accuracy) == pytest.approx((3 / 4 + 1 / 2) / 2)
