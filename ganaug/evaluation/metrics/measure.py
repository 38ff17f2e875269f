"""How like the real images the synthetic ones are: figures, each beside its floor."""

from collections.abc import Sequence

import torch

from ganaug.evaluation.features.feature_set import Described, Sides
from ganaug.evaluation.features.networks import FeatureNetwork
from ganaug.evaluation.metrics.real_baseline import floors
from ganaug.evaluation.metrics.registry import A_SHARE, BY_CLASS, OVER_ALL, RANGES, Yardstick
from ganaug.evaluation.metrics.resampling import interval, seeded
from ganaug.evaluation.metrics.result import Figure


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
    if reason := why_missing(yardstick, sides.network, n_real, n_fake):
        return [
            Figure(each, name, None, None, n_real, n_fake, None, reason) for each in yardstick.names
        ]
    key = real.key
    real, fake = matched(yardstick, real, sides.synthetic, seed=seed)
    n_real, n_fake = len(real), len(fake)
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


def matched(
    yardstick: Yardstick, real: Described, fake: Described, *, seed: int
) -> tuple[Described, Described]:
    """Take as many images of each kind, where a figure depends on the number."""
    if not yardstick.matched:
        return real, fake
    count = min(yardstick.matched, len(real), len(fake))
    with seeded(seed):
        return _some(real, count), _some(fake, count)


def _some(images: Described, count: int) -> Described:
    return images.at(torch.randperm(len(images))[:count])


def why_missing(yardstick: Yardstick, network: FeatureNetwork, n_real: int, n_fake: int) -> str:
    """Say why there can be no figure of so many images, or nothing."""
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
