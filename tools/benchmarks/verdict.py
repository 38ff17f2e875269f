"""The study of the verdict itself: cases whose answer is known, and how often it is right."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.figures import digits, samples
from benchmarks.study import Figures, Places, Study

if TYPE_CHECKING:
    from ganaug.evaluation.utility.classifiers import Images

SCARCE, MANY = 20, 400
REPEATS, SEEDS, STEPS = 4, 5, 200
# Enough for digits that a person reads, from all training images: what 20 a class lack, it has.
EPOCHS = 8
HELPS = ("helps",)
NEVER_HELPS = ("no difference found", "hurts")


class Case(NamedTuple):
    """What a case's synthetic images are made of: few real digits, others, and many of a model."""

    real: "Images"
    more: "Images"
    drawn: "Images"


def suite(places: Places) -> Figures:
    """Ask for the verdict in 24 cases: four draws of 20 digits a class, six kinds of synthetic."""
    right: dict[str, list[bool]] = {}
    false_helps = 0
    drawn = of_a_model(places)
    for repeat in range(REPEATS):
        for kind, (give, answers) in KINDS.items():
            real, more, test = cut(places, repeat)
            made = give(Case(real, more, drawn))
            word = verdict(places, f"{kind}-{repeat}", real, made, test)
            right.setdefault(kind, []).append(word in answers)
            false_helps += word == "helps" and "helps" not in answers
    every = [each for own in right.values() for each in own]
    return {
        "cases": len(every),
        "right %": 100 * sum(every) / len(every),
        "said to help where it does not": false_helps,
        **{f"right with {kind} %": 100 * sum(own) / len(own) for kind, own in right.items()},
    }


def well_fitted(places: Places) -> list[Any]:
    """Fit a conditional model on all training images, from which all draws of few are cut."""
    full = ["--data.root", places.mnist] if places.mnist else []
    return ["--model", "dcgan", "--trainer.max_epochs", EPOCHS, *full]


def of_a_model(places: Places) -> "Images":
    """Draw from the study's model, as many of each digit as there are others."""
    import torch

    from ganaug.evaluation.utility.classifiers import Images

    labels = torch.arange(10).repeat_interleave(MANY)
    return Images(samples(places, labels), labels)


def verdict(places: Places, name: str, real: "Images", made: "Images", test: "Images") -> str:
    """Carry out a study of three arms and return its word."""
    from ganaug.evaluation.utility.classifiers import DataMix, builder
    from ganaug.evaluation.utility.study import Arm, StudyRunner, compare

    arms = [
        Arm("real", DataMix()),
        Arm("real + synthetic x 1", DataMix(share=0.5)),
        Arm("real + synthetic x 2", DataMix(share=2 / 3)),
    ]
    study = StudyRunner(
        places.home / name,
        facts={"case": name},
        build=builder("small"),
        real=real,
        synthetic=made,
        test=test,
        num_classes=10,
        steps=STEPS,
    )
    scores = study.run(arms, range(SEEDS))
    return compare(scores, lambda arm: arm != "real", test.labels).verdict


def cut(places: Places, repeat: int) -> "tuple[Images, Images, Images]":
    """Return few real digits, many others, and test digits."""
    import torch

    from ganaug.evaluation.utility.classifiers import Images

    data = digits(places)
    images, labels = data.images("train")
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(repeat))
    few, more = [], []
    for label in range(10):
        places_of = order[labels[order] == label]
        few.append(places_of[:SCARCE])
        more.append(places_of[SCARCE : SCARCE + MANY])
    test, test_labels = data.images("test", limit=4000)
    real, others = (Images(images[torch.cat(p)], labels[torch.cat(p)]) for p in (few, more))
    return real, others, Images(test, test_labels)


def more_real(case: Case) -> "Images":
    """Other real images."""
    return case.more


def shuffled(case: Case) -> "Images":
    """Other real images with labels dealt out at random."""
    import torch

    labels = case.more.labels
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    return case.more._replace(labels=labels[order])


def noise(case: Case) -> "Images":
    """Noise."""
    import torch

    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, case.more.images.shape, generator=generator)
    return case.more._replace(images=pixels.to(torch.uint8))


def copies(case: Case) -> "Images":
    """The training images themselves."""
    return case.real


def one_mode(case: Case) -> "Images":
    """One of the training images of each class, again and again."""
    import torch

    images, labels = case.real
    first = [int((labels == label).nonzero()[0]) for label in range(10)]
    places = torch.tensor(first).repeat_interleave(SCARCE)
    return case.real._replace(images=images[places], labels=labels[places])


def good_model(case: Case) -> "Images":
    """Samples of a conditional model that was fitted on many images."""
    return case.drawn


Give = Callable[[Case], "Images"]
KINDS: dict[str, tuple[Give, tuple[str, ...]]] = {
    "more real images": (more_real, HELPS),
    "a good conditional model": (good_model, HELPS),
    "shuffled labels": (shuffled, NEVER_HELPS),
    "noise": (noise, NEVER_HELPS),
    "copies": (copies, NEVER_HELPS),
    "one image a class": (one_mode, NEVER_HELPS),
}


VERDICT_STUDIES = {"verdict_suite": Study(well_fitted, suite)}
