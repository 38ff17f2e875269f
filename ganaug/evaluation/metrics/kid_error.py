"""The standard error of KID, in closed form."""

import math

from torch import Tensor

from ganaug.evaluation.metrics.kid import SUBSET_SIZE, SUBSETS, kernel, some


def kid_error(real: Tensor, fake: Tensor) -> float:
    """Estimate the standard error of `kid`, from a random subset if there are many images.

    KID is a U-statistic. Its variance has a part that falls with the number of images and one that
    falls with its square (Hoeffding 1948); if the two kinds are alike, only the second is left.
    Resampling halves of the images would overestimate that part by a factor of three, and smaller
    parts by even more.

    Args:
        real: `[N, D]` features of real images, float64, at least four.
        fake: `[M, D]` features of synthetic images, float64, at least four.
    """
    numbers = len(real), len(fake)
    parts = _Parts(some(real), some(fake))
    error = parts.variance(*numbers)
    if max(numbers) > SUBSET_SIZE:
        # A mean over subsets varies like KID of all pairs, and with the draw of the subsets.
        subset = parts.variance(*(min(number, SUBSET_SIZE) for number in numbers))
        error += (subset - error) / SUBSETS
    return math.sqrt(error)


class _Parts:
    """The components of KID's variance, which don't depend on the number of images.

    Args:
        x: `[n, D]` features of one kind of image.
        y: `[m, D]` features of the other.
    """

    def __init__(self, x: Tensor, y: Tensor) -> None:
        n, m = len(x), len(y)
        within_x, within_y, across = _others(kernel(x, x)), _others(kernel(y, y)), kernel(x, y)
        # The variance of pairs beyond what each of the two images explains by itself.
        self.pairs_x = _among_others(within_x)
        self.pairs_y = _among_others(within_y)
        self.pairs_across = _centred(across).square().sum() / ((n - 1) * (m - 1))
        # The variance of images, less what the finite number of their partners adds to it.
        of_x = (within_x.mean(dim=1) - across.mean(dim=1)).var()
        of_y = (within_y.mean(dim=1) - across.mean(dim=0)).var()
        self.images_x = (of_x - self.pairs_x / n - self.pairs_across / m).clamp(min=0)
        self.images_y = (of_y - self.pairs_y / m - self.pairs_across / n).clamp(min=0)

    def variance(self, n: int, m: int) -> float:
        """Return the variance of KID on n images of one kind and m of the other."""
        single = 4 * (self.images_x / n + self.images_y / m)
        pairs = 2 * self.pairs_x / n**2 + 2 * self.pairs_y / m**2 + 4 * self.pairs_across / (n * m)
        return float(single + pairs)


def _others(pairs: Tensor) -> Tensor:
    """Replace the diagonal, where an image meets itself, by the mean over the others."""
    own = pairs.diagonal()
    own.copy_((pairs.sum(dim=1) - own) / (len(pairs) - 1))
    return pairs


def _centred(pairs: Tensor) -> Tensor:
    rows, columns = pairs.mean(dim=1, keepdim=True), pairs.mean(dim=0, keepdim=True)
    return pairs - rows - columns + pairs.mean()


def _among_others(within: Tensor) -> Tensor:
    """Return the mean square of centred pairs of different images."""
    squares = _centred(within).square()
    n = len(within)
    return (squares.sum() - squares.diagonal().sum()) / (n * (n - 3))
