"""Evaluator: measures sets of synthetic images against real images that are read once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ganaug.evaluation.result import Evaluation, classes
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

    from ganaug.evaluation.features.networks import DomainNetwork, FeatureNetwork
    from ganaug.evaluation.membership.result import Membership
    from ganaug.evaluation.memorization.detector import MemorizationDetector, Pair
    from ganaug.evaluation.memorization.result import Memorization
    from ganaug.evaluation.metrics.agreement import Agreement
    from ganaug.evaluation.metrics.registry import Metric
    from ganaug.protocols import Critic

CLOSEST = 10
# More training images change little, and reading each one for MIFID takes long with slow networks.
ENOUGH, ENOUGH_OF_SLOW = 20_000, 5_000


@dataclass(frozen=True)
class MemorizationResults:
    """Copies of training images in a set, and membership attacks on the set.

    Attributes:
        overall: Memorization over all classes; None if copies can't be detected.
        missing: Why copies can't be detected; empty otherwise.
        by_class: Memorization of each class.
        distances: Percentiles of the distances to training images.
        closest: The pairs of images that are closest to each other.
        membership: Membership attacks; None if there are none.
        membership_missing: Why the attacks were not possible; empty otherwise.
    """

    overall: "Memorization | None" = None
    missing: str = ""
    by_class: "Mapping[str, Memorization]" = field(default_factory=dict)
    distances: Mapping[str, Sequence[float]] = field(default_factory=dict)
    closest: "Sequence[Pair]" = ()
    membership: "Membership | None" = None
    membership_missing: str = ""


class Evaluator:
    """Measures one set of synthetic images after another; real images are read once.

    Args:
        data: The data module of the real images.
        network: The feature network.
        device: Where to compute.
        labels: `[N]` classes of the synthetic images. Only real images of these classes are used;
            otherwise a class that was not requested would count as missing.
        seed: Seed of the draws.
        held_out: Real images to measure against, and their labels; the test images by default.
        quick: Whether to read few images and to train networks briefly.
        critic: The model that made the images, if the membership attack may use it.
    """

    def __init__(
        self,
        data: Any,
        network: "FeatureNetwork",
        device: str,
        labels: "Tensor",
        seed: int = 0,
        held_out: "tuple[Tensor, Tensor] | None" = None,
        *,
        quick: bool = False,
        critic: "Critic | None" = None,
    ) -> None:
        from torch import isin

        from ganaug.evaluation.features.feature_set import describe_real
        from ganaug.evaluation.features.networks import DomainNetwork
        from ganaug.evaluation.forecast import QUICK_IMAGES, QUICK_KNOWN

        self.data, self.network, self.device, self.seed = data, network, device, seed
        self.quick, self.known = quick, QUICK_KNOWN if quick else ENOUGH
        self.critic, self.on_test_images = critic, held_out is None
        held_out = held_out or data.images("test", limit=QUICK_IMAGES if quick else None)

        def of_classes(images: "Tensor", image_labels: "Tensor") -> "tuple[Tensor, Tensor]":
            in_classes = isin(image_labels, labels)
            return images[in_classes], image_labels[in_classes]

        self.held_out, self.held_out_labels = of_classes(*held_out)
        limit = min(self.known, ENOUGH if isinstance(network, DomainNetwork) else ENOUGH_OF_SLOW)
        train, train_labels = of_classes(*data.images("train", limit=limit))
        self.reference = describe_real(network, self.held_out, self.held_out_labels)
        self.train = describe_real(network, train, train_labels)

    def evaluate(
        self,
        images: "Tensor",
        labels: "Tensor",
        files: Sequence[str] = (),
        facts: dict[str, Any] | None = None,
    ) -> Evaluation:
        """Measure everything that can be measured.

        Args:
            images: `[N, C, S, S]` uint8.
            labels: `[N]` classes requested.
            files: File of each image.
            facts: Further entries of the result.
        """
        from ganaug.evaluation.features.feature_set import FeaturePair, describe
        from ganaug.evaluation.metrics.measure import measure, measure_by_class

        features = describe(self.network, images, labels)
        pair = FeaturePair(self.network, features, self.reference, self.train)
        names = self.data.class_names
        by_class = measure_by_class(pair, names, seed=self.seed) if len(names) > 1 else {}
        results = measure(pair, self.chosen(len(labels)), seed=self.seed)
        agreement = self.agreement(images, labels)
        memorization = self.memorization(images, labels, files)
        return Evaluation(
            results,
            agreement,
            classes(by_class, agreement, memorization.by_class),
            memorization=memorization.overall,
            memorization_missing=memorization.missing,
            distances=memorization.distances,
            closest=memorization.closest,
            facts=facts or {},
            membership=memorization.membership,
            membership_missing=memorization.membership_missing,
        )

    def chosen(self, count: int) -> "list[Metric] | None":
        """Return the metrics to measure; None for all.

        A quick evaluation of fewer images than features skips metrics of covariances, which would
        be slow and rough.
        """
        from ganaug.evaluation.metrics.registry import metrics

        too_few = self.quick and count <= self.network.num_features
        return (
            [metric for metric in metrics().values() if not metric.covariance] if too_few else None
        )

    def agreement(self, images: "Tensor", labels: "Tensor") -> "Agreement":
        """Return the agreement with the judge, or the reason if there is no judge."""
        from ganaug.evaluation.metrics.agreement import SINGLE_CLASS, Agreement, agreement

        if self.judge is None:
            return Agreement.none(SINGLE_CLASS)
        if isinstance(self.judge, UsageError):
            return Agreement.none(str(self.judge))
        return agreement(
            self.judge,
            self.data.class_names,
            synthetic=images,
            synthetic_labels=labels,
            reference=self.held_out,
            reference_labels=self.held_out_labels,
        )

    def purpose(self, purpose: str) -> str:
        """Return the name of the domain network for a purpose; a quick one may replace it."""
        from ganaug.evaluation.forecast import purpose_of

        return purpose_of(self.data, purpose, quick=self.quick)

    @cached_property
    def judge(self) -> "DomainNetwork | UsageError | None":
        """The independent classifier; None for a single class, or an error if training fails."""
        from ganaug.evaluation.features.domain import network_of

        if self.data.num_classes < 2:
            return None
        try:
            return network_of(self.data, self.purpose("judge"), self.device)
        except UsageError as error:
            return error

    @cached_property
    def detector(self) -> "MemorizationDetector | UsageError":
        """The detector of copies of training images, or an error if there are too few images."""
        from ganaug.evaluation.features.domain import network_of
        from ganaug.evaluation.features.networks import MapNetwork
        from ganaug.evaluation.memorization.detector import MemorizationDetector

        try:
            # torchmetrics' Inception gives no maps.
            network = (
                self.network
                if isinstance(self.network, MapNetwork)
                else network_of(self.data, self.purpose("evaluate"), self.device)
            )
            train, _ = self.data.images("all_train", limit=self.known)
            options: dict[str, Any] = {"mirrored": self.data.mirrors, "keep": True}
            return MemorizationDetector(network, train=train, held_out=self.held_out, **options)
        except UsageError as error:
            return error

    def memorization(
        self, images: "Tensor", labels: "Tensor", files: Sequence[str]
    ) -> MemorizationResults:
        """Return copies and membership, or why they are missing."""
        from ganaug.evaluation.membership.attacker import attack_set

        detector = self.detector
        if isinstance(detector, UsageError):
            return MemorizationResults(missing=str(detector).rstrip("."))
        maps = detector.maps(images)
        nearest = detector.find(maps)
        training_files = self.data.names("all_train", limit=self.known)
        membership, missing_reason = (
            attack_set(self, detector, maps) if self.on_test_images else (None, "")
        )
        return MemorizationResults(
            detector.compare(nearest.distances, detector.held_out.distances),
            by_class=detector.compare_by_class(
                nearest.distances, labels, self.held_out_labels, self.data.class_names
            ),
            distances=detector.percentiles(nearest),
            closest=detector.closest(nearest, files, training_files, CLOSEST),
            membership=membership,
            membership_missing=missing_reason,
        )
