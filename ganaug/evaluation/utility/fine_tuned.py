"""Fine-tunes all weights of a pretrained network, after fitting a head to its features."""

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ganaug.evaluation.utility.frozen import FrozenFeatures
from ganaug.evaluation.utility.linear_head import fit_head
from ganaug.evaluation.utility.pretrained import Trunk, WithHead
from ganaug.evaluation.utility.sampling import MixSampler

# Number of draws per image for fitting the head.
DRAWS = 20


class FineTuned(WithHead):
    """A pretrained network with all weights trained: LP-FT (Kumar et al. 2022, arXiv 2202.10054).

    A randomly initialized head would distort the features before it has learned anything, so the
    head is fitted first. Batch norms keep their statistics, since few images would give poor ones.

    Args:
        trunk: The network below its head; its weights are trained.
        num_classes: Number of classes.
        features: Features of the pretrained network, shared by all trainings.

    Attributes:
        fine_tuning_rate: Peak learning rate; a higher one would undo the pretraining.
    """

    fine_tuning_rate = 1e-4

    def __init__(self, trunk: Trunk, num_classes: int, features: FrozenFeatures) -> None:
        super().__init__(trunk, num_classes)
        self.features, self.prepared = features, False

    def prepare(self, sampler: MixSampler) -> None:
        """Fit the head to draws of a mix, unless it has been fitted."""
        if self.prepared:
            return
        self.features.trunk.to(self.head.weight.device)
        draws = DRAWS * len(sampler.labels)
        rows = self.features.rows(sampler.with_seed(0), draws)
        decay = self.features.decay_of(sampler, draws)
        fitted_head = fit_head(*rows, num_classes=self.head.out_features, decay=decay)
        # The fitted head takes standardized features, but `self.head` takes raw ones.
        weight = fitted_head.weight / fitted_head.deviation
        with torch.no_grad():
            self.head.weight.copy_(weight)
            self.head.bias.copy_(fitted_head.bias - weight @ fitted_head.mean)
        self.prepared = True

    def train(self, mode: bool = True) -> "FineTuned":
        """Set the training mode, but keep batch norms in evaluation mode."""
        super().train(mode)
        norms: list[nn.Module] = [m for m in self.modules() if isinstance(m, _BatchNorm)]
        for norm in norms:
            norm.eval()
        return self
