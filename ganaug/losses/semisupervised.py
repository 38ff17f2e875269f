"""Losses of a classifier of K classes that also detects fakes (Salimans et al. 2016)."""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, softplus


def source_logit(class_logits: Tensor) -> Tensor:
    """Return the logit of "real" implied by K class logits.

    The logit of the fake class is 0, so D(x) = Z / (Z + 1), where Z is the sum of the exponentials
    (Salimans et al. 2016, sec. 5), and the logit of D is log Z.

    Args:
        class_logits: `[N, K]`.

    Returns:
        `[N]`.
    """
    return torch.logsumexp(class_logits, dim=1)


def unsupervised_loss(*, real_class_logits: Tensor, fake_class_logits: Tensor) -> Tensor:
    """Return -E log D(x) - E log(1 - D(G(z))), for images with or without a label.

    Args:
        real_class_logits: `[N, K]` of real images.
        fake_class_logits: `[M, K]` of generated images.
    """
    real, fake = source_logit(real_class_logits), source_logit(fake_class_logits)
    return softplus(-real).mean() + softplus(fake).mean()


def feature_matching(*, real_features: Tensor, fake_features: Tensor) -> Tensor:
    """Return the squared distance between mean features (Salimans et al. 2016, sec. 3.1).

    The generator minimizes it instead of an adversarial loss.

    Args:
        real_features: `[N, D]`, to which no gradient flows.
        fake_features: `[M, D]`.
    """
    return (real_features.detach().mean(dim=0) - fake_features.mean(dim=0)).square().sum()


def consistency(class_logits: Tensor, teacher: Tensor, *, confidence: float) -> Tensor:
    """Return the cross-entropy with respect to a confident teacher's predictions.

    The teacher is an average of past weights (Tarvainen & Valpola 2017) that sees the original
    images, while the classifier sees augmented ones. If the teacher is confident, its most probable
    class is the label; otherwise the image is ignored (Sohn et al. 2020). With soft labels, the
    classifier would never become more confident than its teacher.

    Args:
        class_logits: `[N, K]` of augmented images.
        teacher: `[N, K]` probabilities for the original images.
        confidence: Smallest probability of the teacher's most probable class.
    """
    probability, likeliest = teacher.detach().max(dim=1)
    errors = cross_entropy(class_logits, likeliest, reduction="none")
    return (errors * (probability >= confidence)).mean()


@torch.no_grad()
def class_accuracy(class_logits: Tensor, labels: Tensor) -> Tensor:
    """Return the fraction of images whose most probable class is their label.

    Args:
        class_logits: `[N, K]` logits or probabilities.
        labels: `[N]`.

    Example:
        >>> class_accuracy(torch.eye(3), torch.tensor([0, 1, 0]))
        tensor(0.6667)
    """
    return (class_logits.argmax(1) == labels).float().mean()
