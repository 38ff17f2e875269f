"""Sets of noisy images for searches that determine whether additional images help."""

import numpy as np
from PIL import Image

from helpers.quick_classifiers import RIDGE

QUICK = {"trials": 75, "augmentation": "none", "classifier": RIDGE}
TEMPLATES = np.random.default_rng(0).normal(size=(2, 16, 16))


def write(folder, numbers, label_of=lambda label, number: label, signal=4.0, noise=30.0):
    """Write images of two classes nearly hidden by noise, so more images improve a classifier."""
    for label, name in enumerate(("a", "b")):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in numbers:
            random = np.random.default_rng([label, number])
            template = TEMPLATES[label_of(label, number)]
            pixels = 128 + signal * template + noise * random.normal(size=(16, 16))
            image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
            image.save(folder / name / f"{number}.png")
