"""A linear head on features: multinomial logistic regression with sample weights."""

from typing import NamedTuple

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor
from torch.nn.functional import cross_entropy, linear

_ITERATIONS = 200
# Stop at this relative decrease of the loss: only one image in 2,000 is then classified differently
# than at the minimum, which would take half as long again.
_ENOUGH = 1e-6


class LinearHead(NamedTuple):
    """Logistic regression on standardized features.

    Attributes:
        weight: `[K, D]`.
        bias: `[K]`.
        mean: `[D]` mean of the features that it was fitted to.
        deviation: `[D]` standard deviation of these features.
    """

    weight: Tensor
    bias: Tensor
    mean: Tensor
    deviation: Tensor

    def logits(self, features: Tensor) -> Tensor:
        """Map features `[N, D]` to logits `[N, K]`."""
        return (features - self.mean) / self.deviation @ self.weight.T + self.bias


def fit_head(
    features: Tensor,
    labels: Tensor,
    weights: Tensor,
    *,
    num_classes: int,
    decay: float,
    start: LinearHead | None = None,
) -> LinearHead:
    """Minimize the weighted mean cross-entropy plus `decay / 2` times the squared weights.

    This corresponds to scikit-learn's C = 1 / (decay · N). The minimum is found by L-BFGS and is
    unique up to a shift of the biases.

    Args:
        features: `[N, D]` float32.
        labels: `[N]` class indices, or `[N, K]` probabilities times a weight in the loss.
        weights: `[N]` weight of each image.
        num_classes: Number of classes.
        decay: Strength of the regularization.
        start: A fitted head to start from. Weights are then regularized towards its weights
            instead of zero, and features are standardized by its mean and deviation.

    Example:
        >>> features = torch.tensor([[-1.0], [1.0]])
        >>> labels = torch.tensor([0, 1])
        >>> head = fit_head(features, labels, torch.ones(2), num_classes=2, decay=0.1)
        >>> head.logits(features).argmax(1).tolist()
        [0, 1]
    """
    share = (weights / weights.sum()).float()
    mean, deviation = (start.mean, start.deviation) if start else _scale(features, share)
    standard = (features - mean) / deviation
    width = features.shape[1]
    towards = start.weight if start else torch.zeros(num_classes, width)
    bias = start.bias if start else torch.zeros(num_classes)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        parameters = torch.from_numpy(flat).float().view(num_classes, width + 1).requires_grad_()
        # Contiguous weights and `linear`, since gradients are many times slower in other layouts.
        weight, shift = parameters[:, :-1].contiguous(), parameters[:, -1]
        errors = cross_entropy(linear(standard, weight, shift), labels, reduction="none")
        value = share @ errors + decay / 2 * ((weight - towards) ** 2).sum()
        value.backward()
        assert parameters.grad is not None, "the loss depends on the weights"
        return value.item(), parameters.grad.flatten().double().numpy()

    initial = torch.cat([towards, bias[:, None]], dim=1).flatten().double().numpy()
    with torch.enable_grad():
        options = {"maxiter": _ITERATIONS, "ftol": _ENOUGH, "gtol": 1e-5}
        result = minimize(loss, initial, jac=True, method="L-BFGS-B", options=options)
    parameters = torch.from_numpy(result.x).float().view(num_classes, width + 1)
    return LinearHead(
        parameters[:, :-1].contiguous(), parameters[:, -1].contiguous(), mean, deviation
    )


def _scale(features: Tensor, share: Tensor) -> tuple[Tensor, Tensor]:
    """Return the weighted mean and standard deviation, which is 1 for constant features."""
    mean = share @ features
    deviation = (share @ (features - mean) ** 2).sqrt()
    return mean, torch.where(deviation > 1e-6, deviation, torch.ones_like(deviation))
