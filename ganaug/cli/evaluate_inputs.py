"""What `tools/evaluate.py` reads: synthetic images, the real ones beside them, networks."""

import argparse
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ganaug.cli.manifests import data_behind, manifest_of
from ganaug.utils.errors import UsageError
from ganaug.utils.safe_json import read_json

if TYPE_CHECKING:
    from torch import Tensor

    from ganaug.evaluation.listing import Listed

# More real images add little to a feature network or a floor, and take memory.
ENOUGH = 20_000


def size_of(folder: Path) -> tuple[int, Literal[1, 3]]:
    """Side and channels of the synthetic images, as the first of them has them.

    Raises:
        UsageError: There is no image, or the first can't be read.
    """
    from PIL import Image

    from ganaug.evaluation.listing import EXTENSIONS

    for file in sorted(folder.glob("*/*")):
        if file.suffix.lower() in EXTENSIONS and not file.name.startswith((".", "real_")):
            try:
                with Image.open(file) as image:
                    grey = image.mode in ("1", "L", "LA", "I", "I;16", "F")
                    return min(image.size), 1 if grey else 3
            except OSError as error:
                raise UsageError(
                    f"{file} can't be read as an image; remove or replace it"
                ) from error
    raise UsageError(f"{folder} holds no images in class folders")


def settings_of_the_fit(folder: Path) -> dict[str, Any]:
    """The generator's training data, as far as the manifest says: `settings_of` it.

    With other shares, images that the generator was trained on would stand among the test images.
    """
    try:
        return settings_of(_beside(folder)["card"]["data"])
    except (KeyError, TypeError):
        return {}  # no manifest, or another tool's: what a fit takes by itself


def wanting(folder: Path) -> str:
    """Say how many images of a set's plan were never made, or nothing."""
    short = _beside(folder).get("short")
    if not isinstance(short, dict):
        return ""
    short = {name: count for name, count in short.items() if isinstance(count, int) and count}
    if not short:
        return ""
    named = ", ".join(f"{name} {count:,}" for name, count in short.items())
    return (
        f"of the images planned {sum(short.values()):,} were never made, and are not in these "
        f"figures ({named}): the gates turned others away"
    )


def _beside(folder: Path) -> dict[str, Any]:
    """Read the manifest beside the images; empty where there is none of ours."""
    try:
        return dict(read_json(folder.resolve().parent / "manifest.json"))
    except (OSError, ValueError, TypeError):
        return {}


def settings_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """Among a card's settings of the data the shares for validation and test, and the augmentation.

    Where the augmentation mirrors, the mirror image of a training image is a copy of it.
    """
    from ganaug.training.checkpoints import renamed

    arguments = renamed(data["init_args"])
    shares = {k: float(arguments[k]) for k in ("validation", "test") if k in arguments}
    return shares | (
        {"augmentation": arguments["augmentation"]} if "augmentation" in arguments else {}
    )


def real_data(options: argparse.Namespace, folder: Path) -> Any:
    """The data module of the real images, at the size of the synthetic ones.

    Raises:
        UsageError: Which images are meant is neither said nor known.
    """
    if options.real is None:
        try:
            return data_behind(manifest_of(folder.resolve().parent), options.data_root)
        except UsageError as error:
            raise UsageError(f"{error}; or name the real images by --real") from error
    size, channels = size_of(folder)
    settings: dict[str, Any] = {"image_size": size, "channels": channels}
    settings |= settings_of_the_fit(folder)
    if options.real.lower() == "mnist":
        from datamodules.mnist import MNISTDataModule

        settings.pop("test", None)  # MNIST has test images of its own
        return MNISTDataModule(root=options.data_root, **settings)
    from datamodules.image_folder import ImageFolderDataModule

    return ImageFolderDataModule(root=options.real, **settings)


def read_all(listed: "list[Listed]", size: int, channels: int) -> "tuple[Tensor, Tensor]":
    """Read the synthetic images: `[N, channels, size, size]` uint8 and labels `[N]`."""
    import numpy as np
    import torch

    from datamodules.augmentation import fit_square
    from datamodules.reading.image import read_image

    def read(one: "Listed") -> np.ndarray:
        return fit_square(read_image(one.path, channels), size).reshape(size, size, channels)

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        pixels = np.stack(list(pool.map(read, listed)))
    labels = torch.tensor([one.label for one in listed])
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous(), labels


def domain_network(data: Any, purpose: str, device: str) -> Any:
    """A network trained on the real training images, kept for the next time."""
    from ganaug.evaluation.features.domain import network_of

    return network_of(data, purpose, device)
