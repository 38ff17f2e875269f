"""FID: the Fréchet distance between sets of features, by torchmetrics."""

import torch
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance

from ganaug.evaluation.metrics.registry import POSITIVE, register_metric


class AsTheyAre(nn.Identity):
    """A feature extractor that returns its input, since features are extracted beforehand."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features


@register_metric(
    "fid", title="FID", meaning="0 best", better="lower", limits=POSITIVE, least=50, covariance=True
)
def fid(real: Tensor, fake: Tensor) -> float:
    """Return the Fréchet distance between two sets of features (Heusel et al., 2017).

    Args:
        real: `[N, D]` features of real images, float64.
        fake: `[M, D]` features of synthetic images, float64.
    """
    # Only one rank computes metrics; synchronizing with the others would wait forever.
    metric = FrechetInceptionDistance(feature=AsTheyAre(real.shape[1]), sync_on_compute=False)
    metric.set_dtype(torch.float64)
    metric.update(real, real=True)
    metric.update(fake, real=False)
    return float(metric.compute())
