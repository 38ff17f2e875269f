"""How like the real images the synthetic ones are: figures, each beside its floor."""

from collections.abc import Sequence
from dataclasses import asdict

import torch
from torch import Tensor

from ganaug.errors import UsageError
from ganaug.evaluation.figure import Figure
from ganaug.evaluation.floors import floors
from ganaug.evaluation.kid import kid
from ganaug.evaluation.manifold import NEIGHBOURS, manifold
from ganaug.evaluation.measures import frechet_metric, inception_score
from ganaug.evaluation.networks import FeatureNetwork, read_features
from ganaug.evaluation.resampling import interval, seeded
from ganaug.evaluation.sides import Described, Sides
from ganaug.evaluation.yardsticks import A_SHARE, BY_CLASS, OVER_ALL, RANGES, Yardstick


def figures(
    sides: Sides, yardsticks: Sequence[Yardstick] = OVER_ALL, *, seed: int = 0
) -> list[Figure]:
    """Measure synthetic images, each figure with its interval and its floor.

    For the floor, other real images stand in for the synthetic ones: as many, and as many of each
    class, as far as there are so many. No generator can be expected to do better than that.
    Figures that take as many images of each kind have none where less than half as many stand in.

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


def _measured(yardstick: Yardstick, sides: Sides, seed: int) -> list[Figure]:
    real, other = sides.reference, sides.train
    if yardstick.against == "train":
        real, other = other, real
    n_real, n_fake, name = len(real), len(sides.synthetic), sides.network.name
    if reason := _too_few(yardstick, sides.network, n_real, n_fake):
        return [
            Figure(each, name, None, None, n_real, n_fake, None, reason) for each in yardstick.names
        ]
    key, fake = real.key, sides.synthetic
    if yardstick.matched:
        with seeded(seed):
            n_real = n_fake = min(yardstick.matched, n_real, n_fake)
            real, fake = _some(real, n_real), _some(fake, n_fake)
    with seeded(seed):
        measured = yardstick.measure(real, fake)
    with seeded(seed):
        errors = measured.errors()
    found, missing = floors(yardstick, real, sides.synthetic.labels, other, key=key, seed=seed)
    limits = "; ".join(filter(None, [_rough(yardstick, sides.network, n_real, n_fake), missing]))
    return [
        Figure(each, name, value, spread, n_real, n_fake, floor, limits,
               interval(value, error, *RANGES.get(each, A_SHARE)))
        for each, (value, spread), error, floor in zip(
            yardstick.names, measured.values, errors, found, strict=True
        )
    ]  # fmt: skip


def _some(images: Described, count: int) -> Described:
    return images.at(torch.randperm(len(images))[:count])


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


def _rough(yardstick: Yardstick, network: FeatureNetwork, n_real: int, n_fake: int) -> str:
    """Say why a figure is rough, or nothing."""
    if yardstick.covariance and min(n_real, n_fake) <= network.num_features:
        return f"rough: fewer images than the {network.num_features} features"
    return ""


class FidelityMonitor:
    """Scores samples during training against real images, whose statistics are taken once.

    A curve over epochs is compared with itself alone, so it has no floor, and no least number of
    images but the two that a covariance takes.

    Args:
        features: A feature network in evaluation mode, where it is to stay.
        reference: `[N, channels, S, S]` uint8 real images.
        with_fid: Whether to measure FID too, which takes more images than features to say anything.

    Raises:
        UsageError: There are fewer than two reference images.
    """

    def __init__(
        self, features: FeatureNetwork, reference: Tensor, *, with_fid: bool = True
    ) -> None:
        _check_number("reference", reference)
        self.features = features
        self._reference = read_features(features, reference)[0]
        self._fid = frechet_metric(self._reference) if with_fid else None

    def score(self, fake: Tensor) -> dict[str, float]:
        """Measure samples; the caller's random state is left as it was.

        Args:
            fake: `[N, channels, S, S]` float in [-1, 1], at least two.

        Returns:
            `fid` where it was asked for, `kid`, `is` where the features come from a network of
            classes, and `precision`, `recall`, `density` and `coverage` where there are images
            enough for neighbours.

        Raises:
            UsageError: There are fewer than two samples.
        """
        _check_number("synthetic", fake)
        found, logits = read_features(self.features, fake)
        scores = {}
        if self._fid is not None:
            self._fid.reset()
            self._fid.update(found, real=False)
            scores["fid"] = float(self._fid.compute())
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
