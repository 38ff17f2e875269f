"""A small checkpoint in the format of a fit, for tests to save and corrupt."""

import os

from ganaug.models.gan import GAN
from ganaug.training.checkpoints import CARD_KEY

SETTINGS = {
    "image_size": 8,
    "channels": 1,
    "num_classes": 2,
    "latent_dim": 4,
    "generator_hidden": [8],
    "discriminator_hidden": [8],
}


def plain_checkpoint():
    card = {
        "model": "ganaug.models.gan.GAN",
        "class_path": "datamodules.mnist.MNISTDataModule",
        "init_args": {"root": None},
        "class_names": ["a", "b"],
        "class_counts": {"a": 3, "b": 5},
        "image_size": 8,
        "channels": 1,
        "value_range": [-1.0, 1.0],
        "fingerprint": "f",
    }
    model = GAN(**SETTINGS)
    return {"state_dict": model.state_dict(), "hyper_parameters": SETTINGS, CARD_KEY: card}


class Payload:
    """Creates a file when a pickle that contains it is loaded unsafely."""

    def __reduce__(self):
        return (os.system, ("touch executed",))
