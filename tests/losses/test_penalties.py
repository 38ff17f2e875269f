"""Penalties against gradients taken by hand."""

import pytest
import torch
from torch import nn

from ganaug.losses.penalties import BurnIn, GradientPenalty, ZeroCenteredPenalty, input_gradient
from ganaug.utils.errors import UsageError


class Linear(nn.Module):
    """Slope 5 everywhere, whatever the image's shape."""

    def __init__(self, slope):
        super().__init__()
        self.slope = nn.Parameter(slope)

    def forward(self, images, *condition):
        logits = (images.flatten(1) * self.slope).sum(1)
        return logits * condition[0] if condition else logits


@pytest.mark.parametrize("shape", [(2,), (1, 1, 2), (2, 1, 1)])
def test_penalty_of_a_linear_critic(shape):
    critic = Linear(torch.tensor([3.0, 4.0]))
    images = torch.randn(6, *shape)
    penalty = GradientPenalty(10.0)(critic, images, torch.randn_like(images), ())
    assert penalty.item() == pytest.approx(10 * (5 - 1) ** 2, rel=1e-5)


def test_penalty_is_none_at_slope_one_and_its_gradient_reaches_the_critic():
    critic = Linear(torch.tensor([0.6, 0.8]))
    images = torch.randn(6, 2)
    assert GradientPenalty()(critic, images, images, ()).item() == pytest.approx(0, abs=1e-8)
    steep = Linear(torch.tensor([3.0, 4.0]))
    GradientPenalty(1.0)(steep, images, images, ()).backward()
    # d/dw (|w| - 1)^2 = 2 (|w| - 1) w / |w|
    torch.testing.assert_close(steep.slope.grad, 2 * 4 * torch.tensor([3.0, 4.0]) / 5)


def test_the_condition_reaches_the_critic():
    critic = Linear(torch.tensor([3.0, 4.0]))
    gradient = input_gradient(critic, torch.zeros(2, 2), (torch.tensor([1.0, 2.0]),))
    torch.testing.assert_close(gradient.detach(), torch.tensor([[3.0, 4.0], [6.0, 8.0]]))


def test_points_lie_between_real_and_fake():
    seen = []

    class Spy(Linear):
        def forward(self, images, *condition):
            seen.append(images.detach())
            return super().forward(images)

    real, fake = torch.zeros(100, 2), torch.ones(100, 2)
    GradientPenalty()(Spy(torch.ones(2)), real, fake, ())
    points = seen[0]
    assert torch.equal(points[:, 0], points[:, 1])  # one share an image, not one a pixel
    assert 0 <= points.min() < 0.2
    assert 0.8 < points.max() <= 1


def test_float32_under_autocast():
    critic = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1), nn.Flatten(0))
    images = torch.randn(5, 4)
    with torch.autocast("cpu", torch.bfloat16):
        under = input_gradient(critic, images.bfloat16().float(), ())
    torch.testing.assert_close(under, input_gradient(critic, images.bfloat16().float(), ()))


@pytest.mark.parametrize("at", ["real", "fake"])
def test_zero_centered_penalty_of_a_quadratic_critic(at):
    class Bowl(nn.Module):
        """Slope 2 x at x."""

        def forward(self, images):
            return images.flatten(1).square().sum(1)

    images = {"real": torch.randn(7, 1, 3, 3), "fake": torch.randn(7, 1, 3, 3)}
    penalty = ZeroCenteredPenalty(4.0, at)(Bowl(), images["real"], images["fake"], ())
    expected = 0.5 * 4.0 * (2 * images[at]).square().flatten(1).sum(1).mean()
    torch.testing.assert_close(penalty, expected)


def test_the_weight_goes_down_half_a_cosine():
    burn_in = BurnIn(penalty=2.0, final_penalty=0.5, burn_in_images=1000)
    assert [burn_in.weight_after(n) for n in (0, 500, 1000, 9999)] == pytest.approx(
        [2.0, 1.25, 0.5, 0.5]
    )
    burn_in.set_for(batch=5, batch_images=100)
    assert [penalty.weight for penalty in burn_in.penalties.values()] == pytest.approx([1.25] * 2)
    assert BurnIn(penalty=2.0, final_penalty=0.2, burn_in_images=0).weight_after(0) == 0.2


def test_one_batch_of_several_has_the_penalties_with_so_much_more_weight():
    burn_in = BurnIn(penalty=2.0, final_penalty=0.5, burn_in_images=0, every=4)
    weights = []
    for batch in range(8):
        burn_in.set_for(batch=batch, batch_images=64)
        weights.append(burn_in.penalties["r1"].weight)
    assert weights == [0, 0, 0, 2.0] * 2
    with pytest.raises(UsageError, match="penalty_every is 0"):
        BurnIn(penalty=2.0, final_penalty=0.5, burn_in_images=0, every=0)


def test_without_weight_there_is_no_penalty_and_no_pass():
    def never(_):
        raise AssertionError("the discriminator was asked")

    assert ZeroCenteredPenalty(0.0, "real")(never, torch.ones(1), torch.ones(1), ()) is None
