"""Trains a classifier on mixes of real and synthetic images."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ganaug.evaluation.utility.classifiers import Build, Learner, answers, train
from ganaug.evaluation.utility.sampling import DataMix, Images, duplicates_of
from ganaug.evaluation.utility.teachers import soft_labels, useful_rows
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_float
from ganaug.utils.rng import seeded


class ArmTrainer:
    """Trains one classifier on any mix of the same images; a seed determines all draws.

    Args:
        build: Builds the classifier.
        real: Real training images.
        synthetic: Synthetic images.
        num_classes: Number of classes.
        steps: Number of batches of 64 in the training of a teacher.
        device: Where to train.
    """

    def __init__(
        self,
        build: Build,
        real: Images,
        synthetic: Images,
        *,
        num_classes: int,
        steps: int = 0,
        device: str = "cpu",
    ) -> None:
        self.build, self.real, self.synthetic = build, real, synthetic
        self.num_classes, self.steps, self.device = num_classes, steps, device
        self._cache: dict[Hashable, Any] = {}

    def check(self) -> None:
        """Try the classifier on two images, before any training.

        Raises:
            UsageError: It fails on these images, or does not return valid logits.
        """
        shape = self.real.images.shape
        try:
            with torch.random.fork_rng(devices=[]):
                network = self.build(shape[1], self.num_classes, shape[-1])
                loss = cross_entropy(network(to_float(self.real.images[:2])), self.real.labels[:2])
                if not loss.requires_grad and not isinstance(network, Learner):
                    raise TypeError("it has no weights to train")
                logits = answers(network.eval(), self.real.images[:2])
        except Exception as error:  # a user's or torchvision's code may raise anything
            reason = str(error) or type(error).__name__
            raise UsageError(
                f"classifier: it does not take these images ({reason}); it must be a torch module "
                f"that maps {[2, *shape[1:]]} to logits {[2, self.num_classes]}"
            ) from error
        if logits.shape != (min(2, len(self.real.images)), self.num_classes):
            raise UsageError(
                f"classifier: it gives {tuple(logits.shape)} for two images, and must give logits "
                f"[2, {self.num_classes}]"
            )
        if not logits.isfinite().all():
            raise UsageError(
                "classifier: it gives NaN or infinite logits before any training; fix it or its "
                "weights"
            )

    def classifier(self) -> nn.Module:
        """Return an untrained classifier, on the device to train it on."""
        shape = self.real.images.shape
        return self.build(shape[1], self.num_classes, shape[-1]).to(self.device)

    def trained(self, parts: Sequence[tuple[DataMix, int]], seed: int) -> nn.Module:
        """Return a classifier trained on each mix in turn, for its number of steps."""
        synthetic_sets = [self.synthetic_of(mix) for mix, _ in parts]
        with seeded(seed, self.device):
            network = self.classifier()
            for number, ((mix, steps), synthetic) in enumerate(
                zip(parts, synthetic_sets, strict=True)
            ):
                train(
                    network,
                    mix,
                    self.real,
                    synthetic,
                    steps=steps,
                    seed=2 * seed + number,
                    num_classes=self.num_classes,
                )
        return network

    def synthetic_of(self, mix: DataMix) -> Images:
        """Return the images that serve as synthetic ones in a mix."""
        if mix.source == "duplicates":
            return self._cached("duplicates", self._duplicates)
        if not mix.asks_teachers:
            return self.synthetic
        policy = mix.augmentation
        soft = self._cached(("soft", policy), lambda: soft_labels(self, policy))
        rows = self.synthetic.rows
        if mix.source == "useful":
            rows = self._cached(("useful", policy), lambda: self._useful_rows(soft))
        return self.synthetic._replace(targets=soft if mix.soft else None, rows=rows)

    def _useful_rows(self, soft: Tensor) -> Tensor:
        labels, rows = self.synthetic.labels, self.synthetic.rows
        if rows is None:
            return useful_rows(soft, labels)
        return rows[useful_rows(soft[rows], labels[rows])]

    def _duplicates(self) -> Images:
        return duplicates_of(self.real, self.synthetic, self.num_classes)

    def _cached(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return the result of `make`, which is called only once per key."""
        if key not in self._cache:
            self._cache[key] = make()
        return self._cache[key]
