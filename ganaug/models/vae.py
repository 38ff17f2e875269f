"""VAE: encoder and decoder that maximize a bound on the likelihood (Kingma & Welling 2014)."""

from typing import Any, cast

import torch
from lightning.pytorch import LightningModule
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR

from ganaug.losses.reconstruction import bernoulli_reconstruction, gaussian_kl
from ganaug.networks.autoencoder import Decoder, GaussianEncoder
from ganaug.networks.conditioning import (
    Conditional,
    condition_asked_for,
    conditioned_classes,
)
from ganaug.training.curves import log_scalars
from ganaug.training.optimization import batch_number
from ganaug.training.schedules import ScheduleName, keep_settings, scheduled
from ganaug.utils.ranges import refuse_negative, refuse_not_positive
from ganaug.utils.rng import seed_step


class VAE(LightningModule):
    """Variational autoencoder of Kingma & Welling 2014 with Bernoulli pixels.

    Training images are binarized at random in each step: a pixel is white with a probability equal
    to its brightness. The curves `vae/reconstruction` and `vae/kl` add up to `vae/negative_elbo`,
    in nats per image; those under `validation/` and `test/` are for held-out images.

    Args:
        image_size: Side of the images in pixels; taken from the data.
        channels: Channels of the images; taken from the data.
        num_classes: Number of classes; taken from the data.
        conditional: Whether encoder and decoder get the class as input: true, false, or auto (true
            if the data has two classes or more).
        latent_dim: Length of a latent vector.
        hidden: Width of each hidden layer of encoder and decoder.
        lr: Adam's learning rate.
        schedule: Schedule of the learning rate: constant, linear or cosine (both down to 0).
        kl_warm_up: Number of batches over which the weight of the KL term rises from 0 to 1. At
            full weight from the start, most latents stay unused (Sønderby et al. 2016).
        binarize: Whether to binarize images; otherwise the target is the brightness.
        seed: Random seed of training.
    """

    def __init__(
        self,
        *,
        image_size: int = 28,
        channels: int = 1,
        num_classes: int = 0,
        conditional: Conditional = "auto",
        latent_dim: int = 40,
        hidden: tuple[int, ...] = (512, 512),
        lr: float = 1e-3,
        schedule: ScheduleName = "constant",
        kl_warm_up: int = 2000,
        binarize: bool = True,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        refuse_not_positive(lr=lr, latent_dim=latent_dim, hidden=min(hidden, default=1))
        refuse_negative(kl_warm_up=kl_warm_up)
        self.latent_dim, self.lr, self.binarize, self.seed = latent_dim, lr, binarize, seed
        self.schedule, self.kl_warm_up = schedule, kl_warm_up
        self.num_classes = conditioned_classes(conditional, num_classes)
        shape = {"channels": channels, "image_size": image_size, "num_classes": self.num_classes}
        self.encoder = GaussianEncoder(latent_dim=latent_dim, hidden=hidden, **shape)
        self.decoder = Decoder(latent_dim=latent_dim, hidden=hidden[::-1], **shape)

    def configure_optimizers(self) -> tuple[list[Any], list[Any]]:
        """Return an Adam optimizer for encoder and decoder, and a schedule stepped per batch."""
        # Not fused, since Lightning can't clip gradients of fused optimizers under bfloat16.
        optimizer = torch.optim.Adam(self.parameters(), lr=self.lr)
        return scheduled([optimizer], self.schedule, self.trainer)

    def lr_scheduler_step(self, scheduler: Any, metric: Any) -> None:
        """Leave the schedule to `on_train_batch_end`.

        Lightning would step it per optimizer step, which takes several batches with
        `trainer.accumulate_grad_batches`.
        """

    def on_train_start(self) -> None:
        """Apply the optimizer settings, also to a resumed run."""
        keep_settings(self.trainer.optimizers, [self.lr], [self._schedule()])

    def on_train_batch_end(self, *_: object) -> None:
        """Step the schedule once per batch."""
        self._schedule().step()

    def _schedule(self) -> LambdaLR:
        return cast("LambdaLR", self.lr_schedulers())

    def bound(self, images: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """Return the terms of the negative ELBO, with one latent sample, in nats per image.

        Args:
            images: `[N, C, S, S]` in [-1, 1].
            labels: `[N]`.
        """
        condition = (labels,) if self.num_classes else ()
        brightness = (images + 1) / 2
        targets = torch.bernoulli(brightness) if self.binarize else brightness
        mean, log_variance = self.encoder(2 * targets - 1, *condition)
        latents = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        logits = self.decoder(latents, *condition)
        reconstruction = bernoulli_reconstruction(logits, targets)
        kl = gaussian_kl(mean, log_variance)
        return {"negative_elbo": reconstruction + kl, "reconstruction": reconstruction, "kl": kl}

    def training_step(self, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        """Return the negative ELBO as the loss, with its terms."""
        number = batch_number(self.trainer)
        seed_step(self.seed, self.global_rank, number, self.device)
        terms = self.bound(*batch)
        log_scalars(self, {f"vae/{name}": term.detach() for name, term in terms.items()})
        weight = min(1.0, (number + 1) / self.kl_warm_up) if self.kl_warm_up > 0 else 1.0
        return {"loss": terms["reconstruction"] + weight * terms["kl"]}

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_index: int) -> None:
        """Log the negative ELBO of validation images, binarized the same way in every epoch."""
        self._evaluate("validation", batch, batch_index)

    def test_step(self, batch: tuple[Tensor, Tensor], batch_index: int) -> None:
        """Log the negative ELBO of test images."""
        self._evaluate("test", batch, batch_index)

    def _evaluate(self, split: str, batch: tuple[Tensor, Tensor], batch_index: int) -> None:
        # The seed is the same on every device, since each evaluates all images.
        seed_step(0, 0, batch_index, self.device)
        terms = {f"{split}/{name}": term for name, term in self.bound(*batch).items()}
        self.log_dict(terms, batch_size=len(batch[0]), sync_dist=True)

    def sample(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Generate images of the expected brightness; see `ganaug.protocols.Sampler`."""
        logits = self.decoder(latents, *condition_asked_for(labels, self.num_classes))
        return 2 * torch.sigmoid(logits) - 1

    @torch.no_grad()
    def encode(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the mean of the latents; see `ganaug.protocols.Autoencoder`."""
        mean, _ = self.encoder(images, *condition_asked_for(labels, self.num_classes))
        return mean
