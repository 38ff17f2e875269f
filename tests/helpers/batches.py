"""Batches for filters to judge, and one who judges by brightness."""

from ganaug.synthesis.sources.base import Batch


def batch(images, label=0):
    return Batch(label, range(len(images)), images)


class Brightness:
    """Holds bright images to be real."""

    def judge(self, images, labels):
        return 3 * images.flatten(1).mean(dim=1)
