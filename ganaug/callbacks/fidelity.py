"""Fidelity: FID, KID, Inception Score, precision, recall and other metrics after each epoch."""

from collections.abc import Sequence
from typing import Literal

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_warn
from torch import Tensor

from ganaug.callbacks.drawing import FIDELITY_STREAM, classes_of, draw, in_proportion
from ganaug.evaluation.features.domain import ENOUGH, network_named
from ganaug.evaluation.features.imagenet import FeaturesName, refuse_missing
from ganaug.evaluation.features.judges import (
    features_of_fits,
    judge_of,
    refuse_flattering,
    trained_with,
)
from ganaug.evaluation.features.networks import FeatureNetwork, learned_too_little
from ganaug.evaluation.metrics.kid import KID
from ganaug.evaluation.metrics.registry import metrics as registered
from ganaug.evaluation.monitor import DEFAULT_METRICS, Curves, FidelityMonitor
from ganaug.protocols import LabelledImages
from ganaug.training.budget_keeper import is_due
from ganaug.training.trainers import data_of
from ganaug.utils.errors import UsageError
from ganaug.utils.plugins import unknown_part
from ganaug.utils.ranges import refuse_outside

# With fewer validation images, FID is too biased, and KID, which is unbiased, selects the best.
ENOUGH_FOR_FID = 200
# With fewer validation images, KID is too noisy as well, so training images are used instead.
ENOUGH_FOR_KID = 20
# Largest number of names in a warning.
MOST_NAMED = 5


def has_fid(features: FeaturesName) -> bool:
    """Whether FID is measured: it needs more images than features; ImageNet networks have 1,280."""
    return features == "domain"


def metric_to_choose_by(held_out: int, features: FeaturesName = "domain") -> str:
    """Return the metric that selects the best checkpoint for this number of validation images."""
    by_fid = has_fid(features) and held_out >= ENOUGH_FOR_FID
    return f"fidelity/{features}_{'fid' if by_fid else 'kid'}"


def check_metrics(metrics: Sequence[str], features: FeaturesName, *, by_class: bool) -> None:
    """Refuse metrics that are unknown or unavailable for these features or for single classes.

    Raises:
        UsageError: There is one; the message names it, and says what to do.
    """
    if unknown := set(metrics) - set(registered()):
        raise UsageError(unknown_part("fidelity.metrics:", min(unknown), registered()))
    if not has_fid(features) and "mifid" in metrics:
        raise UsageError(
            "fidelity.metrics has mifid, which needs more images than the 1,280 features of "
            f"fidelity.features {features}; leave it out, or use fidelity.features domain"
        )
    of_classes = [metric.name for metric in registered().values() if metric.by_class]
    if by_class and not set(metrics) & set(of_classes):
        raise UsageError(
            f"fidelity.by_class measures {', '.join(of_classes)}, and fidelity.metrics has none "
            "of them: add one, or leave by_class out"
        )


class Fidelity(Callback):
    """Logs metrics of the averaged generator as curves such as `fidelity/domain_kid`.

    The default ones are FID, KID, the Inception Score (with labels), precision, recall, density and
    coverage. Optional ones are `domain_mifid`, `domain_modes_covered`, `domain_modes_off`,
    `domain_c2st`, your own metrics, and those of each class: `fidelity_by_class/rose/domain_kid`.

    The features come from a small classifier trained on the real training images and cached on
    disk, or from an ImageNet network. With the latter, curves are called `fidelity/imagenet_kid` or
    `fidelity/lite2_kid`, and there is no FID. Samples are compared with validation images, which
    the generator never sees, or, if there are fewer than 20, with training images, with a warning.
    The best checkpoint is selected by FID, or by KID if there is no FID or there are fewer than 200
    validation images.

    Args:
        every_epochs: Number of epochs between measurements; 0 for none.
        images: Number of samples, and largest number of real images to compare them with.
        features: domain, imagenet or lite2. For photographs, the ImageNet features are better than
            any learned from a few hundred photographs, but take 30 ms or more per image on one
            core. auto means domain; for color images, if an ImageNet network helps to train the
            model, it means the other ImageNet network.
        metrics: What to measure: fid, kid, is, prdc (precision, recall, density, coverage),
            mifid, modes (covered, off), c2st (the AUC of a classifier of samples against real
            images), and any registered by `register_metric`. The metric that selects the best
            checkpoint is always measured.
        by_class: Whether to measure kid, prdc and c2st, if chosen, also for each class with at
            least 20 samples and 20 validation images, on `images` further samples of all classes.

    Raises:
        UsageError: A number is out of range, a metric is unknown, or the ImageNet network is not
            installed or helps to train the model.
    """

    def __init__(
        self,
        every_epochs: int = 1,
        images: int = 1000,
        features: FeaturesName | Literal["auto"] = "auto",
        metrics: Sequence[str] = DEFAULT_METRICS,
        by_class: bool = False,
    ) -> None:
        refuse_outside("fidelity", 0, every_epochs=every_epochs)
        refuse_outside("fidelity", 2, images=images)
        self.automatic = features == "auto"
        self.features: FeaturesName = "domain" if features == "auto" else features
        if self.features != "domain":
            refuse_missing(self.features)
        check_metrics(metrics, self.features, by_class=by_class)
        self.every_epochs, self.images = every_epochs, images
        self.metrics, self.by_class = metrics, by_class
        self.monitor: FidelityMonitor | None = None
        self.labels = torch.zeros(0, dtype=torch.long)
        self.main_metric, self.advice = "", ""
        self.warned: set[str] = set()

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Set the metric shown on screen: the one that selects the best checkpoint."""
        data = data_of(trainer)
        if self.every_epochs:
            self.settle(pl_module, data)
        self.main_metric = metric_to_choose_by(len(data.paths("validation")), self.features)

    def settle(self, model: LightningModule, data: LabelledImages) -> None:
        """Resolve the features `auto`, and refuse features that are biased in the model's favor.

        Args:
            model: The model to be fitted.
            data: The model's training data.

        Raises:
            UsageError: The features are from a network that helps to train the model, or a metric
                is unavailable for the features.
        """
        networks = trained_with(model)
        if self.automatic:
            self.automatic, self.features = False, features_of_fits(networks, data)
        refuse_flattering("fidelity.features", self.features, networks)
        check_metrics(self.metrics, self.features, by_class=self.by_class)
        judge = judge_of(networks)
        self.advice = "" if judge == "domain" else f"set fidelity.features to {judge}, or "

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Measure on rank zero if this epoch is due, and log the same values on every rank."""
        if not is_due(trainer, self.every_epochs):
            return
        curves = self.curves(trainer, pl_module) if trainer.is_global_zero else {}
        # Every rank must log, since checkpointing reads the metric on every rank.
        for name, value in trainer.strategy.broadcast(curves).items():
            pl_module.log(name, value, prog_bar=name == self.main_metric, rank_zero_only=False)

    def curves(self, trainer: Trainer, pl_module: LightningModule) -> Curves:
        """Return the metrics of samples by curve name, from the same latents each time."""
        if self.monitor is None:
            self.monitor = self.prepare(trainer, pl_module)
        by_group = {"fidelity": self.overall(self.monitor, trainer, pl_module)}
        if self.by_class:
            of_classes = self.of_classes(self.monitor, trainer, pl_module)
            by_group |= {f"fidelity_by_class/{name}": curves for name, curves in of_classes.items()}
        for name, reason in self.monitor.failed.items():
            self.warn(f"no curve of {name}: {reason}")
        return {
            f"{group}/{self.features}_{name}": value
            for group, curves in by_group.items()
            for name, value in curves.items()
        }

    def overall(
        self, monitor: FidelityMonitor, trainer: Trainer, pl_module: LightningModule
    ) -> Curves:
        """Measure samples of all classes together."""
        # Match the reference's class proportions, or a perfect generator would score badly.
        labels = self.labels[torch.arange(self.images) * len(self.labels) // self.images]
        images, drawn_labels = draw(
            trainer, pl_module, self.images, seed=FIDELITY_STREAM, labels=labels
        )
        if len(images) < self.images:
            images = images[in_proportion(drawn_labels, self.labels)]
        for name, reason in monitor.missing(len(images)).items():
            # Metrics that the user chose get a warning.
            if name not in DEFAULT_METRICS:
                self.warn(f"no curve of {name}: {reason}")
        return monitor.score(images)

    def of_classes(
        self, monitor: FidelityMonitor, trainer: Trainer, pl_module: LightningModule
    ) -> dict[str, Curves]:
        """Measure the samples of each class separately."""
        if classes_of(pl_module) < 2:
            self.warn("no curves by class: the model is unconditional or has a single class")
            return {}
        names = data_of(trainer).class_names
        samples = draw(trainer, pl_module, self.images, seed=FIDELITY_STREAM)
        curves = monitor.score_by_class(*samples, names)
        few = [name for name in names if name not in curves]
        if few:
            suffix = f" and {len(few) - MOST_NAMED} more" * (len(few) > MOST_NAMED)
            self.warn(
                f"no curves of {', '.join(few[:MOST_NAMED])}{suffix}: that takes {KID.least} "
                f"samples and {KID.least} real images to measure against of each class, and there "
                f"are {self.images} of either kind at most; raise fidelity.images, or hold more "
                "out by data.validation"
            )
        return curves

    def warn(self, message: str) -> None:
        """Print each warning once."""
        if message not in self.warned:
            self.warned.add(message)
            rank_zero_warn(f"fidelity: {message}")

    def prepare(self, trainer: Trainer, model: LightningModule) -> FidelityMonitor:
        """Train or load the feature network, and compute the statistics of the real images."""
        data = data_of(trainer)
        features = self.network(trainer, model.device)
        reference, self.labels = data.images("validation", limit=self.images)
        if len(reference) < ENOUGH_FOR_KID:
            self.warn(
                f"{len(reference)} validation images are too few to measure against "
                f"({ENOUGH_FOR_KID} are enough); the training images stand in, so best.ckpt may be "
                "one that copies them: hold more images out by data.validation, or look at "
                "last.ckpt as well"
            )
            reference, self.labels = data.images("train", limit=self.images)
        if not classes_of(model):
            # An unconditional model generates classes at their natural frequency.
            counts = torch.tensor(list(data.card()["class_counts"].values()))
            occurring = in_proportion(
                self.labels, torch.arange(len(counts)).repeat_interleave(counts)
            )
            reference, self.labels = reference[occurring], self.labels[occurring]
        return FidelityMonitor(
            features, reference, self.labels, train=self.known(data), metrics=self.wanted()
        )

    def wanted(self) -> list[str]:
        """Return the metrics to measure, including the one that selects the best checkpoint."""
        selecting = self.main_metric.removeprefix(f"fidelity/{self.features}_")
        names = [name for name in registered() if name in self.metrics or name == selecting]
        return [name for name in names if name != "fid" or has_fid(self.features)]

    def known(self, data: LabelledImages) -> Tensor | None:
        """Return training images for the metric that compares samples with them, or None."""
        if "mifid" not in self.metrics:
            return None
        return data.images("train", limit=ENOUGH)[0]

    def network(self, trainer: Trainer, device: torch.device) -> FeatureNetwork:
        """Train the feature network, or load it from the cache."""
        network = network_named(self.features, data_of(trainer), "fit", device)
        if reason := learned_too_little(network.report):
            self.warn(
                f"the network whose features are measured in {reason}. Its metrics and "
                f"best.ckpt say next to nothing; {self.advice}choose by the sheets"
            )
        return network
