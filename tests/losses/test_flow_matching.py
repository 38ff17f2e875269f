"""Flow matching: paths, what is learned of them, and how closely they are followed."""

import pytest
import torch

from ganaug.losses.flow_matching import between, draw_times, flow_matching_loss, follow


def test_paths_go_straight_from_noise_to_images():
    noise, images = torch.randn(3, 1, 2, 2), torch.randn(3, 1, 2, 2)
    points = between(noise, images, torch.tensor([0.0, 0.25, 1.0]))
    torch.testing.assert_close(points[0], noise[0])
    torch.testing.assert_close(points[1], 0.75 * noise[1] + 0.25 * images[1])
    torch.testing.assert_close(points[2], images[2])


def test_the_loss_is_the_error_of_the_velocity():
    images, guessed = torch.randn(4, 1, 3, 3), torch.randn(4, 1, 3, 3)
    noise, times = torch.randn(4, 1, 3, 3), torch.tensor([0.0, 0.3, 0.6, 0.9])
    points = between(noise, images, times)
    implied = (guessed - points) / (1 - times)[:, None, None, None]
    loss = flow_matching_loss(guessed, images, times)
    assert loss.item() == pytest.approx((implied - (images - noise)).square().mean().item(), 1e-4)


def test_the_loss_is_finite_next_to_the_image():
    images = torch.zeros(1, 1, 2, 2)
    assert flow_matching_loss(images + 0.1, images, torch.ones(1)).item() == pytest.approx(4)


def test_times_are_between_the_ends_and_noisy_ones_are_more_common():
    times = draw_times(10_000, torch.device("cpu"))
    assert 0 < times.min() < 0.05
    assert 0.9 < times.max() < 1
    assert times.median().item() == pytest.approx(
        torch.sigmoid(torch.tensor(-0.4)).item(), abs=0.02
    )


def guess_of(mean, deviation):
    """Return the best guess of images that are normal, each pixel by itself."""

    def guess(points, times):
        t = times[:, None, None, None]
        variance = (t * deviation) ** 2 + (1 - t) ** 2
        return mean + t * deviation**2 / variance * (points - t * mean)

    return guess


def distance(steps, mean=0.3, deviation=0.2):
    """Return how far the end of the paths is from where the exact ones end."""
    noise = torch.randn(500, 1, 1, 1, generator=torch.Generator().manual_seed(0)).double()
    ends = follow(guess_of(mean, deviation), noise, steps=steps)
    return (ends - (mean + deviation * noise)).abs().mean().item()


def test_normal_images_are_reached_and_more_steps_come_closer():
    assert distance(12) < 0.02
    assert distance(24) < distance(12) / 2 < distance(6) / 4


@pytest.mark.parametrize("steps", [1, 2, 3, 7])
def test_the_network_is_asked_once_a_step(steps):
    asked = []

    def guess(points, times):
        asked.append(times[0].item())
        return torch.ones_like(points)

    assert follow(guess, torch.zeros(2, 1, 1, 1), steps=steps).eq(1).all()
    assert asked == pytest.approx([step / steps for step in range(steps)])
