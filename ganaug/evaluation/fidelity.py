"""How like the real images the synthetic ones are: FID, KID and IS, each beside its floor."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ganaug.errors import UsageError
from ganaug.evaluation.measures import Value, fid, frechet_metric, inception_score, kid
from ganaug.evaluation.networks import FeatureNetwork, read_features

# Below these a figure says more about the number of images than about the images.
LEAST = {"FID": 50, "KID": 20, "IS": 50}
FLOOR_DRAWS = 3


@dataclass(frozen=True)
class Floor:
    """What a figure would be if the synthetic images were real ones.

    Attributes:
        value: Mean over the draws.
        spread: Standard deviation over the draws.
        n: Real training images in a draw.
        draws: How many draws.
    """

    value: float
    spread: float
    n: int
    draws: int


@dataclass(frozen=True)
class Figure:
    """One figure, with what it takes to compare it with another.

    Attributes:
        name: FID, KID or IS.
        features: Name of the feature network.
        value: The figure, None where there is none.
        spread: Standard deviation over subsets (KID) or splits (IS), None where there is none.
        n_real: Real reference images.
        n_synthetic: Synthetic images.
        floor: The same figure with real training images in the place of the synthetic ones.
        reason: Why there is no value, or what limits it; empty otherwise.
    """

    name: str
    features: str
    value: float | None
    spread: float | None
    n_real: int
    n_synthetic: int
    floor: Floor | None
    reason: str


def figures(
    network: FeatureNetwork,
    *,
    synthetic: Tensor,
    synthetic_labels: Tensor,
    reference: Tensor,
    train: Tensor,
    train_labels: Tensor,
    seed: int = 0,
    draws: int = FLOOR_DRAWS,
) -> list[Figure]:
    """Measure FID, KID and IS of synthetic images, each with its floor.

    For the floor, real training images stand in for the synthetic ones: as many, and as many of
    each class, as far as there are so many. No generator can be expected to do better than that.

    Args:
        network: The feature network.
        synthetic: `[N, channels, S, S]` uint8.
        synthetic_labels: `[N]` class indices.
        reference: `[R, channels, S, S]` uint8 real images that nothing was trained on.
        train: `[T, channels, S, S]` uint8 real training images.
        train_labels: `[T]` class indices.
        seed: Of the draws and subsets; the caller's random state is left as it was.
        draws: Draws for the floor.

    Returns:
        One figure each for FID, KID, IS; too few images give a figure without value.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        stand_ins = [stand_in(train_labels, synthetic_labels) for _ in range(draws)]
        needed = torch.cat(stand_ins).unique()
        where = torch.zeros(len(train), dtype=torch.int64)
        where[needed] = torch.arange(len(needed))
        real, _ = read_features(network, reference)
        fake = read_features(network, synthetic)
        known = read_features(network, train[needed]) if len(needed) else (real[:0], real[:0])
        floors = [(known[0][where[chosen]], known[1][where[chosen]]) for chosen in stand_ins]
        measures: dict[str, Callable[[tuple[Tensor, Tensor]], Value]] = {
            "FID": lambda read: fid(real, read[0]),
            "KID": lambda read: kid(real, read[0]),
            "IS": lambda read: inception_score(read[1]),
        }
        return [
            _figure(name, measure, network, fake, floors, len(real))
            for name, measure in measures.items()
        ]


def stand_in(train_labels: Tensor, synthetic_labels: Tensor) -> Tensor:
    """Draw indices of training images, of each class as many as there are synthetic ones."""
    chosen = []
    for label, wanted in zip(*synthetic_labels.unique(return_counts=True), strict=True):
        members = (train_labels == label).nonzero().flatten()
        chosen.append(members[torch.randperm(len(members))[: int(wanted)]])
    return torch.cat(chosen)


def _figure(
    name: str,
    measure: Callable[[tuple[Tensor, Tensor]], Value],
    network: FeatureNetwork,
    fake: tuple[Tensor, Tensor],
    floors: list[tuple[Tensor, Tensor]],
    n_real: int,
) -> Figure:
    n = len(fake[0])
    lesser = n if name == "IS" else min(n, n_real)
    reason, value, spread, floor = "", None, None, None
    if name == "IS" and not network.logits_mean_classes:
        reason = f"the outputs of {network.name} do not stand for classes"
    elif lesser < LEAST[name]:
        which = "synthetic" if lesser == n else "real reference"
        reason = f"needs at least {LEAST[name]} {which} images, got {lesser}"
    else:
        value, spread = measure(fake)
        if name == "FID" and lesser <= network.num_features:
            reason = f"rough: fewer images than the {network.num_features} features"
        if floors and len(floors[0][0]) >= LEAST[name]:
            found = torch.tensor([measure(read)[0] for read in floors], dtype=torch.float64)
            floor = Floor(
                float(found.mean()), float(found.std(correction=0)), len(floors[0][0]), len(floors)
            )
    return Figure(name, network.name, value, spread, n_real, n, floor, reason)


class FidelityMonitor:
    """Scores samples during training against real images, whose statistics are taken once.

    A curve over epochs is compared with itself alone, so it has no floor, and no least number of
    images but the two that a covariance takes.

    Args:
        features: A feature network in evaluation mode, where it is to stay.
        reference: `[N, channels, S, S]` uint8 real images.

    Raises:
        UsageError: There are fewer than two reference images.
    """

    def __init__(self, features: FeatureNetwork, reference: Tensor) -> None:
        _check_number("reference", reference)
        self.features = features
        self._reference = read_features(features, reference)[0]
        self._fid = frechet_metric(self._reference)

    def score(self, fake: Tensor) -> dict[str, float]:
        """Measure samples; the caller's random state is left as it was.

        Args:
            fake: `[N, channels, S, S]` float in [-1, 1], at least two.

        Returns:
            `fid`, `kid`, and `is` where the features come from a network of classes.

        Raises:
            UsageError: There are fewer than two samples.
        """
        _check_number("synthetic", fake)
        found, logits = read_features(self.features, fake)
        self._fid.reset()
        self._fid.update(found, real=False)
        scores = {"fid": float(self._fid.compute())}
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            scores["kid"] = kid(self._reference, found)[0]
            if self.features.logits_mean_classes:
                scores["is"] = inception_score(logits)[0]
        return scores


def _check_number(kind: str, images: Tensor) -> None:
    if len(images) < 2:
        raise UsageError(
            f"FID during training needs at least 2 {kind} images, got {len(images)}; "
            "use more, or switch the figure off."
        )
