"""load: read a fitted model and the card of its data from a checkpoint, without running code."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from datamodules.reading.images.reader import ImageReader, with_old_reading
from ganaug.models.registry import class_of, models
from ganaug.protocols import Sampler, Translator
from ganaug.training.backbones import weights_may_be_missing
from ganaug.training.run import Run, checkpoint_of
from ganaug.training.setting_files import renamed
from ganaug.utils.device import choose_device
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_uint8
from ganaug.utils.user_errors import NO_MEMORY
from ganaug.utils.user_paths import takes_paths

# Keys of a checkpoint: the card of the data, and the number of images that all devices together use
# in a batch.
CARD_KEY, IMAGES_PER_BATCH = "ganaug", "images_per_batch"
# Values that reproduce models fitted before a setting existed, by class path.
SETTINGS_BEFORE = {"ganaug.models.projected.Projected": {"class_guidance": 0.0}}


@dataclass(frozen=True)
class Card:
    """What a checkpoint records about the model and its data, besides the weights.

    Attributes:
        model: Class path of the model.
        class_names: Name of each class, in the order of the labels.
        class_counts: Number of training images of each class.
        image_size: Side of the images in pixels.
        channels: Channels of the images.
        value_range: Range of the pixels that the model generates.
        fingerprint: Hash of the training images.
        data: `class_path` and `init_args` of the data module.
        features: Features in which the fit was measured, such as domain or lite2; empty if it
            wasn't measured, and in files of earlier versions.
        trained_with: Pretrained networks that helped to train the model (`protocols.Pretrained`).
    """

    model: str
    class_names: tuple[str, ...]
    class_counts: dict[str, int]
    image_size: int
    channels: int
    value_range: tuple[float, float]
    fingerprint: str
    data: dict[str, Any]
    features: str = ""
    trained_with: Sequence[str] = ()

    def __post_init__(self) -> None:
        # Here, since manifests of older sets hold cards too.
        settings = renamed(self.data["init_args"], self.data.get("class_path"))
        object.__setattr__(self, "trained_with", tuple(self.trained_with))
        object.__setattr__(self, "data", {**self.data, "init_args": with_old_reading(settings)})

    @property
    def reader(self) -> ImageReader:
        """Reads image files the same way as the model's training images."""
        shape = {"image_size": self.image_size, "channels": self.channels}
        return ImageReader.of({**self.data["init_args"], **shape})

    @classmethod
    def from_checkpoint(cls, plain: Mapping[str, Any]) -> "Card":
        """Rebuild a card from its dictionary in a checkpoint."""
        return cls(
            model=plain["model"],
            class_names=tuple(plain["class_names"]),
            class_counts=dict(plain["class_counts"]),
            image_size=plain["image_size"],
            channels=plain["channels"],
            value_range=tuple(plain["value_range"]),
            fingerprint=plain["fingerprint"],
            data={"class_path": plain["class_path"], "init_args": dict(plain["init_args"])},
            features=plain.get("features", ""),
            trained_with=plain.get("trained_with", ()),
        )

    def for_manifest(self) -> dict[str, Any]:
        """Return the card as a dictionary for a manifest, without unknown values."""
        unsaid = ("features", "trained_with")
        return {key: value for key, value in vars(self).items() if key not in unsaid or value}


@dataclass(frozen=True)
class Checkpoint:
    """A fitted model, ready to generate images, and where it came from.

    Attributes:
        model: A `Sampler` or `Translator` (see `ganaug.protocols`), in evaluation mode.
        card: What the model was fitted on: class names and counts, image size, channels.
        sha256: Hash of the checkpoint's file.
        path: The checkpoint's file.
    """

    model: Sampler | Translator
    card: Card
    sha256: str
    path: Path

    def __repr__(self) -> str:
        # The networks are left out: their layers would fill pages.
        card, size = self.card, f"{self.card.image_size} px, {self.card.channels} channel(s)"
        name = card.model.rpartition(".")[2]
        return f"Checkpoint({name}, {len(card.class_names)} class(es), {size}, {str(self.path)!r})"

    def sample(self, per_class: int = 8, *, seed: int = 0) -> tuple[Tensor, Tensor]:
        """Generate images of each class from random latents.

        Args:
            per_class: Number of images of each class, or in total if the model is unconditional.
            seed: Seed of the latents. The images are the first ones that `synthesize` writes with
                the same seed.

        Returns:
            Images `[N, channels, image_size, image_size]` uint8, and labels `[N]`.

        Raises:
            UsageError: The model translates real images (use `synthesize`), or `per_class` isn't a
                positive whole number.
        """
        from ganaug.synthesis.sources.base import image_seed, latent
        from ganaug.synthesis.strategy import whole_number

        if not (per_class := whole_number("per_class", per_class)):
            raise UsageError("per_class is 0; ask for at least one image of each class")

        if not isinstance(self.model, Sampler):
            raise UsageError(
                f"{type(self.model).__name__} draws from real images, not from latents alone; use "
                "synthesize"
            )
        device = next(self.model.parameters()).device  # type: ignore[attr-defined]  # a module
        classes, images, labels = max(1, self.model.num_classes), [], []
        for label in range(classes):
            seeds = [image_seed(seed, label, index) for index in range(per_class)]
            latents = torch.stack([latent(s, self.model.latent_dim) for s in seeds])
            batch_labels = torch.full((per_class,), label, device=device)
            with torch.no_grad():
                condition = batch_labels if self.model.num_classes else None
                images.append(to_uint8(self.model.sample(latents.to(device), condition)).cpu())
            labels.append(batch_labels.cpu())
        return torch.cat(images), torch.cat(labels)


@takes_paths("path")
def load(
    path: "str | Path | Run | Checkpoint", device: str | torch.device | None = None
) -> Checkpoint:
    """Load a fitted model. Code in the checkpoint is never run.

    Args:
        path: A run, its folder, or a checkpoint's file. For a run, the best checkpoint is loaded,
            or the last if there is no best. A model that is loaded already is moved.
        device: Device of the model: `cpu` (the default), `cuda`, one of several GPUs, such as
            `cuda:1`, or `auto` for CUDA where there is any. By default and with `auto`, a model
            that is loaded already stays where it is.

    Returns:
        The model, with `.sample(per_class=8)` and a card of its data.

    Raises:
        UsageError: The file doesn't exist, is damaged, contains code or wasn't written by a fit of
            ganaug, or its model is not registered.

    Example:
        >>> import ganaug
        >>> model = ganaug.load("runs/dcgan/version_0")
        >>> images, labels = model.sample(per_class=8)
        >>> images.shape
        torch.Size([80, 1, 28, 28])
    """
    from ganaug.training.frozen import say_other_frozen_weights

    device_name = choose_device(device or "cpu")
    if isinstance(path, Checkpoint):
        if device not in (None, "auto"):
            cast("nn.Module", path.model).to(device_name)
        return path
    path = find_checkpoint(path.folder if isinstance(path, Run) else Path(path))
    content = read_plain(path)
    if CARD_KEY not in content:
        raise UsageError(f"checkpoint {path} holds no ganaug card; give one that a fit wrote")
    try:
        card = Card.from_checkpoint({**content[CARD_KEY], "trained_with": networks_in(content)})
        settings = current_settings(content["hyper_parameters"], card.model)
        with weights_may_be_missing():
            model = _model_class(card.model, path)(**settings)
        model.load_state_dict(content["state_dict"])
    except UsageError:
        raise
    except (KeyError, TypeError, ValueError, RuntimeError, AttributeError) as error:
        raise UsageError(
            f"checkpoint {path} does not fit this version of ganaug: {_reason(error)}. Fit again, "
            "or use the version that wrote it"
        ) from error
    consequence = (
        "samples are the same, but not what the discriminator says of them, nor inversions"
    )
    say_other_frozen_weights(model, content, path, consequence)
    model = model.to(device_name).eval().requires_grad_(False)
    return Checkpoint(model, card, sha256_of(path), path)


def find_checkpoint(path: Path) -> Path:
    """Return a checkpoint's path unchanged; for a run's folder, its best checkpoint or its last.

    Raises:
        UsageError: The folder holds no checkpoint.
    """
    if not path.is_dir():
        return path
    if checkpoint := checkpoint_of(path, "best", "last"):
        return checkpoint
    raise UsageError(f"{path} holds no checkpoints/best.ckpt and no checkpoints/last.ckpt")


def current_settings(settings: Mapping[str, Any], class_path: str) -> dict[str, Any]:
    """Return a fitted model's settings by today's names, with those that did not exist yet."""
    return {**SETTINGS_BEFORE.get(class_path, {}), **renamed(settings, class_path)}


def _reason(error: Exception) -> str:
    """Return the error of a model's constructor, or of loading its weights, in one line."""
    if isinstance(error, KeyError):
        return f"it holds no {error}"
    # torch lists each weight that does not fit on its own line, below a heading.
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
            raise UsageError(f"there is no checkpoint {path}; a fit prints the path it writes")
        content = torch.load(path, map_location="cpu", weights_only=True)
    except UsageError:
        raise
    except MemoryError as error:
        # A damaged file may ask for too much.
        raise UsageError(
            f"checkpoint {path} can't be read: there is not enough memory, or it is damaged"
        ) from error
    except OSError as error:
        raise UsageError(f"checkpoint {path} can't be read: {error.strerror or error}") from error
    # A damaged file can raise almost anything: IndexError, KeyError, struct.error.
    except Exception as error:
        if NO_MEMORY.search(str(error)):
            raise
        raise UsageError(
            f"checkpoint {path} is damaged, or carries code and is refused; fit again, "
            "or take another checkpoint"
        ) from error
    if not isinstance(content, dict):
        raise UsageError(f"checkpoint {path} holds a {type(content).__name__}, not a fitted model")
    return content


def networks_in(content: Mapping[str, Any]) -> Sequence[str]:
    """Return the pretrained networks that helped to train a checkpoint's model.

    The earliest checkpoints don't record them; the setting `backbone` names the network instead.
    """
    backbone = content.get("hyper_parameters", {}).get("backbone")
    return content.get(CARD_KEY, {}).get("trained_with", (backbone,) if backbone else ())


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _model_class(class_path: str, origin: Path) -> Any:
    # Checkpoints are untrusted: only registered models are looked up by the name in the file.
    if class_path not in models().values():
        raise UsageError(
            f"checkpoint {origin} needs the model {class_path!r}, which is not registered; import "
            "the module that registers it first (`plugins`)"
        )
    return class_of(class_path)
