"""A figure, with what it takes to compare it with another."""

from dataclasses import dataclass

Interval = tuple[float, float]
CONFIDENCE = 0.95

# Papers mean this network when they write FID or KID without a word more.
PLAIN = "inception"


@dataclass(frozen=True)
class Floor:
    """What a figure would be if the synthetic images were real ones.

    Attributes:
        value: Mean over the draws.
        spread: Standard deviation over the draws, None of a single one.
        n: Real images in a draw.
        draws: How many draws; one where all of the other real images stand in.
    """

    value: float
    spread: float | None
    n: int
    draws: int


@dataclass(frozen=True)
class Figure:
    """One figure, with what it takes to compare it with another.

    Attributes:
        name: FID, KID, IS, MIFID, precision, recall, density, coverage, modes covered, modes off,
            AUC.
        features: Name of the feature network.
        value: The figure, None where there is none.
        spread: Standard deviation over subsets (KID) or splits (IS), None where there is none.
        n_real: Real images that it was measured with.
        n_synthetic: Synthetic images that it was measured with.
        floor: The same figure with other real images in the place of the synthetic ones.
        reason: Why there is no value and what it would take, or what limits it; empty otherwise.
        interval: 95% confidence interval over images drawn anew, None where there is none.
    """

    name: str
    features: str
    value: float | None
    spread: float | None
    n_real: int
    n_synthetic: int
    floor: Floor | None
    reason: str
    interval: Interval | None = None

    @property
    def label(self) -> str:
        """The name that keeps figures of different feature networks apart."""
        return self.name if self.features == PLAIN else f"{self.features} {self.name}"


def share_interval(share: float, count: int) -> Interval:
    """Return the 95% interval of a share of so many images, at least one (Wilson 1927)."""
    from scipy.stats import binomtest

    found = binomtest(round(share * count), count).proportion_ci(CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)
