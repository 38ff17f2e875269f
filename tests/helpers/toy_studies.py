"""Studies on toy images: noisy 16 px images of two classes, with the top or left half bright."""

import torch
from torch import nn

from ganaug.evaluation.utility.arms import Arm
from ganaug.evaluation.utility.classifiers import DataMix, Images
from ganaug.evaluation.utility.study import StudyRunner, compare

ARMS = [Arm("real", DataMix()), Arm("both", DataMix(share=0.5))]


def stripes(count, seed, noise=90, labels=None):
    """Return `count` images with alternating classes, unless their labels are given."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 2 if labels is None else labels
    images = torch.full((count, 1, 16, 16), 100.0)
    images[labels == 0, :, :8] += 30
    images[labels == 1, :, :, :8] += 30
    images += noise * torch.randn(images.shape, generator=generator)
    return Images(images.clamp(0, 255).to(torch.uint8), labels)


def linear(channels, classes, size):
    return nn.Sequential(nn.Flatten(), nn.Linear(channels * size**2, classes))


def study(out, synthetic, steps=60, **facts):
    return StudyRunner(
        out,
        facts=facts,
        build=linear,
        real=stripes(24, 0),
        synthetic=synthetic,
        test=stripes(2000, 1),
        num_classes=2,
        steps=steps,
    )


def said(results):
    return compare(results, lambda name: name == "both", torch.arange(2000) % 2)
