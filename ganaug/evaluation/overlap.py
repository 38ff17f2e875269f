"""How synthetic images overlap with real ones, beside real images in their place."""

import torch
from torch import Tensor

from ganaug.evaluation.fidelity import stand_in
from ganaug.evaluation.manifold import NEIGHBOURS, Manifold, manifold
from ganaug.evaluation.networks import FeatureNetwork, read_features

# Images of each kind at most: distances between all pairs are taken.
MATCHED = 5_000


def overlaps(
    network: FeatureNetwork,
    *,
    synthetic: Tensor,
    synthetic_labels: Tensor,
    reference: Tensor,
    train: Tensor,
    train_labels: Tensor,
) -> tuple[Manifold | None, Manifold | None]:
    """Measure precision, recall, density and coverage, and those of real training images.

    All of as many images, since recall grows with the samples and precision with the real ones.

    Args:
        network: The feature network.
        synthetic: `[N, channels, S, S]` uint8.
        synthetic_labels: `[N]` class indices.
        reference: `[R, channels, S, S]` uint8 real images that nothing was trained on.
        train: `[T, channels, S, S]` uint8 real training images.
        train_labels: `[T]` class indices.

    Returns:
        The two, or None twice where there are too few images.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        instead = train[stand_in(train_labels, synthetic_labels)]
        count = min(MATCHED, *(len(each) for each in (synthetic, reference, instead)))
        if count <= NEIGHBOURS:
            return None, None
        real, made, known = (
            read_features(network, each[torch.randperm(len(each))[:count]])[0]
            for each in (reference, synthetic, instead)
        )
    return manifold(real, made), manifold(real, known)
