"""The standard error of KID, in closed form."""

import math

from torch import Tensor

from ganaug.evaluation.metrics.kid import SUBSET_SIZE, SUBSETS, kernel, random_subset


def kid_error(real: Tensor, fake: Tensor) -> float:
    """Estimate the standard error of `kid`, on a random subset if there are many images.

    KID is a U-statistic. Its variance has a term that falls with the number of images and one that
    falls with its square (Hoeffding 1948); if the two distributions are equal, only the second
    remains. Resampling halves of the images would overestimate that term by a factor of three, and
    resampling smaller parts by even more.

    Args:
        real: `[N, D]` features of real images, float64, at least four.
        fake: `[M, D]` features of synthetic images, float64, at least four.
    """
    numbers = len(real), len(fake)
    components = _Components(random_subset(real), random_subset(fake))
    error = components.variance(*numbers)
    if max(numbers) > SUBSET_SIZE:
        # A mean over subsets has the variance of KID on all pairs plus that of drawing subsets.
        subset = components.variance(*(min(number, SUBSET_SIZE) for number in numbers))
        error += (subset - error) / SUBSETS
    return math.sqrt(error)


class _Components:
    """The components of KID's variance, which don't depend on the number of images.

    Args:
        x: `[n, D]` features of one kind of image.
        y: `[m, D]` features of the other.
    """

    def __init__(self, x: Tensor, y: Tensor) -> None:
        n, m = len(x), len(y)
        within_x, within_y = _without_diagonal(kernel(x, x)), _without_diagonal(kernel(y, y))
        across = kernel(x, y)
        # The variance of pairs that the main effects of the two images don't explain.
        self.pairs_x = _pair_variance(within_x)
        self.pairs_y = _pair_variance(within_y)
        self.pairs_across = _centered(across).square().sum() / ((n - 1) * (m - 1))
        # The variance of image means, corrected for the finite number of partners in each mean.
        of_x = (within_x.mean(dim=1) - across.mean(dim=1)).var()
        of_y = (within_y.mean(dim=1) - across.mean(dim=0)).var()
        self.images_x = (of_x - self.pairs_x / n - self.pairs_across / m).clamp(min=0)
        self.images_y = (of_y - self.pairs_y / m - self.pairs_across / n).clamp(min=0)

    def variance(self, n: int, m: int) -> float:
        """Return the variance of KID for n images of one kind and m of the other."""
        single = 4 * (self.images_x / n + self.images_y / m)
        pairs = 2 * self.pairs_x / n**2 + 2 * self.pairs_y / m**2 + 4 * self.pairs_across / (n * m)
        return float(single + pairs)


def _without_diagonal(pairs: Tensor) -> Tensor:
    """Replace each diagonal entry, an image paired with itself, with the mean of its row."""
    diagonal = pairs.diagonal()
    diagonal.copy_((pairs.sum(dim=1) - diagonal) / (len(pairs) - 1))
    return pairs


def _centered(pairs: Tensor) -> Tensor:
    rows, columns = pairs.mean(dim=1, keepdim=True), pairs.mean(dim=0, keepdim=True)
    return pairs - rows - columns + pairs.mean()


def _pair_variance(within: Tensor) -> Tensor:
    """Return the mean square of centered pairs, without pairs of an image with itself."""
    squares = _centered(within).square()
    n = len(within)
    return (squares.sum() - squares.diagonal().sum()) / (n * (n - 3))
