"""The monitor: scores samples during training, against real images that are read once."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from ganaug.evaluation.features.feature_set import Described, describe
from ganaug.evaluation.features.networks import FeatureNetwork
from ganaug.evaluation.metrics.measure import matched, why_missing
from ganaug.evaluation.metrics.registry import (
    AUC,
    BY_CLASS,
    FID,
    IS,
    KID,
    MIFID,
    MODES,
    OVERLAP,
    Yardstick,
)
from ganaug.evaluation.metrics.resampling import seeded
from ganaug.utils.errors import UsageError

FigureName = Literal["fid", "kid", "is", "overlap", "mifid", "modes", "auc"]
YARDSTICKS: dict[FigureName, Yardstick] = {
    "fid": FID,
    "kid": KID,
    "is": IS,
    "overlap": OVERLAP,
    "mifid": MIFID,
    "modes": MODES,
    "auc": AUC,
}
# A list, since to a tuple the command line would not add (--fidelity.figures+ auc).
USUAL: list[FigureName] = ["fid", "kid", "is", "overlap"]
# A checkpoint is chosen by these, so they are measured on however few images there are.
CHOOSING = ("fid", "kid")
# What is measured of each class by itself.
OF_CLASSES = [name for name, yardstick in YARDSTICKS.items() if yardstick in BY_CLASS]
# The same draws each time, lest curves move by them.
SEED = 0

Curves = dict[str, float]
Real = dict[str, Described]


class FidelityMonitor:
    """Scores samples during training against real images, which are read once.

    A curve over epochs is compared with itself alone, so it has no floor and no interval, and FID
    and KID are measured on two images already.

    Args:
        network: A feature network in evaluation mode, where it is to stay.
        reference: `[N, channels, S, S]` uint8 real images that nothing was trained on.
        labels: `[N]` their classes.
        train: `[T, channels, S, S]` uint8 training images, which MIFID alone is measured against.
        figures: What to measure, by its names in `YARDSTICKS`.

    Raises:
        UsageError: There are fewer than two reference images.
    """

    def __init__(
        self,
        network: FeatureNetwork,
        reference: Tensor,
        labels: Tensor,
        *,
        train: Tensor | None = None,
        figures: Sequence[FigureName] = USUAL,
    ) -> None:
        _check_number("real images to measure against", reference)
        self.network, self.figures = network, figures
        self.real: Real = {"reference": describe(network, reference, labels)}
        if train is not None:
            self.real["train"] = _of_no_class(network, train)

    def missing(self, samples: int) -> dict[FigureName, str]:
        """Say of each figure that can't be measured on so many samples why not."""
        reasons = {
            name: self._why_missing(name, self.real, samples)
            for name in self.figures
            if name not in CHOOSING
        }
        return {name: reason for name, reason in reasons.items() if reason}

    def score(self, images: Tensor) -> Curves:
        """Measure samples; the caller's random state is left as it was.

        Args:
            images: `[N, channels, S, S]` float in [-1, 1], at least two.

        Returns:
            `fid`, `kid`, `is`, `precision`, `recall`, `density`, `coverage`, `mifid`,
            `modes_covered`, `modes_off` and `auc`, as far as they were asked for and can be
            measured.

        Raises:
            UsageError: There are fewer than two samples.
        """
        _check_number("samples", images)
        missing = self.missing(len(images))
        names = [name for name in self.figures if name not in missing]
        return _measured(names, self.real, _of_no_class(self.network, images))

    def score_by_class(
        self, images: Tensor, labels: Tensor, class_names: Sequence[str]
    ) -> dict[str, Curves]:
        """Measure the samples of each class against the real images of it.

        Args:
            images: `[N, channels, S, S]` float in [-1, 1].
            labels: `[N]` classes asked for.
            class_names: Their names.

        Returns:
            For each class KID, the overlap and the area under the curve, as far as they were asked
            for and there are images enough; nothing of a class where there are too few for all.
        """
        read, found = describe(self.network, images, labels), {}
        for label in labels.unique().tolist():
            real, fake = {"reference": self.real["reference"].of_class(label)}, read.of_class(label)
            names = [
                name
                for name in self.figures
                if name in OF_CLASSES and not self._why_missing(name, real, len(fake))
            ]
            found[class_names[label]] = _measured(names, real, fake)
        return {name: curves for name, curves in found.items() if curves}

    def _why_missing(self, name: FigureName, real: Real, samples: int) -> str:
        yardstick = YARDSTICKS[name]
        return why_missing(yardstick, self.network, len(real.get(yardstick.against, ())), samples)


def _of_no_class(network: FeatureNetwork, images: Tensor) -> Described:
    """Read images whose classes nobody asks for."""
    return describe(network, images, torch.zeros(len(images), dtype=torch.long))


def _measured(names: Sequence[FigureName], real: Real, fake: Described) -> Curves:
    """Measure figures, by the names of their curves."""
    found: Curves = {}
    for yardstick in (YARDSTICKS[name] for name in names):
        both = matched(yardstick, real[yardstick.against], fake, seed=SEED)
        with seeded(SEED):
            values = yardstick.measure(*both).values
        curves = (each.lower().replace(" ", "_") for each in yardstick.names)
        found |= {curve: value for curve, (value, _) in zip(curves, values, strict=True)}
    return found


def _check_number(what: str, images: Tensor) -> None:
    if len(images) < 2:
        raise UsageError(
            f"fidelity needs at least 2 {what}, got {len(images)}: hold more images out "
            "(--data.validation), raise --fidelity.images, or switch it off with "
            "--fidelity.every_epochs 0"
        )
