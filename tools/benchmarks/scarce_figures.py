"""What the studies of scarce sets measure: small classes of digits, and sunflowers."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.figures import digits, fitted
from benchmarks.study import Figures, Places, needed, run_tool
from ganaug.evaluation.features.domain import network_of

if TYPE_CHECKING:
    from torch import Tensor

    from datamodules.image_folder import ImageFolderDataModule

# Digits 0 to 4 are the large classes, 5 to 9 the small ones.
SMALL_CLASSES = range(5, 10)
SAMPLES = 1000


def small_classes_hold(places: Places) -> Figures:
    """Measure the classes of 20 digits: agreement, recall of real test images, and copies.

    The judge and the feature network were trained on the full MNIST.
    """
    import torch

    from ganaug.evaluation.features.networks import read_features
    from ganaug.evaluation.memorization.detector import MemorizationDetector
    from ganaug.evaluation.metrics.prdc import prdc

    full = digits(places)
    network = network_of(full, "evaluate", "cpu")
    test, test_labels = full.images("test")
    images, labels = expanded(places, places.run, SAMPLES // 2)
    small = labels >= SMALL_CLASSES.start
    said = read_features(network_of(full, "judge", "cpu"), images)[1].argmax(1)
    recalls = []
    for digit in SMALL_CLASSES:
        pair = [test[test_labels == digit][: SAMPLES // 2], images[labels == digit]]
        recalls.append(prdc(*(read_features(network, each)[0] for each in pair)).recall)
    train, _ = trained_on(places).images("train")
    memory = MemorizationDetector(network, train=train, held_out=test[::5])
    return {
        "agreement of small classes %": 100 * (said == labels)[small].double().mean().item(),
        "of large ones %": 100 * (said == labels)[~small].double().mean().item(),
        "recall of small classes": float(torch.tensor(recalls).mean()),
        "copies in small classes %": 100 * memory.judge(images[small]).copies,
    }


def sunflowers_like_real(places: Places) -> Figures:
    """Measure sunflowers: KID, precision and recall against test photographs, and copies."""
    return sunflower_figures(places, places.run)


def sunflower_figures(places: Places, run: Path) -> Figures:
    """Measure a run's sunflowers in features of a network of ImageNet, and of one of flowers.

    To a classifier of the five kinds of flower a sunflower's colours are nearly all there is.
    """
    import torch

    from ganaug.evaluation.features.imagenet import ImageNetFeatures
    from ganaug.evaluation.features.networks import read_features
    from ganaug.evaluation.memorization.detector import MemorizationDetector
    from ganaug.evaluation.metrics.kid import kid
    from ganaug.evaluation.metrics.prdc import prdc

    size = fitted(places, run)[1].image_size
    flowers = all_flowers(places, size)
    network = network_of(flowers, "evaluate", "cpu")
    reference = sunflowers_of(flowers, "test")
    images, _ = expanded(places, run, SAMPLES)
    real, fake = (read_features(network, each)[0] for each in (reference, images))
    wide = ImageNetFeatures()
    real_things, fake_things = (read_features(wide, each)[0] for each in (reference, images))
    torch.manual_seed(0)
    overlap = prdc(real, fake)
    data = trained_on(places, run)
    train, _ = data.images("train")
    known = {"train": train, "held_out": unseen(flowers, train)}
    by_things, by_kinds = (
        MemorizationDetector(each, **known, mirrored=data.mirrors).judge(images)
        for each in (wide, network)
    )
    return {
        "KID by ImageNet": kid(real_things, fake_things)[0],
        "KID by kinds": kid(real, fake)[0],
        "precision": overlap.precision,
        "recall": overlap.recall,
        "copies by ImageNet %": 100 * by_things.copies,
        "copies by kinds %": 100 * by_kinds.copies,
    }


def sunflowers_of(flowers: "ImageFolderDataModule", split: str) -> "Tensor":
    """The sunflowers of a split."""
    images, labels = flowers.images(split)
    return images[labels == flowers.class_names.index("sunflower")]


def unseen(flowers: "ImageFolderDataModule", train: "Tensor") -> "Tensor":
    """All sunflowers but those that were trained on.

    What the nearest in a hundred of the test photographs alone come to is one photograph's figure.
    """
    import torch

    seen = {image.numpy().tobytes() for image in train}
    known = torch.cat([sunflowers_of(flowers, split) for split in ("train", "validation", "test")])
    return torch.stack([image for image in known if image.numpy().tobytes() not in seen])


def expanded(places: Places, run: Path, per_class: int) -> "tuple[Tensor, Tensor]":
    """Write out a run's images as a user does, and read them: uint8 images and labels."""
    from ganaug.synthesis.dataset import SyntheticDataset

    out = f"expanded_{run.name}"
    run_tool(places.home, "synthesize", "--ckpt", run, "--out", out, "--per-class", per_class)
    _, card = fitted(places, run)
    dataset = SyntheticDataset(places.home / out, class_names=card.class_names)
    return dataset.images, dataset.labels


def trained_on(places: Places, run: Path | None = None) -> Any:
    """The data that a run was fitted on."""
    from ganaug.training.fitted import data_of

    return data_of(fitted(places, run)[1], None)


def all_flowers(places: Places, size: int) -> "ImageFolderDataModule":
    """The five kinds of flower as they are."""
    from datamodules.image_folder import ImageFolderDataModule

    return ImageFolderDataModule(root=flowers_of(places), image_size=size)


def flowers_of(places: Places) -> str:
    """Return the folder of photographs that the study needs."""
    return needed(places.flowers, "photographs: --flowers-root DIR, train and test")
