"""Measuring a set of images against real ones: everything that `tools/evaluate.py` finds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ganaug.cli.evaluate_inputs import ENOUGH, domain_network
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

    from ganaug.evaluation import (
        Agreement,
        DomainNetwork,
        FeatureNetwork,
        Findings,
        Memorization,
        TrainingMemory,
    )
    from ganaug.evaluation.memorization.detector import Nearest

CLOSEST = 10
# Training images that MIFID takes from a network of ImageNet or Inception, slower for each.
ENOUGH_OF_SLOW = 5_000


@dataclass(frozen=True)
class Made:
    """The images to be measured.

    Attributes:
        images: `[N, C, S, S]` uint8.
        labels: `[N]` classes asked for.
        files: Where each is.
    """

    images: "Tensor"
    labels: "Tensor"
    files: Sequence[str]


class Measuring:
    """Real images and networks, ready to measure one set of synthetic images after another.

    Args:
        data: The data module of the real images.
        network: The feature network.
        device: Where to compute.
        labels: `[N]` of the synthetic images. The real images are those of their classes: a class
            that nobody asked for would count as one that the generator can't draw.
        seed: Of the draws.
        held_out: Real images, and their labels, to measure against; the test images by default.
    """

    def __init__(
        self,
        data: Any,
        network: "FeatureNetwork",
        device: str,
        labels: "Tensor",
        seed: int,
        held_out: "tuple[Tensor, Tensor] | None" = None,
    ) -> None:
        from torch import isin

        from ganaug.evaluation import DomainNetwork, describe_real

        self.data, self.network, self.device, self.seed = data, network, device, seed

        def of_classes(images: "Tensor", classes: "Tensor") -> "tuple[Tensor, Tensor]":
            chosen = isin(classes, labels)
            return images[chosen], classes[chosen]

        self.held_out, self.held_out_labels = of_classes(*(held_out or data.images("test")))
        most = ENOUGH if isinstance(network, DomainNetwork) else ENOUGH_OF_SLOW
        train, train_labels = of_classes(*data.images("train", limit=most))
        self.reference = describe_real(network, self.held_out, self.held_out_labels)
        self.train = describe_real(network, train, train_labels)

    def findings(self, made: Made) -> "Findings":
        """Measure all that there is to be measured."""
        from ganaug import evaluation

        read = evaluation.describe(self.network, made.images, made.labels)
        sides = evaluation.Sides(self.network, read, self.reference, self.train)
        names = self.data.class_names
        by_class = evaluation.figures_by_class(sides, names, seed=self.seed)
        return evaluation.Findings(
            figures=evaluation.figures(sides, seed=self.seed),
            agreed=self.agreement(made),
            by_class=by_class if len(names) > 1 else {},
            **self.memorization(made),
        )

    def agreement(self, made: Made) -> "Agreement":
        """What the judge says, or why there is none; a figure less does not lose the others."""
        from ganaug.evaluation import Agreement
        from ganaug.evaluation.metrics.agreement import agreement

        if self.judge is None:
            return Agreement.none("there is a single class, so there is no label to agree with")
        if isinstance(self.judge, UsageError):
            return Agreement.none(str(self.judge))
        return agreement(
            self.judge,
            self.data.class_names,
            synthetic=made.images,
            synthetic_labels=made.labels,
            reference=self.held_out,
            reference_labels=self.held_out_labels,
        )

    @cached_property
    def judge(self) -> "DomainNetwork | UsageError | None":
        """A classifier of its own, or why there is none."""
        if self.data.num_classes < 2:
            return None
        try:
            return domain_network(self.data, "judge", self.device)
        except UsageError as error:
            return error

    @cached_property
    def memory(self) -> "TrainingMemory | UsageError":
        """What looks images up among the training images, or why there is none."""
        from ganaug.evaluation import MapNetwork, TrainingMemory

        try:
            # Inception, as torchmetrics holds it, gives no maps.
            network = (
                self.network
                if isinstance(self.network, MapNetwork)
                else domain_network(self.data, "evaluate", self.device)
            )
            train, _ = self.data.images("all_train", limit=ENOUGH)
            how: dict[str, Any] = {"mirrored": self.data.mirrors, "keep": True}
            return TrainingMemory(network, train=train, held_out=self.held_out, **how)
        except UsageError as error:
            return error

    def memorization(self, made: Made) -> dict[str, Any]:
        """What `Findings` has of copies, or why they can't be told."""
        if isinstance(self.memory, UsageError):
            return {"not_memorized": str(self.memory).rstrip(".")}
        found = self.memory.look_up(made.images)
        files = self.data.paths("all_train", limit=ENOUGH)
        return {
            "memorized": self.memory.compare(found.distances, self.memory.held_out.distances),
            "memorized_by_class": dict(self._copies_by_class(self.memory, found, made.labels)),
            "distances": self.memory.percentiles(found),
            "closest": self.memory.closest(found, made.files, files, CLOSEST),
        }

    def _copies_by_class(
        self, memory: "TrainingMemory", found: "Nearest", labels: "Tensor"
    ) -> "Iterator[tuple[str, Memorization]]":
        from ganaug.evaluation.memorization.detector import LEAST_HELD_OUT

        for label in labels.unique().tolist():
            held_out = memory.held_out.distances[self.held_out_labels == label]
            if len(held_out) >= LEAST_HELD_OUT and self.data.num_classes > 1:
                distances = found.distances[labels == label]
                yield self.data.class_names[label], memory.compare(distances, held_out)
