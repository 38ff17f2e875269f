"""Small noisy images, and simple feature maps, for tests of membership inference."""

import torch

from ganaug.evaluation.membership.attacker import Attacker
from ganaug.evaluation.memorization.detector import MemorizationDetector

NAMES = ("a", "b")
TRAIN, HELD_OUT, CONTROL, MADE = 60, 100, 40, 100


class Maps:
    """A fixed random projection."""

    name, report = "projection", None

    def __init__(self):
        generator = torch.Generator().manual_seed(1)
        self.matrix = torch.randn(64, 32, generator=generator) / 8

    def maps(self, images):
        return images.flatten(1) @ self.matrix


def images(seed, count):
    """Return noisy images of two classes, one of them darker, with labels."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 2
    pixels = torch.randint(0, 160, (count, 1, 8, 8), generator=generator)
    return (pixels + 80 * labels[:, None, None, None]).to(torch.uint8), labels


def attacker(seed, *, mirrored=False):
    """Return an attacker and the training images."""
    train, held_out, control = (
        images(10 * seed + k, count) for k, count in enumerate((TRAIN, HELD_OUT, CONTROL))
    )
    detector = MemorizationDetector(Maps(), train=train[0], held_out=held_out[0], mirrored=mirrored)
    return Attacker(detector, train, held_out, control[0], NAMES), train[0]


def membership(found, made):
    return found.membership(found.detector.maps(made))


def changed(train):
    """Change training images slightly."""
    noise = torch.randint(-12, 13, train.shape, generator=torch.Generator().manual_seed(5))
    return (train.int() + noise).clamp(0, 255).to(torch.uint8)
