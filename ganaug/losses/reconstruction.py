"""The terms of a variational autoencoder's ELBO, in nats per image."""

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits


def bernoulli_reconstruction(logits: Tensor, targets: Tensor) -> Tensor:
    """Return -E log p(x|z) for Bernoulli pixels, summed over the pixels of an image.

    Args:
        logits: `[N, C, S, S]`, unbounded.
        targets: `[N, C, S, S]` in [0, 1].
    """
    loss = binary_cross_entropy_with_logits(logits, targets, reduction="none")
    return loss.flatten(1).sum(dim=1).mean()


def gaussian_kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return KL(N(mean, variance) || N(0, 1)) (Kingma & Welling 2014, appendix B).

    Args:
        mean: `[N, latent_dim]`.
        log_variance: `[N, latent_dim]`.
    """
    terms = 1 + log_variance - mean.square() - log_variance.exp()
    return -0.5 * terms.sum(dim=1).mean()
