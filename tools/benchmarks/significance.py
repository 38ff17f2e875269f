"""The study of the verdict itself: how often it is right in cases whose answer is known."""

from collections.abc import Callable
from typing import NamedTuple

import torch

from benchmarks.metrics import digits, samples
from benchmarks.study import Metrics, Workspace
from ganaug.evaluation.utility.arms import Arm
from ganaug.evaluation.utility.classifiers import DataMix, Images, builder
from ganaug.evaluation.utility.study import StudyRunner, compare

SCARCE, MANY = 20, 400
REPEATS, SEEDS, STEPS = 4, 5, 200
HELPS = ("helps",)
NEVER_HELPS = ("no difference found", "hurts")
ARMS = (
    Arm("real", DataMix()),
    Arm("real + synthetic x 1", DataMix(share=0.5)),
    Arm("real + synthetic x 2", DataMix(share=2 / 3)),
)


class Case(NamedTuple):
    """What a case's synthetic images are made of: few real digits, others, and many of a model."""

    real: Images
    more: Images
    drawn: Images


def suite(workspace: Workspace) -> Metrics:
    """Ask for the verdict in 24 cases: four draws of 20 digits a class, six kinds of synthetic.

    The model was fitted on all training images, so that a person reads its digits: what 20 a class
    lack, it has.
    """
    right: dict[str, list[bool]] = {}
    false_helps = 0
    drawn = Images(*samples(workspace, MANY))
    for repeat in range(REPEATS):
        for kind, (give, answers) in KINDS.items():
            real, more, test = cut(workspace, repeat)
            made = give(Case(real, more, drawn))
            word = verdict(workspace, f"{kind}-{repeat}", real, made, test)
            right.setdefault(kind, []).append(word in answers)
            false_helps += word == "helps" and "helps" not in answers
    every = [each for own in right.values() for each in own]
    return {
        "cases": len(every),
        "right %": 100 * sum(every) / len(every),
        "said to help where it does not": false_helps,
        **{f"right with {kind} %": 100 * sum(own) / len(own) for kind, own in right.items()},
    }


def verdict(workspace: Workspace, name: str, real: Images, made: Images, test: Images) -> str:
    """Carry out a study of three arms and return its word."""
    study = StudyRunner(
        workspace.home / name,
        facts={"case": name},
        build=builder("small"),
        real=real,
        synthetic=made,
        test=test,
        num_classes=10,
        steps=STEPS,
    )
    scores = study.run(ARMS, range(SEEDS))
    return compare(scores, lambda arm: arm != "real", test.labels).verdict


def cut(workspace: Workspace, repeat: int) -> tuple[Images, Images, Images]:
    """Return few real digits, many others, and test digits."""
    data = digits(workspace)
    images, labels = data.images("train")
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(repeat))
    rows = [order[labels[order] == label] for label in range(10)]
    few, more = (
        torch.cat([own[part] for own in rows])
        for part in (slice(SCARCE), slice(SCARCE, SCARCE + MANY))
    )
    test = Images(*data.images("test", limit=4000))
    return Images(images[few], labels[few]), Images(images[more], labels[more]), test


def shuffled(case: Case) -> Images:
    """Other real images with labels dealt out at random."""
    labels = case.more.labels
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    return case.more._replace(labels=labels[order])


def noise(case: Case) -> Images:
    """Noise."""
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, case.more.images.shape, generator=generator)
    return case.more._replace(images=pixels.to(torch.uint8))


def one_mode(case: Case) -> Images:
    """One of the training images of each class, again and again."""
    images, labels = case.real.images, case.real.labels
    first = [int((labels == label).nonzero()[0]) for label in range(10)]
    rows = torch.tensor(first).repeat_interleave(SCARCE)
    return case.real._replace(images=images[rows], labels=labels[rows])


KINDS: dict[str, tuple[Callable[[Case], Images], tuple[str, ...]]] = {
    "more real images": (lambda case: case.more, HELPS),
    "a good conditional model": (lambda case: case.drawn, HELPS),
    "shuffled labels": (shuffled, NEVER_HELPS),
    "noise": (noise, NEVER_HELPS),
    "copies": (lambda case: case.real, NEVER_HELPS),
    "one image a class": (one_mode, NEVER_HELPS),
}
