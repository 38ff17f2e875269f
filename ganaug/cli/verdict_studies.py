"""The study of the verdict itself: cases whose answer is known, and how often it is right."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ganaug.cli.figures import digits
from ganaug.cli.study import Figures, Places, Study

if TYPE_CHECKING:
    from ganaug.evaluation.downstream import Images

SCARCE, MANY = 20, 400
REPEATS, SEEDS, STEPS = 4, 5, 200
HELPS = ("helps",)
NEVER_HELPS = ("no difference found", "hurts")


def suite(places: Places) -> Figures:
    """Ask for the verdict in 20 cases: four draws of 20 digits a class, five kinds of synthetic."""
    right: dict[str, list[bool]] = {}
    false_helps = 0
    for repeat in range(REPEATS):
        for kind, (give, answers) in KINDS.items():
            real, more, test = cut(places, repeat)
            word = verdict(places, f"{kind}-{repeat}", real, give(real, more), test)
            right.setdefault(kind, []).append(word in answers)
            false_helps += word == "helps" and "helps" not in answers
    every = [each for own in right.values() for each in own]
    return {
        "cases": len(every),
        "right %": 100 * sum(every) / len(every),
        "said to help where it does not": false_helps,
        **{f"right with {kind} %": 100 * sum(own) / len(own) for kind, own in right.items()},
    }


def verdict(places: Places, name: str, real: "Images", made: "Images", test: "Images") -> str:
    """Carry out a study of three arms and return its word."""
    from ganaug.evaluation.downstream import Diet, builder
    from ganaug.evaluation.utility import Arm, outcome
    from ganaug.evaluation.utility import Study as Utility

    arms = [
        Arm("real", Diet()),
        Arm("real + synthetic x 1", Diet(share=0.5)),
        Arm("real + synthetic x 2", Diet(share=2 / 3)),
    ]
    study = Utility(
        places.home / name,
        facts={"case": name},
        build=builder("small"),
        real=real,
        synthetic=made,
        test=test,
        num_classes=10,
        steps=STEPS,
    )
    counts = test.labels.bincount().tolist()
    return outcome(study.run(arms, range(SEEDS)), lambda arm: arm != "real", counts).word


def cut(places: Places, repeat: int) -> "tuple[Images, Images, Images]":
    """Return few real digits, many others, and test digits."""
    import torch

    from ganaug.evaluation.downstream import Images

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


def more_real(real: "Images", more: "Images") -> "Images":
    """Other real images."""
    del real
    return more


def shuffled(real: "Images", more: "Images") -> "Images":
    """Other real images with labels dealt out at random."""
    import torch

    from ganaug.evaluation.downstream import Images

    del real
    order = torch.randperm(len(more.labels), generator=torch.Generator().manual_seed(0))
    return Images(more.images, more.labels[order])


def noise(real: "Images", more: "Images") -> "Images":
    """Noise."""
    import torch

    from ganaug.evaluation.downstream import Images

    del real
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, more.images.shape, generator=generator)
    return Images(pixels.to(torch.uint8), more.labels)


def copies(real: "Images", more: "Images") -> "Images":
    """The training images themselves."""
    del more
    return real


def one_mode(real: "Images", more: "Images") -> "Images":
    """One of the training images of each class, again and again."""
    import torch

    from ganaug.evaluation.downstream import Images

    del more
    first = [int((real.labels == label).nonzero()[0]) for label in range(10)]
    places = torch.tensor(first).repeat_interleave(SCARCE)
    return Images(real.images[places], real.labels[places])


Give = Callable[["Images", "Images"], "Images"]
KINDS: dict[str, tuple[Give, tuple[str, ...]]] = {
    "more real images": (more_real, HELPS),
    "shuffled labels": (shuffled, NEVER_HELPS),
    "noise": (noise, NEVER_HELPS),
    "copies": (copies, NEVER_HELPS),
    "one image a class": (one_mode, NEVER_HELPS),
}


VERDICT_STUDIES = {"verdict_suite": Study(None, suite)}
