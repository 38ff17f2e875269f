"""FidelityMonitor: measures samples during training against real images that are read once."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from datamodules.errors import failure
from ganaug.evaluation.features.feature_set import FeatureSet, describe
from ganaug.evaluation.features.networks import FeatureNetwork
from ganaug.evaluation.metrics.measure import matched, why_missing
from ganaug.evaluation.metrics.registry import Metric, metrics_named
from ganaug.utils.errors import UsageError
from ganaug.utils.rng import seeded

# A list, since the command line can't append to a tuple (--fidelity.metrics+ c2st).
DEFAULT_METRICS = ["fid", "kid", "is", "prdc"]
# Checkpoints are chosen by these, so they are measured even on very few images.
CHOOSING = ("fid", "kid")
# The draws are the same each time, so they don't add noise to the curves.
SEED = 0

Curves = dict[str, float]
Real = dict[str, FeatureSet]


class FidelityMonitor:
    """Measures samples during training against real images, which are read once.

    A curve over epochs is only compared with itself, so it needs no baseline and no interval, and
    FID and KID are measured even on two images.

    Args:
        network: A feature network in evaluation mode, on the device to use.
        reference: `[N, channels, S, S]` uint8 real images that nothing was trained on.
        labels: `[N]` their classes.
        train: `[T, channels, S, S]` uint8 training images, which only MIFID needs.
        metrics: Names of the registered metrics to measure.

    Attributes:
        failed: Why the user's own metrics have no value, by name.

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
        metrics: Sequence[str] = DEFAULT_METRICS,
    ) -> None:
        _check_number("real images to measure against", reference)
        self.network = network
        self.metrics = metrics_named(metrics)
        self.failed: dict[str, str] = {}
        self.real: Real = {"reference": describe(network, reference, labels)}
        if train is not None:
            self.real["train"] = _describe_unlabeled(network, train)

    def missing(self, samples: int) -> dict[str, str]:
        """Return why metrics can't be measured on this number of samples, by name."""
        reasons = {
            metric.name: self._why_missing(metric, self.real, samples)
            for metric in self.metrics
            if metric.name not in CHOOSING
        }
        return {name: reason for name, reason in reasons.items() if reason}

    def score(self, images: Tensor) -> Curves:
        """Measure samples; the caller's random state does not change.

        Args:
            images: `[N, channels, S, S]` float in [-1, 1], at least two.

        Returns:
            `fid`, `kid`, `is`, `precision`, `recall`, `density`, `coverage`, `mifid`,
            `modes_covered`, `modes_off`, `c2st` and values of the user's own metrics, if they were
            chosen and can be measured.

        Raises:
            UsageError: There are fewer than two samples.
        """
        _check_number("samples", images)
        missing = self.missing(len(images))
        metrics = [metric for metric in self.metrics if metric.name not in missing]
        return self._measure(metrics, self.real, _describe_unlabeled(self.network, images))

    def score_by_class(
        self, images: Tensor, labels: Tensor, class_names: Sequence[str]
    ) -> dict[str, Curves]:
        """Measure the samples of each class against its real images.

        Args:
            images: `[N, channels, S, S]` float in [-1, 1].
            labels: `[N]` requested classes.
            class_names: Their names.

        Returns:
            For each class, the chosen metrics that are measured by class and have enough images;
            classes without any are left out.
        """
        features, curves_by_class = describe(self.network, images, labels), {}
        for label in labels.unique().tolist():
            real, fake = (
                {"reference": self.real["reference"].of_class(label)},
                features.of_class(label),
            )
            metrics = [
                metric
                for metric in self.metrics
                if metric.by_class and not self._why_missing(metric, real, len(fake))
            ]
            curves_by_class[class_names[label]] = self._measure(metrics, real, fake)
        return {name: curves for name, curves in curves_by_class.items() if curves}

    def _why_missing(self, metric: Metric, real: Real, samples: int) -> str:
        return why_missing(metric, self.network, len(real.get(metric.against, ())), samples)

    def _measure(self, metrics: Sequence[Metric], real: Real, fake: FeatureSet) -> Curves:
        """Return values by the names of their curves; a failure of a user's metric is recorded."""
        curves: Curves = {}
        for metric in metrics:
            pair = matched(metric, real[metric.against], fake, seed=SEED)
            try:
                with seeded(SEED):
                    values = metric.measure(*pair).values
            except Exception as error:
                if metric.built_in:
                    raise
                self.failed[metric.name] = f"{metric.name} raised {failure(error)}"
                continue
            curves |= {x.name: value for x, (value, _) in zip(metric.outputs, values, strict=True)}
            nan = [x.name for x in metric.outputs if math.isnan(curves[x.name])]
            if nan and not metric.built_in:
                self.failed[metric.name] = f"{metric.name} returned NaN"
                curves = {name: value for name, value in curves.items() if name not in nan}
        return curves


def _describe_unlabeled(network: FeatureNetwork, images: Tensor) -> FeatureSet:
    """Read features with class 0 for all images, since these metrics ignore classes."""
    return describe(network, images, torch.zeros(len(images), dtype=torch.long))


def _check_number(kind: str, images: Tensor) -> None:
    if len(images) < 2:
        raise UsageError(
            f"fidelity needs at least 2 {kind}, got {len(images)}: hold more images out "
            "(data.validation), raise fidelity.images, or set fidelity.every_epochs to 0"
        )
