"""Sides and channels of the feature maps of networks that double or halve them."""

from ganaug.utils.errors import UsageError

# Radford et al. 2015 start from 4x4; 28 pixels halve down to 7.
SMALLEST_SIDE, LARGEST_SIDE = 4, 7


def doublings(image_size: int) -> tuple[int, int]:
    """Return the initial side, and the number of doublings that lead to the image size.

    Raises:
        UsageError: The size is not 4, 5, 6 or 7 doubled once or more; the message names the nearest
            valid sizes.
    """
    side, times = image_size, 0
    while side > LARGEST_SIDE and side % 2 == 0:
        side, times = side // 2, times + 1
    if times and side >= SMALLEST_SIDE and side <= LARGEST_SIDE:
        return side, times
    fitting = sorted(s << n for s in range(SMALLEST_SIDE, LARGEST_SIDE + 1) for n in range(1, 8))
    nearest = sorted(sorted(fitting, key=lambda size: abs(size - image_size))[:2])
    raise UsageError(
        f"image_size {image_size} is not 4, 5, 6 or 7 doubled a few times, which strided "
        f"convolutions need; the nearest that are: {nearest[0]} and {nearest[1]}"
    )


def channel_widths(width: int, times: int) -> list[int]:
    """Return the channels after each halving: doubled each time, up to 8 times the width."""
    return [width * min(2**i, 8) for i in range(times)]
