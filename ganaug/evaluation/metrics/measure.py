"""Measures synthetic images by the registered metrics, each with a real baseline."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch

from datamodules.errors import failure
from ganaug.evaluation.features.feature_set import FeaturePair, FeatureSet
from ganaug.evaluation.features.networks import FeatureNetwork
from ganaug.evaluation.features.trust import weakness
from ganaug.evaluation.metrics.real_baseline import real_baselines
from ganaug.evaluation.metrics.registry import Metric, metrics
from ganaug.evaluation.metrics.resampling import interval
from ganaug.evaluation.metrics.result import MetricResult
from ganaug.utils.rng import seeded


def measure(
    pair: FeaturePair, selected: Sequence[Metric] | None = None, *, seed: int = 0
) -> dict[str, MetricResult]:
    """Measure synthetic images, each metric with its interval and its real baseline.

    The baseline uses other real images in place of the synthetic ones, with the same number of each
    class if there are enough. No generator can be expected to do better. Metrics that compare equal
    numbers of real and synthetic images have no baseline if fewer than half as many images are
    available for it.

    Args:
        pair: The images.
        selected: The metrics to measure; by default all registered ones.
        seed: Seed of the draws and subsets; the caller's random state does not change.

    Returns:
        The results by name; a metric that needs more images has a reason instead of a value.
    """
    selected = [*metrics().values()] if selected is None else selected
    results = [result for metric in selected for result in _measure_one(metric, pair, seed)]
    weak_features = weakness(pair.network)
    return {result.name: replace(result, weak_features=weak_features) for result in results}


def measure_by_class(
    pair: FeaturePair, class_names: Sequence[str], *, seed: int = 0
) -> dict[str, Mapping[str, MetricResult]]:
    """Measure each class that has synthetic images, like `measure`."""
    selected = [metric for metric in metrics().values() if metric.by_class]
    return {
        class_names[label]: measure(pair.of_class(label), selected, seed=seed)
        for label in pair.synthetic.labels.unique().tolist()
    }


def _measure_one(metric: Metric, pair: FeaturePair, seed: int) -> list[MetricResult]:
    real, other = pair.reference, pair.train
    if metric.against == "train":
        real, other = other, real
    n_real, n, features = len(real), len(pair.synthetic), pair.network.name
    if reason := why_missing(metric, pair.network, n_real, n):
        return without_value(metric, features, n, n_real, reason)
    try:
        return [without_nan(result) for result in _compute(metric, pair, real, other, seed)]
    except Exception as error:  # a user's own function may raise anything
        if metric.built_in:
            raise
        return without_value(metric, features, n, n_real, f"{metric.name} raised {failure(error)}")


def without_nan(result: MetricResult) -> MetricResult:
    """Return a result with None instead of NaN or infinity, and a reason if it loses its value.

    A user's function may return such values, which tables and JSON files can't represent.
    """
    if result.value is not None and not math.isfinite(result.value):
        invalid_value = "NaN" if math.isnan(result.value) else "infinity"
        return replace(
            result, value=None, interval=None, reason=f"{result.name} returned {invalid_value}"
        )
    interval, baseline = result.interval, result.real_baseline
    if interval and not all(map(math.isfinite, interval)):
        interval = None
    if baseline and not math.isfinite(baseline.value):
        baseline = None
    return replace(result, interval=interval, real_baseline=baseline)


def without_value(
    metric: Metric, features: str, n: int, n_real: int, reason: str
) -> list[MetricResult]:
    """Return the results of a metric that could not be measured, with the reason."""
    return [
        MetricResult(x.name, features, n=n, n_real=n_real, reason=reason, better=x.better,
                     title=x.title)
        for x in metric.outputs
    ]  # fmt: skip


def _compute(
    metric: Metric, pair: FeaturePair, real: FeatureSet, other: FeatureSet, seed: int
) -> list[MetricResult]:
    key = real.key
    real, fake = matched(metric, real, pair.synthetic, seed=seed)
    with seeded(seed):
        measured = metric.measure(real, fake)
    with seeded(seed):
        errors = measured.errors()
    baselines, missing = real_baselines(
        metric, real, pair.synthetic.labels, other, key=key, seed=seed
    )
    rough = _why_rough(metric, pair.network, len(real), len(fake))
    return [
        MetricResult(
            output.name,
            features=pair.network.name,
            value=value,
            interval=interval(value, error, *output.limits),
            spread=spread,
            n=len(fake),
            n_real=len(real),
            real_baseline=baseline,
            reason="; ".join(filter(None, [rough, missing])),
            better=output.better,
            title=output.title,
        )
        for output, (value, spread), error, baseline in zip(
            metric.outputs, measured.values, errors, baselines, strict=True
        )
    ]


def matched(
    metric: Metric, real: FeatureSet, fake: FeatureSet, *, seed: int
) -> tuple[FeatureSet, FeatureSet]:
    """Reduce both sets to the same number of images, if the metric depends on the number."""
    if not metric.matched:
        return real, fake
    count = min(metric.matched, len(real), len(fake))
    with seeded(seed):
        return _random_subset(real, count), _random_subset(fake, count)


def _random_subset(images: FeatureSet, count: int) -> FeatureSet:
    return images.at(torch.randperm(len(images))[:count])


def why_missing(metric: Metric, network: FeatureNetwork, n_real: int, n_fake: int) -> str:
    """Return why a metric can't be measured on these numbers of images; empty if it can."""
    if metric.reads_logits and not network.logits_mean_classes:
        return f"the outputs of {network.name} do not stand for classes"
    real_kind = "real training" if metric.against == "train" else "real reference"
    real = [] if metric.reads_logits else [(real_kind, n_real)]
    for kind, number in [("synthetic", n_fake), *real]:
        if number < metric.least:
            return f"needs at least {metric.least} {kind} images, got {number}"
    return ""


def _why_rough(metric: Metric, network: FeatureNetwork, n_real: int, n_fake: int) -> str:
    """Return why a value is only rough; empty if it isn't."""
    if metric.covariance and min(n_real, n_fake) <= network.num_features:
        return f"rough: fewer images than the {network.num_features} features"
    return ""
