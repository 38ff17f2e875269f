"""Memorization: how many images are copies, and how many of them chance explains."""

from dataclasses import dataclass

from scipy.stats import betabinom

from ganaug.evaluation.metrics.result import (
    CONFIDENCE,
    Interval,
    MetricResult,
    RealBaseline,
    share_interval,
)

# The quantile of the held-out distances that is the threshold; see `expected_copies`.
LEVEL = 0.01
# Above either share, a set reveals too much about its training images, unless chance explains the
# copies. Of new real images, half are closer to a training image than a held-out image is.
MANY_COPIES, OFTEN_NEARER = 0.05, 0.8


def expected_copies(n_held_out: int) -> float:
    """Return the expected share of new real images that count as copies.

    The share below the k-th smallest of n distances is k / (n + 1) on average, and the quantile
    interpolates between k = 1 + 0.01 (n - 1) and its neighbors.

    Example:
        >>> round(expected_copies(20), 3), round(expected_copies(2000), 3)
        (0.057, 0.01)
    """
    return (1 + LEVEL * (n_held_out - 1)) / (n_held_out + 1)


def most_copies_by_chance(n: int, n_held_out: int) -> float:
    """Return the share that copies among `n` new real images exceed in at most 5% of cases.

    The share of all images below the threshold has a beta distribution, since the threshold is an
    order statistic of the held-out distances, so the number of copies is beta-binomial.

    Example:
        >>> most_copies_by_chance(200, 20), most_copies_by_chance(200, 2000)
        (0.16, 0.025)
    """
    rank = 1 + LEVEL * (n_held_out - 1)
    return float(betabinom.ppf(CONFIDENCE, n, rank, n_held_out + 1 - rank)) / n


@dataclass(frozen=True)
class Memorization:
    """Whether images are closer to the training images than held-out real images are.

    Attributes:
        copies: Share of images below the threshold, the 1% quantile of the distances of held-out
            real images.
        nearer: Probability that an image is closer to the training images than a held-out real one:
            0.5 for images like the held-out ones, 1 for copies.
        p_value: p value of the Mann-Whitney test that images are closer (Meehan et al. 2020).
        threshold: Distance below which an image counts as a copy.
        features: Name of the network whose maps the distances are between.
        n: Number of images.
        n_held_out: Number of held-out real images.
        weak_features: Why the network may miss copies; empty if it learned enough. Copies that a
            weak network finds are still copies.
    """

    copies: float
    nearer: float
    p_value: float
    threshold: float
    features: str
    n: int
    n_held_out: int
    weak_features: str = ""

    @property
    def interval(self) -> Interval:
        """The 95% interval of the share of copies."""
        return share_interval(self.copies, self.n)

    @property
    def expected(self) -> float:
        """The expected share of copies for new real images."""
        return expected_copies(self.n_held_out)

    @property
    def by_chance(self) -> float:
        """The share that copies among as many new real images exceed in at most 5% of cases."""
        return most_copies_by_chance(self.n, self.n_held_out)

    def exceeds(self, copies: float = MANY_COPIES) -> bool:
        """Whether there are more copies than this share, and more than chance explains."""
        return self.copies > max(copies, self.by_chance)

    @property
    def result(self) -> MetricResult:
        """The share of copies as a metric; its baseline is the expected share."""
        return MetricResult(
            "memorized",
            self.features,
            self.copies,
            self.interval,
            n=self.n,
            n_real=self.n_held_out,
            real_baseline=RealBaseline(self.expected, None, self.n_held_out),
            better="lower",
            weak_features=self.weak_features,
        )
