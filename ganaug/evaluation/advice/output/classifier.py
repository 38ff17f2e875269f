"""The trained classifier of an advice, stored as weights in safetensors and a card in JSON.

Neither file holds code. The card names a network of this package, timm or torchvision, which is
rebuilt; for a network of their own, users pass the function that builds it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from datamodules.reading.images.reader import ImageReader
from ganaug.evaluation.utility.choosing import ChosenClassifier, Wish, chosen_classifiers
from ganaug.evaluation.utility.frozen import FrozenClassifier
from ganaug.evaluation.utility.linear_head import LinearHead
from ganaug.evaluation.utility.pretrained import WithHead
from ganaug.evaluation.utility.sampling import Images
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_float
from ganaug.utils.pretrained import library_of

if TYPE_CHECKING:
    from ganaug.evaluation.utility.classifiers import Build

WEIGHTS, CARD = "classifier.safetensors", "classifier.json"
HEAD = "head."
SCALE = (-1.0, 1.0)
# Float images with larger absolute values have another scale; resizing may slightly overshoot 1.
LIMIT = 1.5


class Classifier(nn.Module):
    """A trained classifier, in evaluation mode.

    Args:
        network: Maps `[N, C, S, S]` in [-1, 1] to logits.
        card: Content of `classifier.json`.

    Attributes:
        card: Its classes, size, channels, pixel scale and recipe, as in `classifier.json`.
        class_names: Names of the classes, in the order of the logits.
    """

    def __init__(self, network: nn.Module, card: Mapping[str, Any]) -> None:
        super().__init__()
        self.network, self.card = network, dict(card)
        self.class_names = tuple(card["class_names"])
        self.eval().to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `[N, classes]`.

        Args:
            images: `[N, C, S, S]` with the card's channels and size, uint8 from 0 to 255 or float
                from -1 to 1.

        Raises:
            UsageError: The images have another shape, type or scale.
        """
        size, channels = self.card["image_size"], self.card["channels"]
        if images.ndim != 4 or tuple(images.shape[1:]) != (channels, size, size):
            raise UsageError(
                f"images are {' x '.join(map(str, images.shape))}; the classifier takes N x "
                f"{channels} x {size} x {size}: read files with its method read, or resize them"
            )
        if images.dtype == torch.uint8:
            return self.network(to_float(images))
        if not images.is_floating_point() or (len(images) and images.abs().max() > LIMIT):
            raise UsageError(
                "images must be uint8 from 0 to 255, or float from -1 to 1, as train_dataset "
                "gives them; rescale them"
            )
        return self.network(images.float())

    def read(self, files: Sequence[str | Path]) -> Tensor:
        """Read image files like the training images, as `[N, C, S, S]` uint8.

        Raises:
            UnreadableImageError: A file is not an image.
        """
        reader = ImageReader.of(self.card["reader"])
        pixels = np.stack([reader.read(file) for file in files])
        return torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous()


class NewHead(WithHead):
    """A frozen pretrained network with a trainable head."""

    def train(self, mode: bool = True) -> "NewHead":
        """Train only the head; the network, including its batch norms, stays fixed."""
        super().train(mode)
        self.pretrained.eval().requires_grad_(False)
        return self


def weights_of(network: nn.Module) -> dict[str, Tensor]:
    """Return the weights to store, which are only the head's for frozen features."""
    if isinstance(network, FrozenClassifier):
        assert network.head is not None, "it was trained"
        tensors = network.head._asdict()
        state = {f"{HEAD}{name}": value for name, value in tensors.items()}
    else:
        state = network.state_dict()
    return {name: value.detach().cpu().contiguous().clone() for name, value in state.items()}


def card_of(classifier: ChosenClassifier, data: Any, weights: bytes) -> dict[str, Any]:
    """Return the card of a classifier.

    Args:
        classifier: The classifier.
        data: The data module.
        weights: Content of the file with its weights.
    """
    facts = classifier.facts
    return {
        "classifier": facts["classifier"],
        "mode": facts.get("classifier_mode"),
        "pretrained": facts.get("classifier_weights"),
        "stages": facts.get("classifier_stages"),
        "class_names": list(data.class_names),
        "image_size": classifier.size,
        "channels": data.channels,
        "pixel_scale": list(SCALE),
        "reader": vars(replace(data.reader, image_size=classifier.size)),
        "sha256": hashlib.sha256(weights).hexdigest(),
    }


def load_classifier(folder: Path, build: "Build | None" = None) -> Classifier:
    """Load the classifier that `advise` wrote to a folder.

    Args:
        folder: The folder.
        build: The function that builds a network of the user's own, as in training.

    Raises:
        UsageError: The classifier is missing or damaged, or its network can't be built here.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    card = read_card(folder)
    try:
        content = (folder / WEIGHTS).read_bytes()
    except OSError as error:
        raise UsageError(f"{folder / WEIGHTS}: {error.strerror}; run advise again") from error
    if hashlib.sha256(content).hexdigest() != card["sha256"]:
        raise UsageError(f"{folder / WEIGHTS} doesn't match {CARD}; run advise again")
    try:
        return Classifier(_restore(card, load(content), build), card)
    except (SafetensorError, RuntimeError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise UsageError(
            f"{folder / WEIGHTS} does not fit the classifier {card['classifier']} ({reason}); run "
            "advise again"
        ) from error


def read_card(folder: Path) -> Mapping[str, Any]:
    """Return the card of the classifier that `advise` wrote to a folder.

    Raises:
        UsageError: The card is missing or damaged.
    """
    from ganaug.utils.safe_json import read_as

    try:
        return read_as(folder / CARD, _check_card)
    except OSError as error:
        raise UsageError(f"{folder / CARD}: {error.strerror}; run advise again") from error


def new_network(card: Mapping[str, Any], build: "Build | None" = None) -> nn.Module:
    """Return the untrained network of a card; a pretrained network has a new head.

    Args:
        card: Card of a classifier.
        build: See `load_classifier`.

    Raises:
        UsageError: The network can't be built here.
    """
    network = _build(card, build)
    if isinstance(network, FrozenClassifier):
        return NewHead(network.trunk, len(card["class_names"])).train()
    return network


def _check_card(card: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a card unless entries are missing."""
    required = ("classifier", "mode", "pretrained", "class_names", "image_size", "channels")
    try:
        missing = [name for name in (*required, "reader", "sha256") if name not in card]
    except TypeError:
        missing = ["a card"]
    if missing:
        raise UsageError(f"this is not the card of a classifier: {', '.join(missing)} is missing")
    return card


def _restore(
    card: Mapping[str, Any], state: Mapping[str, Tensor], build: "Build | None"
) -> nn.Module:
    network = _build(card, build)
    if isinstance(network, FrozenClassifier):
        tensors = {name.removeprefix(HEAD): value for name, value in state.items()}
        network.head = LinearHead(**tensors)
    else:
        network.load_state_dict(dict(state))
    return network


def _build(card: Mapping[str, Any], build: "Build | None") -> nn.Module:
    name, size, channels = card["classifier"], card["image_size"], card["channels"]
    is_user_network = not library_of(name)[0]
    if is_user_network and build is None:
        raise UsageError(
            f"build: the classifier is {name}, a function of your own, which is not imported "
            "automatically for security; import it, and give it as `build`"
        )
    if build is not None:
        if not is_user_network:
            raise UsageError(
                f"build is for a network of your own, and this is {name}; leave it out"
            )
        return build(channels, len(card["class_names"]), size)
    images = torch.zeros(1, channels, size, size, dtype=torch.uint8)
    wish = Wish(size if card["mode"] else None, mode=card["mode"])
    (classifier,) = chosen_classifiers(name, images, wish)
    if classifier.facts.get("classifier_weights") != card["pretrained"]:
        raise UsageError(
            f"the classifier {name} was trained on features of other pretrained weights than the "
            "installed ones; install the former, or run advise again"
        )
    if classifier.facts.get("classifier_stages") != card.get("stages"):
        raise UsageError(
            f"the classifier {name} was trained on features of other layers than this version of "
            "ganaug reads; run advise again"
        )
    no_images = Images(images[:0], torch.empty(0, dtype=torch.long))
    return classifier.build(no_images)(channels, len(card["class_names"]), size)
