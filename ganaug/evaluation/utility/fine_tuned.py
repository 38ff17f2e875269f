"""Fine-tunes all weights of a pretrained network, after fitting a head to its features."""

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ganaug.evaluation.utility.frozen import FrozenFeatures
from ganaug.evaluation.utility.linear_head import fit_head
from ganaug.evaluation.utility.pretrained import Trunk, WithHead
from ganaug.evaluation.utility.sampling import MixSampler

# Draws of each image that the head is fitted to.
DRAWS = 20


class FineTuned(WithHead):
    """A pretrained network to train as a whole: LP-FT (Kumar et al. 2022, arXiv 2202.10054).

    A randomly initialized head would distort the features before it has learned anything, so the
    head is fitted first. Batch norms keep their statistics, since few images give poor ones.

    Args:
        trunk: The network below its head; its weights are trained.
        num_classes: Classes.
        features: Reads the features of the network as it was; shared by all trainings.

    Attributes:
        fine_tuning_rate: Peak of the learning rate; a higher one would undo the pretraining.
    """

    fine_tuning_rate = 1e-4

    def __init__(self, trunk: Trunk, num_classes: int, features: FrozenFeatures) -> None:
        super().__init__(trunk, num_classes)
        self.features, self.prepared = features, False

    def prepare(self, sampler: MixSampler) -> None:
        """Fit the head to draws of a mix, unless it was fitted before."""
        if self.prepared:
            return
        self.features.trunk.to(self.head.weight.device)
        draws = DRAWS * len(sampler.labels)
        rows = self.features.rows(sampler.with_seed(0), draws)
        decay = self.features.decay_of(sampler, draws)
        found = fit_head(*rows, num_classes=self.head.out_features, decay=decay)
        # The fitted head is for standardized features, and this one for the features themselves.
        weight = found.weight / found.deviation
        with torch.no_grad():
            self.head.weight.copy_(weight)
            self.head.bias.copy_(found.bias - weight @ found.mean)
        self.prepared = True

    def train(self, mode: bool = True) -> "FineTuned":
        """Train all weights, but keep the statistics of batch norms."""
        super().train(mode)
        norms: list[nn.Module] = [m for m in self.modules() if isinstance(m, _BatchNorm)]
        for norm in norms:
            norm.eval()
        return self
