"""Measure synthetic images against real ones: `python tools/evaluate.py --synthetic … --real …`."""

import argparse
import json
import os
import platform
import shlex
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ganaug.cli.parsing import device_of, parse_strictly
from ganaug.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

    from ganaug.evaluation import Agreement, FeatureNetwork, Memorization
    from ganaug.evaluation.listing import Listed

# More real images add little to a feature network or a floor, and take memory.
ENOUGH = 20_000

EXAMPLE = """\
example:
  python tools/evaluate.py --synthetic expanded/images --real mnist
"""


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line; what takes seconds to import waits until it is right."""
    parser = argparse.ArgumentParser(
        description="Says how like real images synthetic ones are, and whether their labels hold.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--synthetic", type=Path, required=True, metavar="DIR", help="class folders, or shards")
    add("--real", required=True, metavar="mnist|DIR", help="mnist, or a folder of class folders")
    add("--data-root", metavar="DIR", help="where the full MNIST is")
    add("--features", choices=("domain", "inception"), default="domain", help="default: domain")
    add("--inception-weights", type=Path, metavar="FILE", help="else they are downloaded")
    add("--n", type=int, metavar="N", help="at most N synthetic images, evenly over the classes")
    add("--seed", type=int, default=0, help="of subsets and of the floor's draws (default: 0)")
    add("--out", type=Path, metavar="FILE", help="default: metrics.json beside the images' folder")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto", help="default: auto")
    return parse_strictly(parser, arguments)


def main(arguments: list[str]) -> None:
    """Measure a folder of class folders, or what synthesize.py wrote, in files or in shards."""
    options = parse(arguments)
    if options.seed < 0:
        raise UsageError(f"--seed is {options.seed}; it must be 0 or more")
    from ganaug.synthesis.layouts import as_files, is_sharded

    if is_sharded(options.synthetic):
        options.out = options.out or options.synthetic / "metrics.json"
    with as_files(options.synthetic) as options.synthetic:
        measure(options)


def measure(options: argparse.Namespace) -> None:
    """Read both kinds of images, measure, print the table, write the file."""
    from ganaug import evaluation

    folder = evaluation.images_folder(options.synthetic)
    out = options.out or folder.resolve().parent / "metrics.json"
    evaluation.check_metrics_file(out)
    device = device_of(options.device)
    size, channels = size_of(folder)
    data = real_data(options, size, channels, shares_of_the_fit(folder))
    listed = evaluation.list_synthetic(folder, data.class_names, options.n, options.seed)
    images, labels = read_all(listed, size, channels)
    train, train_labels = data.images("train", limit=ENOUGH)
    reference, reference_labels = reference_images(data, labels)
    network = feature_network(options, data, device)
    made: dict[str, Any] = {"synthetic": images, "synthetic_labels": labels, "reference": reference}
    known: dict[str, Any] = {"train": train, "train_labels": train_labels}
    figures = evaluation.figures(network, **made, **known, seed=options.seed)
    agreed = agreement_of(data, device, **made, reference_labels=reference_labels)
    overlap, floor = evaluation.overlaps(network, **made, **known)
    memorized = memorization(data, network, device, images, train, reference)
    found = evaluation.Findings(figures, agreed, overlap, floor, memorized)
    print(f"\n{evaluation.table(found)}\n")
    evaluation.write_metrics(out, found, facts_of(options, data, network))
    print(f"metrics: {out}")


def memorization(
    data: Any,
    network: "FeatureNetwork",
    device: str,
    images: "Tensor",
    train: "Tensor",
    reference: "Tensor",
) -> "Memorization | None":
    """How many images are copies of training images, or None where too few are held out."""
    from ganaug.evaluation import DomainNetwork, TrainingMemory

    try:
        # Inception's maps are not of the domain.
        domain = (
            network
            if isinstance(network, DomainNetwork)
            else domain_network(data, "evaluate", device)
        )
        return TrainingMemory(domain, train=train, held_out=reference).judge(images)
    except UsageError:
        return None


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


def shares_of_the_fit(folder: Path) -> dict[str, float]:
    """The shares that were held out of the generator's training, as the manifest has them.

    With others, images that the generator was trained on would stand among the test images.
    """
    manifest = folder.resolve().parent / "manifest.json"
    try:
        arguments = json.loads(manifest.read_text(encoding="utf-8"))["card"]["data"]["init_args"]
        return {k: float(arguments[k]) for k in ("validation", "test") if k in arguments}
    except (OSError, ValueError, KeyError, TypeError):
        return {}  # no manifest, or another tool's: the shares that a fit takes by itself


def real_data(
    options: argparse.Namespace, size: int, channels: Literal[1, 3], shares: dict[str, float]
) -> Any:
    """The data module of the real images, at the size of the synthetic ones."""
    settings: dict[str, Any] = {"image_size": size, "channels": channels, **shares}
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

    from datamodules.reading import read_image
    from datamodules.transforms import fit_square

    def read(one: "Listed") -> np.ndarray:
        return fit_square(read_image(one.path, channels), size).reshape(size, size, channels)

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        pixels = np.stack(list(pool.map(read, listed)))
    labels = torch.tensor([one.label for one in listed])
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous(), labels


def reference_images(data: Any, labels: "Tensor") -> "tuple[Tensor, Tensor]":
    """The real test images of the classes that the synthetic ones have.

    A class that nobody asked for would count as one that the generator can't draw.
    """
    import torch

    images, classes = data.images("test")
    chosen = torch.isin(classes, labels.unique())
    return images[chosen], classes[chosen]


def agreement_of(data: Any, device: str, **images: "Tensor") -> "Agreement":
    """What the judge says, or why there is none; a figure less does not lose the others."""
    from ganaug.evaluation import Agreement, agreement

    if data.num_classes < 2:
        return Agreement.none("there is a single class, so there is no label to agree with")
    try:
        judge = domain_network(data, "judge", device)
    except UsageError as error:
        return Agreement.none(str(error))
    return agreement(judge, data.class_names, **images)


def feature_network(options: argparse.Namespace, data: Any, device: str) -> "FeatureNetwork":
    """The network that the figures are measured with."""
    from ganaug.evaluation import InceptionFeatures

    if options.features == "inception":
        return InceptionFeatures(options.inception_weights).to(device)
    return domain_network(data, "evaluate", device)


def domain_network(data: Any, purpose: str, device: str) -> Any:
    """A network trained on the real training images, kept for the next time."""
    from ganaug.evaluation import domain_features

    images, labels = data.images("train", limit=ENOUGH)
    return domain_features(
        images, labels, data.class_names, data.fingerprint, purpose=purpose, device=device
    )


def facts_of(
    options: argparse.Namespace,
    data: Any,
    network: "FeatureNetwork",
) -> dict[str, Any]:
    """What else a reader of the file needs to know."""
    import torch
    import torchmetrics

    report = getattr(network, "report", None)
    return {
        "command": shlex.join(["python", *sys.argv]),
        "real": data.describe(),
        "fingerprint": data.fingerprint,
        "seed": options.seed,
        "features": {"name": network.name, "training": vars(report) if report else None},
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "torchmetrics": torchmetrics.__version__,
        },
    }
