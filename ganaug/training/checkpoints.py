"""Checkpoints: the card that says what a model was fitted on, and loading without running code."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ganaug.models.registry import class_of, models
from ganaug.protocols import Sampler, Translator
from ganaug.utils.errors import UsageError

CARD_KEY = "ganaug"
# Settings as older checkpoints and runs name them.
RENAMED_SETTINGS = {
    "critic_steps": "n_critic",
    "clip": "grad_clip",
    "augment": "discriminator_augmentation",
    "average_images": "ema_halflife",
    "policy": "augmentation",
    "labelled": "labels_per_class",
}


@dataclass(frozen=True)
class Card:
    """What sampling and evaluation need to know besides the weights.

    Attributes:
        model: Class path of the model.
        class_names: Name of each class, in the order of the labels.
        class_counts: Training images of each class.
        image_size: Side of the images in pixels.
        channels: Channels of the images.
        value_range: Of the images that the model gives.
        fingerprint: Hash of the training images.
        data: `class_path` and `init_args` of the data module.
    """

    model: str
    class_names: tuple[str, ...]
    class_counts: dict[str, int]
    image_size: int
    channels: int
    value_range: tuple[float, float]
    fingerprint: str
    data: dict[str, Any]

    def __post_init__(self) -> None:
        # Here, since manifests of older sets hold cards too.
        settings = renamed(self.data["init_args"])
        object.__setattr__(self, "data", {**self.data, "init_args": settings})

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Card":
        """Rebuild a card from what a checkpoint holds."""
        return cls(
            model=plain["model"],
            class_names=tuple(plain["class_names"]),
            class_counts=dict(plain["class_counts"]),
            image_size=plain["image_size"],
            channels=plain["channels"],
            value_range=tuple(plain["value_range"]),
            fingerprint=plain["fingerprint"],
            data={"class_path": plain["class_path"], "init_args": dict(plain["init_args"])},
        )


@dataclass(frozen=True)
class Checkpoint:
    """A model ready to draw from, and where it came from."""

    model: Sampler | Translator
    card: Card
    sha256: str
    path: Path


def load(path: str | Path, device: str = "cpu") -> Checkpoint:
    """Load a model for sampling from a checkpoint that a fit wrote.

    Args:
        path: The checkpoint's file.
        device: Where the model goes, as torch names it.

    Raises:
        UsageError: There is no such file, it is damaged, it carries code, no fit of ganaug wrote
            it, or its model is not registered.
    """
    path = Path(path)
    content = read_plain(path)
    if CARD_KEY not in content:
        raise UsageError(f"checkpoint {path} holds no ganaug card; was it written by tools/fit.py?")
    try:
        card = Card.from_plain(content[CARD_KEY])
        model = _model_class(card.model, path)(**renamed(content["hyper_parameters"]))
        model.load_state_dict(content["state_dict"])
    except UsageError:
        raise
    except (KeyError, TypeError, ValueError, RuntimeError, AttributeError) as error:
        raise UsageError(
            f"checkpoint {path} does not fit this version of ganaug: {_reason(error)}. Fit again, "
            "or use the version that wrote it"
        ) from error
    return Checkpoint(model.to(device).eval().requires_grad_(False), card, sha256_of(path), path)


def renamed(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings of an older version by the names that they have today."""
    return {RENAMED_SETTINGS.get(name, name): value for name, value in settings.items()}


def _reason(error: Exception) -> str:
    """Say in a line what a model's constructor or its weights object to."""
    if isinstance(error, KeyError):
        return f"it holds no {error}"
    # torch gives each weight that does not fit a line, below a heading.
    lines = [line.strip().rstrip(".: ") for line in str(error).splitlines()]
    return ": ".join(line for line in lines[:2] if line)[:300]


def read_plain(path: Path) -> dict[str, Any]:
    """Read a checkpoint's tensors and plain values; a pickle that carries code is refused.

    Raises:
        UsageError: There is no such file, or it is not a checkpoint that can be read safely.
    """
    try:
        if path.is_dir():
            raise UsageError(f"{path} is a folder; give the file, as its checkpoints/best.ckpt")
        if not path.is_file():
            raise UsageError(
                f"there is no checkpoint {path}; tools/fit.py prints the path it writes"
            )
        content = torch.load(path, map_location="cpu", weights_only=True)
    except UsageError:
        raise
    except PermissionError as error:
        raise UsageError(f"checkpoint {path} can't be read: {error.strerror or error}") from error
    # An altered file makes the reader stumble over anything: IndexError, KeyError, struct.error.
    except Exception as error:
        raise UsageError(
            f"checkpoint {path} is damaged, or carries code and is refused; fit again, "
            "or take another checkpoint"
        ) from error
    if not isinstance(content, dict):
        raise UsageError(f"checkpoint {path} holds a {type(content).__name__}, not a fitted model")
    return content


def sha256_of(path: Path) -> str:
    """Return the file's SHA-256 as hexadecimal text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _model_class(class_path: str, origin: Path) -> Any:
    # A checkpoint comes from anywhere: what it names is only looked up among registered models.
    if class_path not in models().values():
        raise UsageError(
            f"checkpoint {origin} needs the model {class_path!r}, which is not registered; import "
            "the module that registers it first (`plugins`)"
        )
    return class_of(class_path)
