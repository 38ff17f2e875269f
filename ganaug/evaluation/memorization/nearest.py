"""The test error of a nearest-neighbor classifier."""

from torch import Tensor

_ROWS = 500


def nearest_neighbor_error(
    images: Tensor, labels: Tensor, test_images: Tensor, test_labels: Tensor
) -> float:
    """Return the share of test images whose nearest neighbor has another label.

    Radford et al. 2015 (appendix A) evaluate class-conditional samples with a 1-nearest-neighbor
    classifier, Euclidean in pixels, that is trained on samples instead of real images.

    Args:
        images: `[N, C, S, S]` uint8 images to train on.
        labels: `[N]` their classes.
        test_images: `[M, C, S, S]` uint8 real images.
        test_labels: `[M]` their classes.
    """
    train = images.flatten(1).float()
    # |a - b|^2 = |a|^2 - 2 ab + |b|^2, and |a|^2 does not affect the order.
    squares = train.square().sum(dim=1)
    wrong = 0
    for rows, expected in zip(
        test_images.flatten(1).split(_ROWS), test_labels.split(_ROWS), strict=True
    ):
        nearest = (squares - 2 * rows.float() @ train.T).argmin(dim=1)
        wrong += int((labels[nearest] != expected).sum())
    return wrong / len(test_labels)
