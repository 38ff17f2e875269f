"""MemorizationMonitor: warns when samples are copies of training images."""

from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_only, rank_zero_warn

from ganaug.callbacks.drawing import COPYING_STREAM, draw
from ganaug.callbacks.fidelity import Fidelity
from ganaug.evaluation.features.domain import network_named
from ganaug.evaluation.features.networks import MapNetwork, learned_too_little
from ganaug.evaluation.memorization.detector import LEAST_HELD_OUT, NEIGHBORS, MemorizationDetector
from ganaug.evaluation.memorization.result import MANY_COPIES, OFTEN_NEARER
from ganaug.training.budget_keeper import is_due
from ganaug.training.trainers import callbacks_of, data_of
from ganaug.utils.ranges import refuse_outside


class MemorizationMonitor(Callback):
    """Logs the curves `memorization/copies` and `memorization/nearer_than_held_out`.

    A sample counts as a copy if it is closer to a training image than the 1st percentile of
    validation distances. Images are compared in the features that `Fidelity` uses; for photographs,
    ImageNet features find more copies. Nothing is measured with more than `up_to` training images
    or, with a warning, with fewer than six training or 20 validation images.

    Args:
        every_epochs: Number of epochs between measurements; 0 for none.
        images: Number of samples to check.
        copies: Above this fraction of copies, warn, and don't keep the epoch as the best
            checkpoint, unless chance explains them: with few validation images, the threshold is
            uncertain (see `most_copies_by_chance`).
        nearer: Also warn above this fraction of samples that are closer to a training image than a
            validation image is.
        up_to: Largest number of training images. With more, a generator memorizes few of them, and
            reading them all would take most of the monitoring's time.

    Raises:
        UsageError: A number is out of range.
    """

    def __init__(
        self,
        every_epochs: int = 1,
        images: int = 256,
        copies: float = MANY_COPIES,
        nearer: float = OFTEN_NEARER,
        up_to: int = 10_000,
    ) -> None:
        refuse_outside("memorization", 0, every_epochs=every_epochs, up_to=up_to)
        refuse_outside("memorization", 2, images=images)
        refuse_outside("memorization", 0, 1, copies=copies)
        refuse_outside("memorization", 0.5, 1, nearer=nearer)
        self.every_epochs, self.images = every_epochs, images
        self.copies, self.nearer, self.up_to = copies, nearer, up_to
        self.memory: MemorizationDetector | None = None
        self.has_copies, self.warned = False, False

    def state_dict(self) -> dict[str, Any]:
        """Return the last result and whether it was printed, for a checkpoint."""
        return {"found": self.has_copies, "warned": self.warned}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the state from a checkpoint."""
        self.warned = state_dict["warned"]
        # Checkpoints of earlier versions hold only the warning.
        self.has_copies = state_dict.get("found", False)

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Turn the check off if there are too few or too many images."""
        data = data_of(trainer)
        num_train, held_out = (len(data.paths(split)) for split in ("all_train", "validation"))
        too_few = held_out < LEAST_HELD_OUT or num_train <= NEIGHBORS
        if self.every_epochs and too_few:
            rank_zero_warn(
                f"memorization: samples are not checked for copies of training images: that takes "
                f"{LEAST_HELD_OUT} validation images and more than {NEIGHBORS} training images, "
                f"and there are {held_out} and {num_train}. data.validation is the fraction of "
                "images held out (0.1 by default)"
            )
        if num_train > self.up_to or too_few:
            self.every_epochs = 0

    @rank_zero_only
    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Check samples for copies if this epoch is due."""
        if not is_due(trainer, self.every_epochs):
            return
        if self.memory is None:
            self.memory = remember(trainer, network_beside(trainer, pl_module))
        samples, _ = draw(trainer, pl_module, self.images, seed=COPYING_STREAM)
        result = self.memory.judge(samples)
        for name, value in {"copies": result.copies, "nearer_than_held_out": result.nearer}.items():
            pl_module.log(f"memorization/{name}", value, rank_zero_only=True)
        if learned_too_little(self.memory.network.report):
            return  # the network is uninformative; `remember` has warned
        # `nearer` alone is not enough: the blurs of an early generator can be close to everything.
        self.has_copies = result.exceeds(self.copies)
        if not self.warned and (self.has_copies or result.nearer > self.nearer):
            self.warned = True
            rank_zero_warn(
                f"memorization: {result.copies:.0%} of the samples are copies of training images "
                f"({result.expected:.0%} of new real images would count as such, and up to "
                f"{result.by_chance:.0%} by chance), and {result.nearer:.0%} are nearer to them "
                "than held-out images are. With more than "
                f"{max(self.copies, result.by_chance):.0%} of copies an epoch does not become "
                "best.ckpt; to get further, "
                f"{more_augmentation(pl_module)}fit on more images"
            )


def samples_are_copies(trainer: Trainer) -> bool:
    """Whether the last check found too many copies; valid in the first process only."""
    return any(
        monitor.every_epochs and monitor.has_copies
        for monitor in callbacks_of(trainer, MemorizationMonitor)
    )


def more_augmentation(model: LightningModule) -> str:
    """Return advice to use adaptive augmentation if the model supports it; otherwise nothing."""
    could = (
        "discriminator_augmentation" in model.hparams
        and model.hparams["discriminator_augmentation"] != "adaptive"
    )
    return "set model.discriminator_augmentation to adaptive, or " if could else ""


def network_beside(trainer: Trainer, model: LightningModule) -> MapNetwork:
    """Return the feature network of `Fidelity`, on the model's device."""
    measuring = callbacks_of(trainer, Fidelity)
    features = measuring[0].features if measuring else "domain"
    return network_named(features, data_of(trainer), "fit", model.device)


def remember(trainer: Trainer, network: MapNetwork) -> MemorizationDetector:
    """Return a memorization detector for the training images."""
    data = data_of(trainer)
    if reason := learned_too_little(network.report):
        rank_zero_warn(
            f"memorization: the network that finds copies {reason}. Its curves say next to nothing"
        )
    train, held_out = (data.images(split)[0] for split in ("all_train", "validation"))
    return MemorizationDetector(network, train=train, held_out=held_out, mirrored=data.mirrors)
