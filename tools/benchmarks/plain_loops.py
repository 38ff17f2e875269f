"""Training loops of dcgan without Lightning, as a reference for the speed of training."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.utils.data import DataLoader, Dataset

from ganaug.networks.convolutional import ConvolutionalDiscriminator, ConvolutionalGenerator
from ganaug.networks.space_to_depth import DoublingConvolution, HalvingConvolution
from ganaug.utils.pixels import to_float

IMAGE_SIZE, BATCH, LATENTS, CLASSES = 32, 128, 100, 10
RATE, BETAS = 4e-4, (0.5, 0.999)

Batches = Iterator[tuple[Tensor, Tensor]]


class Pictures(Dataset):
    """Data set as in tutorials: one PIL image at a time, resized and scaled to [-1, 1]."""

    def __init__(self, images: Tensor, labels: Tensor) -> None:
        from torchvision import transforms

        self.images, self.labels = images, labels
        self.change = transforms.Compose(
            [
                transforms.ToPILImage(),
                transforms.Resize(IMAGE_SIZE),
                transforms.ToTensor(),
                transforms.Normalize(0.5, 0.5),
            ]
        )

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.change(self.images[index]), self.labels[index]


def decoded_batches(root: str | None) -> Batches:
    """Yield shuffled batches endlessly from two worker processes, as tutorials do."""
    pictures = Pictures(*training_digits(root, 28))
    loader = DataLoader(pictures, BATCH, shuffle=True, drop_last=True, num_workers=2)
    while True:
        yield from loader


def batches_in_memory(root: str | None) -> Batches:
    """Yield shuffled batches endlessly from a tensor in memory."""
    images, labels = training_digits(root, IMAGE_SIZE)
    while True:
        for rows in torch.randperm(len(images)).split(BATCH)[: len(images) // BATCH]:
            yield to_float(images[rows]), labels[rows]


def training_digits(root: str | None, size: int) -> tuple[Tensor, Tensor]:
    """Return the training digits, `[N, 1, size, size]` uint8, and their labels."""
    from datamodules.mnist import MNISTDataModule

    return MNISTDataModule(root=root, image_size=size).images("train")


class Players:
    """Both networks and their optimizers.

    Args:
        width: Channels next to the image.
        tuned: Whether to use the channels-last layout, folded pixels and fused optimizers.
    """

    def __init__(self, width: int, *, tuned: bool) -> None:
        shape: dict[str, Any] = {
            "channels": 1,
            "image_size": IMAGE_SIZE,
            "num_classes": CLASSES,
            "width": width,
        }
        self.generator = ConvolutionalGenerator(latent_dim=LATENTS, **shape)
        self.discriminator = ConvolutionalDiscriminator(**shape)
        if not tuned:
            self._lay_out_plainly()
        self.generator_step, self.discriminator_step = (
            torch.optim.Adam(player.parameters(), RATE, BETAS, fused=tuned)
            for player in (self.generator, self.discriminator)
        )

    def _lay_out_plainly(self) -> None:
        # The networks convert their input to channels last, and fold pixels next to the image;
        # a textbook's don't.
        for player in (self.generator, self.discriminator):
            player.to(memory_format=torch.contiguous_format)
            for layer in player.modules():
                if isinstance(layer, HalvingConvolution | DoublingConvolution):
                    layer.folds = False
        for layers in (self.generator.layers, self.discriminator.trunk.layers):
            layers.register_forward_pre_hook(lambda _, inputs: (inputs[0].contiguous(),))

    def fake(self, labels: Tensor) -> Tensor:
        """Generate an image for each label."""
        return self.generator(torch.randn(len(labels), LATENTS), labels)

    def loss(self, images: Tensor, labels: Tensor, *, real: bool) -> Tensor:
        """Return the loss of classifying these images as real, or as generated."""
        logits = self.discriminator(images, labels).float()
        return binary_cross_entropy_with_logits(logits, torch.full_like(logits, float(real)))


def textbook_step(players: Players, images: Tensor, labels: Tensor) -> None:
    """Take a step as in tutorials: float32, with all gradients enabled."""
    fake = players.fake(labels)
    players.discriminator.zero_grad()
    players.loss(images, labels, real=True).backward()
    players.loss(fake.detach(), labels, real=False).backward()
    players.discriminator_step.step()
    players.generator.zero_grad()
    players.loss(fake, labels, real=True).backward()
    players.generator_step.step()


def tuned_step(players: Players, images: Tensor, labels: Tensor) -> None:
    """Take a step as fast as possible: bfloat16, discriminator frozen in the generator's step."""
    with torch.autocast("cpu", torch.bfloat16):
        fake = players.fake(labels)
        loss = players.loss(images, labels, real=True)
        loss = loss + players.loss(fake.detach(), labels, real=False)
    loss.backward()
    players.discriminator_step.step()
    players.discriminator_step.zero_grad()
    with frozen(players.discriminator), torch.autocast("cpu", torch.bfloat16):
        loss = players.loss(fake, labels, real=True)
        loss.backward()
    players.generator_step.step()
    players.generator_step.zero_grad()


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Disable the gradients of a network's weights."""
    network.requires_grad_(False)
    try:
        yield
    finally:
        network.requires_grad_(True)


LOOPS = {
    "textbook": (decoded_batches, textbook_step),
    "tuned": (batches_in_memory, tuned_step),
}
