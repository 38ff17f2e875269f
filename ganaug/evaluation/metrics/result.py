"""MetricResult: the value of a metric, with its interval, real baseline and number of images."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Interval = tuple[float, float]
Better = Literal["lower", "higher"] | None
CONFIDENCE = 0.95
# The network of FID and KID in papers that don't name one.
PLAIN = "inception"
# Names in files of earlier versions.
OLD_NAMES = {
    "FID": "fid",
    "KID": "kid",
    "IS": "is",
    "MIFID": "mifid",
    "modes covered": "modes_covered",
    "modes off": "modes_off",
    "AUC": "c2st",
}
TITLES = {name: title for title, name in OLD_NAMES.items()} | {"c2st": "C2ST"}
OLD_KEYS = {"floor": "real_baseline", "n_synthetic": "n"}


@dataclass(frozen=True)
class RealBaseline:
    """A metric with real images in place of the synthetic ones: the best value to expect.

    Attributes:
        value: Mean over the draws.
        spread: Standard deviation over the draws; None for a single one.
        n: Number of real images in a draw.
        draws: Number of draws; one if all other real images are used.
    """

    value: float
    spread: float | None
    n: int
    draws: int = 1


@dataclass(frozen=True)
class MetricResult:
    """The result of one metric.

    Attributes:
        name: Registered name, such as `fid`, `kid` or `precision`.
        features: Name of the network whose features or classes it was measured with.
        value: The value, or None.
        interval: 95% confidence interval over new images, or None.
        spread: Standard deviation over subsets (KID) or splits (IS), or None.
        n: Number of synthetic images used.
        n_real: Number of real images used.
        real_baseline: The same metric with other real images in place of the synthetic ones.
        reason: Why there is no value and what is needed for one, or what limits the value; empty
            otherwise.
        better: Which values are good: `lower`, `higher`, or None.
        title: Name in tables.
        weak_features: Why the network's features can't be trusted; empty if they can.

    Example:
        >>> MetricResult("fid", "inception", 12.5, n=1000, better="lower").to_dict()["value"]
        12.5
    """

    name: str
    features: str = ""
    value: float | None = None
    interval: Interval | None = None
    spread: float | None = None
    n: int = 0
    n_real: int = 0
    real_baseline: RealBaseline | None = None
    reason: str = ""
    better: Better = None
    title: str = ""
    weak_features: str = ""

    def __post_init__(self) -> None:
        if not self.title:
            object.__setattr__(self, "title", TITLES.get(self.name, self.name))

    @property
    def label(self) -> str:
        """The title, with the name of the features unless they are Inception's."""
        return self.title if self.features == PLAIN else f"{self.features} {self.title}".strip()

    @property
    def trusted(self) -> bool:
        """Whether the network had learned enough for a meaningful value."""
        return not self.weak_features

    def to_dict(self) -> dict[str, Any]:
        """Return the result as in metrics.json."""
        content = {**asdict(self), "label": self.label}
        return {"n_synthetic" if key == "n" else key: value for key, value in content.items()}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> "MetricResult":
        """Read the output of `to_dict`, of this version or an earlier one.

        Raises:
            KeyError, TypeError, ValueError: It is not a result.
        """
        content = {OLD_KEYS.get(key, key): value for key, value in found.items()}
        content["name"] = OLD_NAMES.get(content["name"], content["name"])
        baseline, interval = content.get("real_baseline"), content.get("interval")
        content["real_baseline"] = RealBaseline(**baseline) if baseline else None
        content["interval"] = as_interval(interval) if interval else None
        return cls(**{key: content[key] for key in cls.__dataclass_fields__ if key in content})


def as_interval(bounds: Sequence[float]) -> Interval:
    """Return an interval that was read from a file.

    Raises:
        TypeError, ValueError: It has no two bounds.
    """
    low, high = bounds
    return low, high


def share_interval(share: float, count: int) -> Interval:
    """Return the 95% interval of a share of `count` images, at least one (Wilson 1927)."""
    from scipy.stats import binomtest

    bounds = binomtest(round(share * count), count).proportion_ci(CONFIDENCE, method="wilson")
    return float(bounds.low), float(bounds.high)
