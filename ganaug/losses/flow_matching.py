"""Flow matching: straight paths from noise to images, a training loss, and a sampler.

A path starts at noise at time 0 and ends at an image at time 1 (Lipman et al. 2023; Liu et al.
2023). From a point on the path, the network predicts the image, which is easier to learn than the
velocity (Li & He 2025) and determines it: the remaining distance over the remaining time.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

# Near time 1, the velocity would be a small difference divided by almost zero.
LEAST_LEFT = 0.05


def draw_times(count: int, device: torch.device, *, mean: float = -0.4) -> Tensor:
    """Draw times `[count]` as the sigmoid of a normal variable (Esser et al. 2024).

    There is little to learn at either end, where images are all noise or have almost none.

    Args:
        count: Number of times.
        device: Device of the result.
        mean: Mean of the normal variable, whose standard deviation is 1; below 0, noisier images
            are more frequent.
    """
    return torch.sigmoid(torch.randn(count, device=device) + mean)


def between(noise: Tensor, images: Tensor, times: Tensor) -> Tensor:
    """Return the points `[N, C, S, S]` at times `[N]` on the paths from noise to images."""
    return torch.lerp(noise, images, times[:, None, None, None])


def flow_matching_loss(guessed: Tensor, images: Tensor, times: Tensor) -> Tensor:
    """Return the mean squared error of the velocity implied by predicted images.

    Args:
        guessed: Predicted images `[N, C, S, S]`.
        images: True images `[N, C, S, S]`.
        times: `[N]` in [0, 1].

    Example:
        >>> images = torch.ones(2, 1, 4, 4)
        >>> flow_matching_loss(images - 0.5, images, torch.tensor([0.0, 0.5])).item()
        0.625
    """
    time_left = (1 - times).clamp(min=LEAST_LEFT)[:, None, None, None]
    return ((guessed.float() - images) / time_left).square().mean()


def follow(guess: Callable[[Tensor, Tensor], Tensor], noise: Tensor, *, steps: int) -> Tensor:
    """Follow the paths from noise to images, by DPM-Solver++(2M) (Lu et al. 2022).

    Each step extrapolates from the last two predictions; the first two steps and the last one use
    only the latest.

    Args:
        guess: Maps points `[N, C, S, S]` at times `[N]` to predicted images; called once per step.
        noise: `[N, C, S, S]`.
        steps: Number of steps, of equal length.

    Returns:
        `[N, C, S, S]`.

    Example:
        >>> follow(lambda points, times: points.sign(), torch.tensor([[[[-0.3, 0.1]]]]), steps=4)
        tensor([[[[-1.,  1.]]]])
    """
    points, previous = noise, noise
    for step in range(steps):
        t, t_next = step / steps, (step + 1) / steps
        guessed = guess(points, noise.new_full((len(noise),), t))
        target = guessed
        if 1 < step < steps - 1:
            weight = (_log_snr(t_next) - _log_snr(t)) / (_log_snr(t) - _log_snr(t - 1 / steps))
            target = guessed + weight / 2 * (guessed - previous)
        points = torch.lerp(points, target, (t_next - t) / (1 - t))
        previous = guessed
    return points


def _log_snr(time: float) -> float:
    """Return half the logarithm of the signal-to-noise ratio at a time between 0 and 1."""
    return math.log(time / (1 - time))
