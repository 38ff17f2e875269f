"""The largest batch that a set of images can fill."""

import numpy as np

from datamodules.console import say


def fitting_batch_size(
    batch_size: int, first: np.ndarray, second: np.ndarray, labels: np.ndarray | None, ranks: int
) -> int:
    """Return the batch size, reduced with a message to the largest that every rank can fill.

    Args:
        batch_size: The requested size.
        first: Positions of the images, or of the first half of each batch.
        second: Positions of the second half of each batch; empty if batches have no halves.
        labels: Class of each image, if batches consist of pairs within classes.
        ranks: Devices that share the images.
    """
    if len(second):
        largest = 2 * (max(len(first), len(second)) // ranks)
    elif labels is not None:
        counts = np.unique(labels, return_counts=True)[1]
        largest = 2 * (int(counts[counts > 1].sum()) // ranks)
    else:
        largest = len(first) // ranks
    if batch_size <= largest or not largest:
        return batch_size
    per_device = f" on each of {ranks} devices" if ranks > 1 else ""
    say(
        f"data: batch_size is {batch_size}{per_device}, more than the training images fill; "
        f"it is now {largest}"
    )
    return largest
