"""Flow: integrates a learned flow from noise to images in several steps (Lipman et al. 2023)."""

from typing import Any, cast

import torch
from lightning.pytorch import LightningModule
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR

from ganaug.losses.flow_matching import between, draw_times, flow_matching_loss, follow
from ganaug.networks.conditioning import Conditional, condition_asked_for, conditioned_classes
from ganaug.networks.unet import TimedUNet
from ganaug.training.curves import log_scalars
from ganaug.training.ema import EMANetwork
from ganaug.training.optimization import adam, batch_number, descend
from ganaug.training.schedules import ScheduleName, keep_settings, scheduled
from ganaug.utils.errors import UsageError
from ganaug.utils.ranges import (
    checked_betas,
    refuse_negative,
    refuse_not_below_one,
    refuse_not_positive,
)
from ganaug.utils.rng import seed_step

CURVE = "flow/loss"
# Label for "any class".
NO_LABEL = -1


class Flow(LightningModule):
    """Flow matching of Lipman et al. 2023, with a network that predicts images (Li & He 2025).

    It isn't adversarial, and covers more of the real images than a GAN, but sampling is slow: 12
    passes through the network, or 24 with guidance. The curve `flow/loss` is the squared error of
    the velocity; `validation/loss` and `test/loss` are the same for held-out images, and rise once
    the network memorizes the training images. Samples come from the averaged network, losses from
    the current one.

    Args:
        image_size: Side of the images in pixels, 4 to 7 times a power of two; taken from the data.
        channels: Channels of the images; taken from the data.
        num_classes: Number of classes; taken from the data.
        conditional: Whether the network gets the class as input: true, false, or auto (true if the
            data has two classes or more).
        width: Channels at full resolution, a multiple of 8; doubled at every halving, up to 8 times
            as many.
        blocks: Residual blocks at each resolution, both down and up.
        class_dropout: Fraction of the training images whose label is dropped, so that a conditional
            network also learns what all classes have in common. Guidance needs some.
        guidance: Weight of the class relative to what all classes have in common (Ho & Salimans
            2022): 1 is no guidance; above 1, samples are clearer examples of their class, but less
            varied.
        sampling_steps: Steps from noise to a sample.
        lr: Adam's learning rate.
        beta2: Adam's decay of the second moment.
        schedule: Schedule of the learning rate: constant, linear or cosine (both down to 0).
        accumulate: Number of batches whose gradients are accumulated for one step.
        grad_clip: Largest norm of the gradients; null for no clipping.
        ema_halflife: Half-life of the averaged network, in images; 0 for no average.
        seed: Random seed of training.

    Raises:
        UsageError: A setting is out of range; the message names it.

    Example:
        >>> model = Flow(image_size=8, width=8, sampling_steps=2)
        >>> model.sample(torch.randn(3, model.latent_dim)).shape
        torch.Size([3, 1, 8, 8])
    """

    def __init__(
        self,
        *,
        image_size: int = 28,
        channels: int = 1,
        num_classes: int = 0,
        conditional: Conditional = "auto",
        width: int = 32,
        blocks: int = 2,
        class_dropout: float = 0.1,
        guidance: float = 1.5,
        sampling_steps: int = 12,
        lr: float = 5e-4,
        beta2: float = 0.99,
        schedule: ScheduleName = "linear",
        accumulate: int = 1,
        grad_clip: float | None = 1.0,
        ema_halflife: float = 40_000,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        refuse_not_positive(
            width=width,
            blocks=blocks,
            sampling_steps=sampling_steps,
            lr=lr,
            grad_clip=grad_clip,
            accumulate=accumulate,
        )
        refuse_not_below_one(class_dropout=class_dropout)
        refuse_negative(guidance=guidance)
        if guidance != 1 and not class_dropout:
            raise UsageError(
                f"guidance is {guidance} and class_dropout is 0; with class_dropout 0, guidance "
                "must be 1"
            )
        self.automatic_optimization = False
        self.num_classes = conditioned_classes(conditional, num_classes)
        self.shape = (channels, image_size, image_size)
        self.latent_dim = channels * image_size**2
        self.class_dropout, self.guidance = class_dropout, guidance
        self.sampling_steps, self.accumulate, self.grad_clip = sampling_steps, accumulate, grad_clip
        self.lr, self.betas, self.schedule = lr, checked_betas(0.9, beta2), schedule
        self.seed = seed
        self.network = TimedUNet(
            image_size=image_size,
            channels=channels,
            num_classes=self.num_classes,
            width=width,
            blocks=blocks,
        )
        self.averaged = EMANetwork(self.network, half_life=ema_halflife)

    def configure_optimizers(self) -> tuple[list[Any], list[Any]]:
        """Return an Adam optimizer, and a schedule stepped per batch."""
        optimizer = adam(self.network.parameters(), self.lr, self.betas)
        return scheduled([optimizer], self.schedule, self.trainer)

    def on_train_start(self) -> None:
        """Apply the optimizer settings, also to a resumed run."""
        keep_settings(self.trainer.optimizers, [self.lr], [self._schedule()])

    def training_step(self, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        """Train the network on a batch of images `[N, C, S, S]` in [-1, 1] and labels `[N]`."""
        images, labels = batch
        number = batch_number(self.trainer)
        seed_step(self.seed, self.global_rank, number, self.device)
        loss = self.loss(images, self._drop_labels(labels))
        norm = descend(
            self,
            cast("Any", self.optimizers()),
            loss,
            accumulate=self.accumulate,
            step=(number + 1) % self.accumulate == 0,
            grad_clip=self.grad_clip,
        )
        batch_images = len(images) * self.trainer.world_size
        self.averaged.update(self.network, batch=number, batch_images=batch_images)
        self._schedule().step()
        watched = {CURVE: loss.detach()} | ({} if norm is None else {"flow/gradient_norm": norm})
        log_scalars(self, watched, on_screen=(CURVE,))
        return watched

    def loss(self, images: Tensor, labels: Tensor) -> Tensor:
        """Return the loss at random times; a label of -1 means any class."""
        times = draw_times(len(images), images.device)
        noisy = between(torch.randn_like(images), images, times)
        guessed = self.network(noisy, times, *((labels,) if self.num_classes else ()))
        return flow_matching_loss(guessed, images, times)

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_index: int) -> None:
        """Log the loss on validation images, with the same noise in every epoch."""
        self._evaluate("validation", batch, batch_index)

    def test_step(self, batch: tuple[Tensor, Tensor], batch_index: int) -> None:
        """Log the loss on test images."""
        self._evaluate("test", batch, batch_index)

    def sample(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Generate images with the averaged network; see `ganaug.protocols.Sampler`."""
        condition = condition_asked_for(labels, self.num_classes)
        noise = latents.float().view(-1, *self.shape)
        images = follow(
            lambda points, times: self._predict(points, times, *condition),
            noise,
            steps=self.sampling_steps,
        )
        return images.clamp(-1, 1)

    def _predict(self, points: Tensor, times: Tensor, *condition: Tensor) -> Tensor:
        if not condition or self.guidance == 1:
            return self.averaged(points, times, *condition).float()
        (labels,) = condition
        of_both = torch.cat([labels, torch.full_like(labels, NO_LABEL)])
        predicted = self.averaged(points.repeat(2, 1, 1, 1), times.repeat(2), of_both).float()
        of_class, of_any = predicted.chunk(2)
        return torch.lerp(of_any, of_class, self.guidance)

    def _drop_labels(self, labels: Tensor) -> Tensor:
        dropped = torch.rand(labels.shape, device=labels.device) < self.class_dropout
        return labels.masked_fill(dropped, NO_LABEL)

    def _evaluate(self, split: str, batch: tuple[Tensor, Tensor], batch_index: int) -> None:
        # The seed is the same on every device, since each evaluates all images.
        seed_step(0, 0, batch_index, self.device)
        images, labels = batch
        self.log(f"{split}/loss", self.loss(images, labels), batch_size=len(images), sync_dist=True)

    def _schedule(self) -> LambdaLR:
        return cast("LambdaLR", self.lr_schedulers())
