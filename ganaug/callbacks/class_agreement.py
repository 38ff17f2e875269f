"""ClassAgreement: how often an independent classifier predicts the requested class of samples."""

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_only, rank_zero_warn

from ganaug.callbacks.drawing import AGREEMENT_STREAM, classes_of, draw
from ganaug.evaluation.features.domain import network_of
from ganaug.evaluation.features.networks import DomainNetwork, learned_too_little
from ganaug.evaluation.metrics.agreement import Agreement, agreement
from ganaug.training.budget_keeper import is_due
from ganaug.training.trainers import data_of
from ganaug.utils.ranges import refuse_outside


class ClassAgreement(Callback):
    """Draws the curves `agreement/overall`, `agreement/classes_read`, `agreement_by_class/rose`.

    The classifier is the one that `evaluate` uses: trained on the real training images, with its
    own seed and width, and cached on disk for the next run. `classes_read` is the effective number
    of classes in its predictions: how many equally frequent classes would be as varied.

    Args:
        every_epochs: Number of epochs between measurements; 0 (the default, since the classifier
            must be trained first) for none.
        images: Number of samples, spread evenly over the classes; fewer of a class if a translator
            has fewer source images.

    Raises:
        UsageError: A number is out of range.
    """

    def __init__(self, every_epochs: int = 0, images: int = 500) -> None:
        refuse_outside("agreement", 0, every_epochs=every_epochs)
        refuse_outside("agreement", 1, images=images)
        self.every_epochs, self.images = every_epochs, images
        self.judge: DomainNetwork | None = None

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Turn the curves off, with a warning, for an unconditional model or a single class."""
        classes = classes_of(pl_module)
        if self.every_epochs and classes < 2:
            rank_zero_warn(
                "agreement: there are no curves of it, since the model is unconditional or has a "
                "single class"
            )
            self.every_epochs = 0
        elif self.every_epochs and self.images < classes:
            rank_zero_warn(
                f"agreement: {self.images} samples leave out {classes - self.images} of {classes} "
                f"classes; set agreement.images to {10 * classes} or so"
            )

    @rank_zero_only
    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Measure if this epoch is due."""
        if not is_due(trainer, self.every_epochs):
            return
        if self.judge is None:
            self.judge = trained_judge(trainer, pl_module)
        agreement = self.measure(self.judge, trainer, pl_module)
        for name, value in curves_of(agreement).items():
            pl_module.log(name, value, rank_zero_only=True)

    def measure(
        self, judge: DomainNetwork, trainer: Trainer, pl_module: LightningModule
    ) -> Agreement:
        """Return the judge's agreement on samples, from the same latents each time."""
        samples, labels = draw(trainer, pl_module, self.images, seed=AGREEMENT_STREAM)
        return agreement(
            judge,
            data_of(trainer).class_names,
            synthetic=samples,
            synthetic_labels=labels,
            reference=samples[:0],
            reference_labels=labels[:0],
        )


def curves_of(result: Agreement) -> dict[str, float]:
    """Return the values of the curves by name."""
    # Neither is None for a judge of two or more classes.
    assert result.overall is not None
    assert result.classes_read is not None
    by_class = {f"agreement_by_class/{name}": share for name, share in result.per_class.items()}
    overall = {
        "agreement/overall": result.overall,
        "agreement/classes_read": result.classes_read,
    }
    return overall | by_class


def trained_judge(trainer: Trainer, model: LightningModule) -> DomainNetwork:
    """Train the judge on the training images, or load it from the cache, on the model's device."""
    judge = network_of(data_of(trainer), "judge", model.device)
    if reason := learned_too_little(judge.report):
        rank_zero_warn(f"agreement: the judge {reason}. Its curves say next to nothing")
    return judge
