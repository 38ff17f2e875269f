"""MetricResult: one metric's value, with all that it takes to compare it with another."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Interval = tuple[float, float]
Better = Literal["lower", "higher"] | None
CONFIDENCE = 0.95
# Papers mean this network when they write FID or KID without further words.
PLAIN = "inception"
# Names in files that were written before.
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
    """A metric of real images in the place of the synthetic ones: the best to expect.

    Attributes:
        value: Mean over the draws.
        spread: Standard deviation over the draws, None of a single one.
        n: Real images in a draw.
        draws: Number of draws; one where all of the other real images are used.
    """

    value: float
    spread: float | None
    n: int
    draws: int = 1


@dataclass(frozen=True)
class MetricResult:
    """The result of one metric.

    Attributes:
        name: `fid`, `kid`, `precision` and so on, as the registry has it.
        features: Name of the network whose features or classes it was measured in.
        value: The value, None where there is none.
        interval: 95% confidence interval over new images, None where there is none.
        spread: Standard deviation over subsets (KID) or splits (IS), None where there is none.
        n: Synthetic images that it was measured with.
        n_real: Real images that it was measured with.
        real_baseline: The same metric of other real images in the place of the synthetic ones.
        reason: Why there is no value and what it would take, or what limits it; empty otherwise.
        better: Which values are good: `lower`, `higher`, or None.
        title: The name in tables.
        weak_features: Why the network's features can't be trusted; empty where they can.

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
        """The title that keeps metrics in different features apart."""
        return self.title if self.features == PLAIN else f"{self.features} {self.title}".strip()

    @property
    def trusted(self) -> bool:
        """Whether the network had learned enough for the value to mean something."""
        return not self.weak_features

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON holds it."""
        content = {**asdict(self), "label": self.label}
        return {"n_synthetic" if key == "n" else key: value for key, value in content.items()}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> "MetricResult":
        """Read what `to_dict` returned, or what a file of an earlier version holds.

        Raises:
            KeyError, TypeError: It is not a result.
        """
        content = {OLD_KEYS.get(key, key): value for key, value in found.items()}
        content["name"] = OLD_NAMES.get(content["name"], content["name"])
        baseline, interval = content.get("real_baseline"), content.get("interval")
        content["real_baseline"] = RealBaseline(**baseline) if baseline else None
        content["interval"] = (interval[0], interval[1]) if interval else None
        return cls(**{key: content[key] for key in cls.__dataclass_fields__ if key in content})


def share_interval(share: float, count: int) -> Interval:
    """Return the 95% interval of a share of so many images, at least one (Wilson 1927)."""
    from scipy.stats import binomtest

    found = binomtest(round(share * count), count).proportion_ci(CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)
