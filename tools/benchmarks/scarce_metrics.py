"""Metrics of the studies of scarce sets: small classes of digits, and sunflowers."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import ganaug
from benchmarks.metrics import classes_read, digits, features
from benchmarks.study import Metrics, Workspace
from datamodules.base import ImageDataModule
from ganaug.evaluation.features.domain import network_of
from ganaug.evaluation.features.imagenet import ImageNetFeatures
from ganaug.evaluation.memorization.detector import MemorizationDetector
from ganaug.evaluation.metrics.kid import kid
from ganaug.evaluation.metrics.prdc import prdc
from ganaug.training.fitted import data_of

# Digits 0 to 4 are the large classes, 5 to 9 the small ones.
SMALL_CLASSES = range(5, 10)
SAMPLES = 1000


def small_classes_hold(workspace: Workspace) -> Metrics:
    """Measure the classes of 20 digits: agreement, recall of real test images, and copies.

    The judge and the feature network were trained on the full MNIST, at the size of the samples.
    """
    data = trained_on(workspace.run)
    full = digits(workspace, image_size=data.image_size)
    network = network_of(full, "evaluate", "cpu")
    test, test_labels = full.images("test")
    images, labels = expanded(workspace.run, SAMPLES // 2)
    small = labels >= SMALL_CLASSES.start
    correct = (classes_read(network_of(full, "judge", "cpu"), images) == labels).double()
    recalls = []
    for digit in SMALL_CLASSES:
        real = test[test_labels == digit][: SAMPLES // 2]
        recalls.append(prdc(*features(network, real, images[labels == digit])).recall)
    train, _ = data.images("train")
    memory = MemorizationDetector(network, train=train, held_out=test[::5])
    return {
        "agreement of small classes %": 100 * correct[small].mean().item(),
        "of large ones %": 100 * correct[~small].mean().item(),
        "recall of small classes": float(torch.tensor(recalls).mean()),
        "copies in small classes %": 100 * memory.judge(images[small]).copies,
    }


def sunflower_metrics(workspace: Workspace, run: Path | None = None) -> Metrics:
    """Measure a run's sunflowers against test photographs: KID, precision, recall and copies.

    They are measured in ImageNet features and in flower features, since a classifier of five kinds
    of flower uses little more than a sunflower's colors.
    """
    run = run or workspace.run
    data = trained_on(run)
    flowers = all_flowers(workspace, data.image_size)
    imagenet, network = ImageNetFeatures(), network_of(flowers, "evaluate", "cpu")
    reference = sunflowers_of(flowers, "test")
    images, _ = expanded(run, SAMPLES)
    real, fake = features(network, reference, images)
    torch.manual_seed(0)
    overlap = prdc(real, fake)
    train, _ = data.images("train")
    real_sets = {"train": train, "held_out": unseen(flowers, train)}
    by_things, by_kinds = (
        MemorizationDetector(features_of, **real_sets, mirrored=data.mirrors).judge(images)
        for features_of in (imagenet, network)
    )
    return {
        "KID by ImageNet": kid(*features(imagenet, reference, images))[0],
        "KID by kinds": kid(real, fake)[0],
        "precision": overlap.precision,
        "recall": overlap.recall,
        "copies by ImageNet %": 100 * by_things.copies,
        "copies by kinds %": 100 * by_kinds.copies,
    }


def sunflowers_of(flowers: ImageDataModule, split: str) -> Tensor:
    """Return the sunflowers of a split."""
    images, labels = flowers.images(split)
    return images[labels == flowers.class_names.index("sunflower")]


def unseen(flowers: ImageDataModule, train: Tensor) -> Tensor:
    """Return all sunflowers that were not trained on.

    With only the test photographs, the 1st percentile would depend on a single photograph.
    """
    train_bytes = {image.numpy().tobytes() for image in train}
    images = torch.cat([sunflowers_of(flowers, split) for split in ("train", "validation", "test")])
    return torch.stack([image for image in images if image.numpy().tobytes() not in train_bytes])


def expanded(run: Path, per_class: int) -> tuple[Tensor, Tensor]:
    """Write a run's images as a user does, and read them as uint8 images and labels."""
    dataset = ganaug.synthesize(run, expanded_folder(run), per_class=per_class)
    return dataset.images, dataset.labels


def expanded_folder(run: Path) -> Path:
    """Return the folder for the images of a run."""
    return run.parents[2] / f"expanded_{run.name}"


def trained_on(run: Path) -> Any:
    """Return the data that a run was fitted on."""
    return data_of(ganaug.load(run).card, None)


def all_flowers(workspace: Workspace, size: int) -> ImageDataModule:
    """Return the five kinds of flower."""
    return ganaug.ImageFolder(root=workspace.photographs, image_size=size)
