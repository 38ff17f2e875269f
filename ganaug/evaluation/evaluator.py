"""evaluate: measure a set of synthetic images against real ones, and write metrics.json."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from datamodules.notes import notes_once
from ganaug.evaluation.result import Evaluation, classes
from ganaug.utils.choices import takes_choices
from ganaug.utils.errors import UsageError
from ganaug.utils.user_paths import takes_paths

if TYPE_CHECKING:
    from torch import Tensor

    from ganaug.evaluation.features.networks import DomainNetwork, FeatureNetwork
    from ganaug.evaluation.memorization.detector import MemorizationDetector
    from ganaug.evaluation.metrics.agreement import Agreement
    from ganaug.evaluation.metrics.registry import Metric
    from ganaug.protocols import Critic
    from ganaug.synthesis.dataset import SyntheticDataset

CLOSEST = 10
# More training images add little, and MIFID takes time for each: the fewer for slow networks.
ENOUGH, ENOUGH_OF_SLOW = 20_000, 5_000
SINGLE_CLASS = "there is a single class, so there is no label to agree with"


@takes_paths("data", "inception_weights", "data_root", "run", "out")
@takes_choices
@notes_once()
def evaluate(
    dataset: "SyntheticDataset | str | Path",
    data: Any = None,
    *,
    features: Literal["domain", "imagenet", "lite2", "inception"] | None = None,
    inception_weights: str | Path | None = None,
    n: int | None = None,
    seed: int = 0,
    quick: bool = False,
    device: Literal["auto", "cpu", "cuda"] = "auto",
    data_root: str | Path | None = None,
    run: Any = None,
    image_size: int | None = None,
    out: str | Path | None = None,
) -> Evaluation:
    """Measure how similar synthetic images are to real ones, and whether their labels hold.

    Every metric has a 95% interval and a real baseline, the same metric of real images. The results
    are written to metrics.json in the set's folder, with a picture of the closest pairs of a
    synthetic and a training image next to it; both are overwritten when the same set is evaluated
    again.

    Args:
        dataset: A set that synthesize wrote, shards, or images that any program made: a folder of
            class folders, or a folder with a table of file and label, or that table.
        data: The real images: a data module, mnist, a folder, or a run for the images that it was
            fitted on, or the settings of a folder (root, labels, label_column, ...) as a
            dictionary; by default those that the set's model was fitted on, as manifest.json says.
        features: Whose features: a network of your images (domain), of ImageNet (imagenet, lite2),
            or Inception; by default those that the fit was measured in.
        inception_weights: A file of Inception's weights; they are downloaded otherwise.
        n: Measure at most this many synthetic images, spread evenly over the classes.
        seed: Seed of subsets and of the draws for the real baseline.
        quick: Answer in about two minutes, by 500 images and networks that are trained briefly, and
            say how rough that is.
        device: Where to compute.
        data_root: Where the full MNIST, or the images of the fit, are now.
        run: The run or checkpoint that generated the set, to also test whether its discriminator
            can identify the training images.
        image_size: Side in pixels at which a set that another program made is compared with a
            folder of real images; by default the smaller of theirs, from 16 to 128.
        out: File for the results; metrics.json (quick: metrics-quick.json; of a part of a set:
            metrics-part.json) in the set's folder otherwise. A set at an address needs it.

    Returns:
        A mapping from the name of a metric to its result.

    Raises:
        UsageError: An argument is wrong, or the images don't fit each other.

    Example:
        >>> result = evaluate("expanded")
        >>> low, high = result["kid"].interval
        >>> low < result["kid"].value < high
        True
    """
    from ganaug.evaluation.features.choosing import (
        check,
        feature_network,
        features_for,
        networks_of,
    )
    from ganaug.evaluation.files import check_metrics_file, facts_of, write_results
    from ganaug.evaluation.forecast import QUICK_IMAGES, QUICK_KNOWN, QUICK_NOTE
    from ganaug.evaluation.leaked import checks_of
    from ganaug.evaluation.membership.attacker import critic_of
    from ganaug.evaluation.real_data import real_data
    from ganaug.synthesis.dataset import SyntheticDataset
    from ganaug.synthesis.writer.described import add_figures
    from ganaug.utils.device import choose_device

    check(features, inception_weights, seed)
    dataset = SyntheticDataset.open(dataset)
    chosen_features = features_for(dataset, features)
    chosen = dataset.select(n=QUICK_IMAGES if n is None and quick else n, seed=seed)
    kind = "-quick" if quick else "-part" if chosen.is_part else ""
    path = dataset.results_file(out, f"metrics{kind}.json")
    place = dataset.place_from(path)
    check_metrics_file(path, place)
    device_name = choose_device(device)
    data = real_data(dataset, data, data_root, image_size)
    chosen = chosen.like(data)
    images, labels = chosen.images, chosen.labels
    known, foreign = QUICK_KNOWN if quick else ENOUGH, dataset.made_elsewhere
    checks = [*dataset.checks, *checks_of(images, chosen.files, data, known, warn=foreign)]
    network = feature_network(
        chosen_features, data, device_name, inception_weights, images=len(labels), quick=quick
    )
    critic = critic_of(dataset, run)
    evaluator = Evaluator(data, network, device_name, labels, seed, quick=quick, critic=critic)
    facts = facts_of(data, network, seed) | {"short": dataset.short, "set": place}
    facts["checks"] = [each._asdict() for each in checks]
    facts |= {"quick": QUICK_NOTE} if quick else {}
    # Only if the caller chose a part: a quick evaluation always measures few images.
    facts |= {"part": True} if dataset.is_part or (n is not None and chosen.is_part) else {}
    facts |= {"trained_with": networks} if (networks := networks_of(dataset)) else {}
    found = evaluator.evaluate(images, labels, chosen.files, facts)
    found = write_results(path, found, chosen, data, evaluator.known)
    if path == dataset.results_folder / "metrics.json" and not chosen.is_part:
        add_figures(path.parent)
    return found


class Evaluator:
    """Real images and networks, ready to measure one set of synthetic images after another.

    Args:
        data: The data module of the real images.
        network: The feature network.
        device: Where to compute.
        labels: `[N]` of the synthetic images. Only real images of their classes are used: a class
            that nobody requested would count as one that the generator can't draw.
        seed: Of the draws.
        held_out: Real images, and their labels, to measure against; the test images by default.
        quick: Whether to read few images, and to take networks that are trained briefly.
        critic: The model that made the images, if an attacker is to have it.
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

        def of_classes(images: "Tensor", of: "Tensor") -> "tuple[Tensor, Tensor]":
            chosen = isin(of, labels)
            return images[chosen], of[chosen]

        self.held_out, self.held_out_labels = of_classes(*held_out)
        most = min(self.known, ENOUGH if isinstance(network, DomainNetwork) else ENOUGH_OF_SLOW)
        train, train_labels = of_classes(*data.images("train", limit=most))
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
            files: Where each image is.
            facts: What else the result is to say.
        """
        from ganaug.evaluation.features.feature_set import FeaturePair, describe
        from ganaug.evaluation.metrics.measure import measure, measure_by_class

        read = describe(self.network, images, labels)
        pair = FeaturePair(self.network, read, self.reference, self.train)
        names = self.data.class_names
        by_class = measure_by_class(pair, names, seed=self.seed) if len(names) > 1 else {}
        results = measure(pair, self.chosen(len(labels)), seed=self.seed)
        agreement = self.agreement(images, labels)
        memorization = self.memorization(images, labels, files)
        per_class = classes(by_class, agreement, memorization.pop("by_class"))
        return Evaluation(results, agreement, per_class, facts=facts or {}, **memorization)

    def chosen(self, count: int) -> "list[Metric] | None":
        """Return what is measured: all, but in a quick evaluation nothing slow that would be rough.

        Distances of covariances take more images than features.
        """
        from ganaug.evaluation.metrics.registry import metrics

        few = self.quick and count <= self.network.num_features
        return [x for x in metrics().values() if not x.covariance] if few else None

    def agreement(self, images: "Tensor", labels: "Tensor") -> "Agreement":
        """Return what the judge says, or why there is none: other metrics go on."""
        from ganaug.evaluation.metrics.agreement import Agreement, agreement

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
        """Return which domain network serves a purpose."""
        from ganaug.evaluation.forecast import purpose_of

        return purpose_of(self.data, purpose, quick=self.quick)

    @cached_property
    def judge(self) -> "DomainNetwork | UsageError | None":
        """A classifier of its own, or why there is none."""
        from ganaug.evaluation.features.domain import network_of

        if self.data.num_classes < 2:
            return None
        try:
            return network_of(self.data, self.purpose("judge"), self.device)
        except UsageError as error:
            return error

    @cached_property
    def detector(self) -> "MemorizationDetector | UsageError":
        """What looks images up among the training images, or why there is none."""
        from ganaug.evaluation.features.domain import network_of
        from ganaug.evaluation.features.networks import MapNetwork
        from ganaug.evaluation.memorization.detector import MemorizationDetector

        try:
            # Inception, as torchmetrics holds it, gives no maps.
            network = (
                self.network
                if isinstance(self.network, MapNetwork)
                else network_of(self.data, self.purpose("evaluate"), self.device)
            )
            train, _ = self.data.images("all_train", limit=self.known)
            how: dict[str, Any] = {"mirrored": self.data.mirrors, "keep": True}
            return MemorizationDetector(network, train=train, held_out=self.held_out, **how)
        except UsageError as error:
            return error

    def memorization(
        self, images: "Tensor", labels: "Tensor", files: Sequence[str]
    ) -> dict[str, Any]:
        """Return what an `Evaluation` has of copies and members, or why it is not known."""
        from ganaug.evaluation.membership.attacker import attack_set

        detector = self.detector
        if isinstance(detector, UsageError):
            return {"memorization_missing": str(detector).rstrip("."), "by_class": {}}
        maps = detector.maps(images)
        found = detector.find(maps)
        training_files = self.data.names("all_train", limit=self.known)
        return {
            "memorization": detector.compare(found.distances, detector.held_out.distances),
            "by_class": detector.compare_by_class(
                found.distances, labels, self.held_out_labels, self.data.class_names
            ),
            **(attack_set(self, detector, maps) if self.on_test_images else {}),
            "distances": detector.percentiles(found),
            "closest": detector.closest(found, files, training_files, CLOSEST),
        }
