"""How like the real images the synthetic ones are: figures, each beside its floor."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from ganaug.errors import UsageError
from ganaug.evaluation import cache
from ganaug.evaluation.figure import Figure, Floor
from ganaug.evaluation.manifold import NEIGHBOURS, manifold
from ganaug.evaluation.measures import frechet_metric, inception_score, kid
from ganaug.evaluation.networks import FeatureNetwork, read_features
from ganaug.evaluation.resampling import interval, seeded
from ganaug.evaluation.sides import Described, Sides
from ganaug.evaluation.yardsticks import A_SHARE, BY_CLASS, OVER_ALL, RANGES, Yardstick

FLOOR_DRAWS = 3


def figures(
    sides: Sides, yardsticks: Sequence[Yardstick] = OVER_ALL, *, seed: int = 0
) -> list[Figure]:
    """Measure synthetic images, each figure with its interval and its floor.

    For the floor, other real images stand in for the synthetic ones: as many, and as many of each
    class, as far as there are so many. No generator can be expected to do better than that.

    Args:
        sides: The images.
        yardsticks: What to measure.
        seed: Of the draws and subsets; the caller's random state is left as it was.

    Returns:
        The figures in the order of the yardsticks; too few images give a figure without value.
    """
    return [figure for each in yardsticks for figure in _measured(each, sides, seed)]


def figures_by_class(
    sides: Sides, class_names: Sequence[str], *, seed: int = 0
) -> dict[str, list[Figure]]:
    """Measure the images of each class that there are synthetic ones of; see `figures`."""
    return {
        class_names[label]: figures(sides.of_class(label), BY_CLASS, seed=seed)
        for label in sides.synthetic.labels.unique().tolist()
    }


def stand_in(real_labels: Tensor, synthetic_labels: Tensor) -> Tensor:
    """Draw indices of real images, of each class as many as there are synthetic ones."""
    chosen = [torch.empty(0, dtype=torch.int64)]
    for label, wanted in zip(*synthetic_labels.unique(return_counts=True), strict=True):
        members = (real_labels == label).nonzero().flatten()
        chosen.append(members[torch.randperm(len(members))[: int(wanted)]])
    return torch.cat(chosen)


@dataclass(frozen=True)
class _Trial:
    """What a yardstick is laid against: synthetic images, and real ones in their place."""

    real: Described
    fake: Described
    instead: list[Described]
    key: list[object] | None


def _measured(yardstick: Yardstick, sides: Sides, seed: int) -> list[Figure]:
    real, other = sides.reference, sides.train
    if yardstick.against == "train":
        real, other = other, real
    n_real, n_fake, name = len(real), len(sides.synthetic), sides.network.name
    if reason := _too_few(yardstick, sides.network, n_real, n_fake):
        return [
            Figure(each, name, None, None, n_real, n_fake, None, reason) for each in yardstick.names
        ]
    trial = _trial(yardstick, real, sides.synthetic, other, seed)
    n_real, n_fake = len(trial.real), len(trial.fake)
    with seeded(seed):
        values = yardstick.values(trial.real, trial.fake)
    with seeded(seed):
        errors = yardstick.errors(trial.real, trial.fake)
    floors = _floors(yardstick, trial, seed)
    limits = _limits(yardstick, sides, trial)
    return [
        Figure(each, name, value, spread, n_real, n_fake, floor, limits,
               interval(value, error, *RANGES.get(each, A_SHARE)))
        for each, (value, spread), error, floor in zip(
            yardstick.names, values, errors, floors, strict=True
        )
    ]  # fmt: skip


def _trial(
    yardstick: Yardstick, real: Described, fake: Described, other: Described, seed: int
) -> _Trial:
    """Choose the images, as many of each kind where it takes that."""
    with seeded(seed):
        instead = [other.at(stand_in(other.labels, fake.labels)) for _ in range(FLOOR_DRAWS)]
        if len(instead[0]) < yardstick.least:
            instead = []
        key: list[object] = [real.key, other.key, fake.labels.bincount().tolist(), seed]
        if yardstick.matched:
            count = min(yardstick.matched, *(len(each) for each in (real, fake, *instead)))
            real, fake, *instead = (_some(each, count) for each in (real, fake, *instead))
            key.append(count)
    return _Trial(real, fake, instead, None if None in key else key)


def _some(images: Described, count: int) -> Described:
    return images.at(torch.randperm(len(images))[:count])


def _floors(yardstick: Yardstick, trial: _Trial, seed: int) -> list[Floor | None]:
    """Measure the real images in the place of the synthetic ones, or recall what they measured."""
    if not trial.instead:
        return [None] * len(yardstick.names)

    def measure() -> dict[str, list[list[float]]]:
        with seeded(seed):
            found = [yardstick.values(trial.real, each) for each in trial.instead]
        return {"draws": [[value for value, _ in draw] for draw in found]}

    key = trial.key and [yardstick.names, *trial.key]
    found = cache.kept("floors", key, measure) if key else measure()
    draws = torch.tensor(found["draws"], dtype=torch.float64)
    numbers = zip(draws.mean(dim=0).tolist(), draws.std(dim=0, correction=0).tolist(), strict=True)
    return [Floor(mean, spread, len(trial.instead[0]), len(draws)) for mean, spread in numbers]


def _too_few(yardstick: Yardstick, network: FeatureNetwork, n_real: int, n_fake: int) -> str:
    """Say why there is no figure, or nothing."""
    if yardstick.reads_logits and not network.logits_mean_classes:
        return f"the outputs of {network.name} do not stand for classes"
    which = "real training" if yardstick.against == "train" else "real reference"
    real = [] if yardstick.reads_logits else [(which, n_real)]
    for kind, number in [("synthetic", n_fake), *real]:
        if number < yardstick.least:
            return f"needs at least {yardstick.least} {kind} images, got {number}"
    return ""


def _limits(yardstick: Yardstick, sides: Sides, trial: _Trial) -> str:
    """Say what limits a figure that there is, or nothing."""
    found = []
    features = sides.network.num_features
    if yardstick.covariance and min(len(trial.real), len(trial.fake)) <= features:
        found.append(f"rough: fewer images than the {features} features")
    if not trial.instead:
        found.append(f"no floor: that takes {yardstick.least} other real images of these classes")
    return "; ".join(found)


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
            `fid`, `kid`, `is` where the features come from a network of classes, and `precision`,
            `recall`, `density` and `coverage` where there are images enough for neighbours.

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
        if min(len(self._reference), len(found)) > NEIGHBOURS:
            scores |= asdict(manifold(self._reference, found))
        return scores


def _check_number(kind: str, images: Tensor) -> None:
    if len(images) < 2:
        raise UsageError(
            f"FID during training needs at least 2 {kind} images, got {len(images)}; "
            "use more, or switch the figure off."
        )
