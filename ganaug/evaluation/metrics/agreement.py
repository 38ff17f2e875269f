"""Agreement: how often an independent classifier assigns images to the requested class."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ganaug.evaluation.features.feature_set import describe, describe_real
from ganaug.evaluation.features.networks import DomainNetwork
from ganaug.evaluation.features.trust import weakness
from ganaug.evaluation.metrics.modes import effective_number
from ganaug.evaluation.metrics.result import Interval, MetricResult, RealBaseline, share_interval

SINGLE_CLASS = "there is a single class, so there is no label to agree with"


@dataclass(frozen=True)
class Agreement:
    """How often a judge assigns synthetic images to the class that was requested.

    Attributes:
        judge: Name of the judge's network.
        overall: Share among all synthetic images; None without a judge.
        per_class: Share among each class's synthetic images.
        n_per_class: Number of synthetic images of each class.
        real_overall: The judge's accuracy on real test images, with classes weighted by their
            numbers of synthetic images; classes without test images are left out.
        real_per_class: The judge's accuracy on each class's real test images.
        n_real: Number of real test images of the classes of the synthetic images.
        n_real_per_class: The same for each class; empty in files of earlier versions.
        reason: Why there is no agreement to report; empty otherwise.
        read_as: How many synthetic images the judge assigns to each class.
        classes_asked: Effective number of requested classes; see `modes.effective_number`.
        classes_read: Effective number of classes that the judge assigns.
        weak_features: Why the judge can't be trusted, which is the case if it is no better than
            chance on held-out and test images together; empty otherwise. A weak judge that beats
            chance is still useful, since its accuracy is reported.
    """

    judge: str
    overall: float | None = None
    per_class: dict[str, float] = field(default_factory=dict)
    n_per_class: dict[str, int] = field(default_factory=dict)
    real_overall: float | None = None
    real_per_class: dict[str, float] = field(default_factory=dict)
    n_real: int = 0
    reason: str = ""
    read_as: dict[str, int] = field(default_factory=dict)
    classes_asked: float | None = None
    classes_read: float | None = None
    weak_features: str = ""
    n_real_per_class: dict[str, int] = field(default_factory=dict)

    @property
    def interval(self) -> Interval | None:
        """The 95% interval of the share over all classes; None without a judge."""
        if self.overall is None:
            return None
        return share_interval(self.overall, sum(self.n_per_class.values()))

    @property
    def result(self) -> MetricResult:
        """The agreement as one metric; its baseline is the judge's accuracy on real images."""
        real = self.real_overall
        return MetricResult(
            "agreement",
            self.judge,
            self.overall,
            self.interval,
            n=sum(self.n_per_class.values()),
            n_real=self.n_real,
            real_baseline=None if real is None else RealBaseline(real, None, self.n_real),
            reason=self.reason,
            better="higher",
            weak_features=self.weak_features,
        )

    @property
    def gap(self) -> Interval | None:
        """The 95% interval of how much the share is below that of real test images.

        It is Newcombe's (1998, method 10) and compares classes that have test images, weighted by
        their numbers of synthetic images. None without test images, and for single classes in
        files of earlier versions, which have no numbers of test images by class.
        """
        weights = self._weights
        if not weights or not self.n_real:
            return None
        share = sum(weight * self.per_class[name] for name, weight in weights.items())
        real = sum(weight * self.real_per_class[name] for name, weight in weights.items())
        low, high = share_interval(share, sum(self.n_per_class[name] for name in weights))
        real_low, real_high = self._real_interval(real, weights)
        gap = real - share
        return (
            gap - math.hypot(real - real_low, high - share),
            gap + math.hypot(real_high - real, share - low),
        )

    def _real_interval(self, real: float, weights: dict[str, float]) -> Interval:
        """Return the 95% interval of the weighted mean of the judge's accuracy over classes."""
        if not self.n_real_per_class:
            return share_interval(real, self.n_real)
        bounds = {
            name: share_interval(self.real_per_class[name], self.n_real_per_class[name])
            for name in weights
        }
        below, above = (
            math.hypot(*(w * (self.real_per_class[n] - bounds[n][end]) for n, w in weights.items()))
            for end in (0, 1)
        )
        return real - below, real + above

    @property
    def _weights(self) -> dict[str, float]:
        """The share of each class among the synthetic images of classes with test images."""
        counts = {n: k for n, k in self.n_per_class.items() if n in self.real_per_class}
        return {name: count / sum(counts.values()) for name, count in counts.items()}

    def of_class(self, name: str) -> "Agreement":
        """Return the agreement for one class."""
        n_real = self.n_real_per_class.get(name, 0)
        return Agreement(
            self.judge,
            self.per_class[name],
            per_class={name: self.per_class[name]},
            n_per_class={name: self.n_per_class[name]},
            real_overall=self.real_per_class.get(name),
            real_per_class={k: v for k, v in self.real_per_class.items() if k == name},
            n_real=n_real,
            reason=self.reason,
            weak_features=self.weak_features,
            n_real_per_class={name: n_real} if n_real else {},
        )

    @classmethod
    def none(cls, reason: str) -> "Agreement":
        """Return an agreement that has no values but a reason."""
        return cls("none", reason=reason)


def agreement(
    judge: DomainNetwork,
    class_names: Sequence[str],
    *,
    synthetic: Tensor,
    synthetic_labels: Tensor,
    reference: Tensor,
    reference_labels: Tensor,
) -> Agreement:
    """Classify synthetic images with a judge trained on real images.

    Args:
        judge: Classifier trained on the real training images, independently of other networks.
        class_names: Names of the labels.
        synthetic: `[N, channels, S, S]` uint8, or float in [-1, 1].
        synthetic_labels: `[N]` requested classes.
        reference: `[R, channels, S, S]` uint8 real images that nothing was trained on.
        reference_labels: `[R]` their classes.

    Returns:
        The agreement, with the judge's accuracy on real images in the same class proportions;
        classes without images are left out.
    """
    if not judge.logits_mean_classes:
        return Agreement(judge.name, n_real=len(reference), reason=SINGLE_CLASS)
    predictions = describe(judge, synthetic, synthetic_labels).logits.argmax(1)
    is_correct = (predictions == synthetic_labels).double()
    real_is_correct = torch.empty(0, dtype=torch.float64)
    if len(reference):
        real_features = describe_real(judge, reference, reference_labels)
        real_is_correct = (real_features.logits.argmax(1) == reference_labels).double()
    by_class = _by_class(is_correct, synthetic_labels, class_names)
    requested, read_as, n_real_per_class = (
        _counts(labels, class_names) for labels in (synthetic_labels, predictions, reference_labels)
    )
    real_by_class = _by_class(real_is_correct, reference_labels, class_names)
    compared = {name: requested[name] for name in real_by_class if requested[name]}
    real_overall = (
        sum(count * real_by_class[name] for name, count in compared.items())
        / sum(compared.values())
        if compared
        else None
    )
    return Agreement(
        judge=judge.name,
        overall=float(is_correct.mean()),
        per_class=by_class,
        n_per_class={name: number for name, number in requested.items() if number},
        real_overall=real_overall,
        real_per_class=real_by_class,
        n_real=sum(n_real_per_class[name] for name in compared),
        reason="",
        read_as=read_as,
        classes_asked=effective_number(requested),
        classes_read=effective_number(read_as),
        weak_features=""
        if _beats_chance(judge, real_is_correct, reference_labels)
        else weakness(judge),
        n_real_per_class=n_real_per_class,
    )


def _beats_chance(judge: DomainNetwork, is_correct: Tensor, labels: Tensor) -> bool:
    """Whether the judge beats chance on test images and on images held out from its training."""
    report = judge.report
    if report is None or report.beats_chance:
        return True
    max_count = int(labels.bincount().max()) if len(labels) else 0
    num_images = report.units + len(is_correct)
    chance = (report.chance * report.units + max_count) / num_images
    accuracy = (report.held_out_accuracy * report.units + float(is_correct.sum())) / num_images
    return share_interval(accuracy, num_images)[0] > chance


def _counts(labels: Tensor, class_names: Sequence[str]) -> dict[str, int]:
    counts = labels.bincount(minlength=len(class_names)).tolist()
    return dict(zip(class_names, counts, strict=True))


def _by_class(is_correct: Tensor, labels: Tensor, class_names: Sequence[str]) -> dict[str, float]:
    return {
        name: float(is_correct[labels == label].mean())
        for label, name in enumerate(class_names)
        if (labels == label).any()
    }
