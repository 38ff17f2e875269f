"""Flow matching: straight paths from noise to images, what to learn of them, how to follow them.

A path is at noise at time 0 and at an image at time 1 (Lipman et al. 2023; Liu et al. 2023). A
network that sees a point of it guesses the image, which is easier to guess than the velocity (Li &
He 2025) and says as much: the rest of the way over the rest of the time.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

# Near time 1, a velocity is a small difference divided by almost nothing.
LEAST_LEFT = 0.05


def draw_times(count: int, device: torch.device, *, mean: float = -0.4) -> Tensor:
    """Draw times `[count]` as the sigmoid of a normal variable (Esser et al. 2024).

    At both ends there is little to learn: all is noise, or nearly nothing is.

    Args:
        count: How many.
        device: Where.
        mean: Of the normal variable, whose deviation is 1; below 0, noisier images are more common.
    """
    return torch.sigmoid(torch.randn(count, device=device) + mean)


def between(noise: Tensor, images: Tensor, times: Tensor) -> Tensor:
    """Return the points `[N, C, S, S]` of the paths from noise to images at times `[N]`."""
    return torch.lerp(noise, images, times[:, None, None, None])


def flow_matching_loss(guessed: Tensor, images: Tensor, times: Tensor) -> Tensor:
    """Return the mean squared error of the velocity that guesses at times `[N]` imply.

    Args:
        guessed: `[N, C, S, S]`.
        images: As many images.
        times: `[N]` in [0, 1].

    Example:
        >>> images = torch.ones(2, 1, 4, 4)
        >>> flow_matching_loss(images - 0.5, images, torch.tensor([0.0, 0.5])).item()
        0.625
    """
    left = (1 - times).clamp(min=LEAST_LEFT)[:, None, None, None]
    return ((guessed.float() - images) / left).square().mean()


def follow(guess: Callable[[Tensor, Tensor], Tensor], noise: Tensor, *, steps: int) -> Tensor:
    """Follow the paths from noise to images, by DPM-Solver++(2M) (Lu et al. 2022).

    Each step aims at where the guesses are heading, from the last two of them; the first two and
    the last step at the last guess.

    Args:
        guess: Maps points `[N, C, S, S]` at times `[N]` to images; asked once a step.
        noise: `[N, C, S, S]`.
        steps: Number of steps, of equal length.

    Returns:
        `[N, C, S, S]`.

    Example:
        >>> follow(lambda points, times: points.sign(), torch.tensor([[[[-0.3, 0.1]]]]), steps=4)
        tensor([[[[-1.,  1.]]]])
    """
    points, before = noise, noise
    for step in range(steps):
        now, then = step / steps, (step + 1) / steps
        guessed = guess(points, noise.new_full((len(noise),), now))
        aim = guessed
        if 1 < step < steps - 1:
            weight = (_log_snr(then) - _log_snr(now)) / (_log_snr(now) - _log_snr(now - 1 / steps))
            aim = guessed + weight / 2 * (guessed - before)
        points = torch.lerp(points, aim, (then - now) / (1 - now))
        before = guessed
    return points


def _log_snr(time: float) -> float:
    """Return half the logarithm of the signal-to-noise ratio at a time between 0 and 1."""
    return math.log(time / (1 - time))
