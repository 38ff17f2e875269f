"""The studies of the verdict: how often it is correct if the answer is known."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import torch
from scipy.stats import binomtest

from benchmarks.metrics import digits, samples, with_interval
from benchmarks.scarce_metrics import all_flowers
from benchmarks.study import UTILITY, Metrics, Study, Workspace
from ganaug.evaluation.utility.arms import Arm, arms_of
from ganaug.evaluation.utility.choosing import Wish, chosen_classifiers
from ganaug.evaluation.utility.classifiers import DataMix, Images
from ganaug.evaluation.utility.selection import Selection
from ganaug.evaluation.utility.study import StudyRunner, compare

SCARCE, RARE = 20, 10
REPEATS, SEEDS, STEPS = 4, 5, 200
NULL_REPEATS = 50
HELPS = ("helps",)
NEVER_HELPS = ("no difference found", "hurts")
ARMS = (
    Arm("real", DataMix()),
    Arm("real + synthetic x 1", DataMix(share=0.5)),
    Arm("real + synthetic x 2", DataMix(share=2 / 3)),
)


class Case(NamedTuple):
    """Input of a case: few real digits, further real ones, and a model's images."""

    real: Images
    extra: Images
    generated: Images


class Setting(NamedTuple):
    """Data and classifier of a study's cases.

    Attributes:
        data: Returns the data module of all images.
        classifier: Name of the classifier.
        size: Side in pixels of the classifier's input; None for that of the data.
        extra: Number of further images per class, in addition to the few real ones.
        test: Number of test images.
    """

    data: Callable[[Workspace], Any]
    classifier: str = "small"
    size: int | None = None
    extra: int = 400
    test: int = 4000


# Digits at 64 px and a quarter of the further images, since the frozen network is slow.
SETTINGS = {
    "digits_small": Setting(digits),
    "digits_imagenet": Setting(digits, "imagenet", 64, 100, 1000),
    "flowers_small": Setting(partial(all_flowers, size=32), extra=200),
    "flowers_imagenet": Setting(partial(all_flowers, size=64), "imagenet", 128, 200),
}
NULLS = Setting(partial(all_flowers, size=64), "imagenet", 64, SCARCE)


def suite(name: str, kinds: Sequence[str], workspace: Workspace) -> Metrics:
    """Get the verdict in four draws of 20 images per class, for each kind of synthetic images.

    The model, if there is one, was fitted on all training images, so its images are good and add
    information to the 20 per class.
    """
    bench = Bench(SETTINGS[name], workspace)
    generated = bench.real
    if MODEL in kinds:
        generated = Images(*samples(workspace, bench.setting.extra))
    correct: dict[str, list[bool]] = {kind: [] for kind in kinds}
    false_helps = 0
    for repeat in range(REPEATS):
        real, extra = bench.cut(repeat)
        for kind in kinds:
            give, answers = KINDS[kind]
            synthetic = give(Case(real, extra, generated))
            word = bench.verdict(f"{kind}-{repeat}", ARMS, real, synthetic)
            correct[kind].append(word in answers)
            false_helps += word == "helps" and "helps" not in answers
    flags = [flag for row in correct.values() for flag in row]
    return {
        "cases": len(flags),
        "right %": 100 * sum(flags) / len(flags),
        "said to help where it does not": false_helps,
        **{f"right with {kind} %": 100 * sum(row) / len(row) for kind, row in correct.items()},
    }


def nulls(workspace: Workspace) -> Metrics:
    """Count how often the verdict is that useless images help, in 200 cases.

    With a user's settings: all standard arms, no augmentation, and the baseline selected on
    validation images. In every other draw, one class has half of the images.
    """
    bench = Bench(NULLS, workspace)
    arms, verdicts = arms_of(None), []
    for repeat in range(NULL_REPEATS):
        real, extra = bench.cut(repeat, rare=RARE if repeat % 2 else SCARCE)
        for kind in NULL_KINDS:
            synthetic = KINDS[kind][0](Case(real, extra, real))
            verdicts.append(bench.verdict(f"{kind}-{repeat}", arms, real, synthetic))
    false, low, high = exact_share(verdicts.count("helps"), len(verdicts))
    return {
        "cases": len(verdicts),
        **with_interval("said to help %", false, (low, high), 100),
        "said to hurt %": 100 * verdicts.count("hurts") / len(verdicts),
    }


class Bench:
    """Studies of a classifier on random subsets of a data set, whose features are computed once.

    Args:
        setting: Setting of the studies.
        workspace: Workspace that keeps the studies.
    """

    def __init__(self, setting: Setting, workspace: Workspace) -> None:
        self.setting, self.home = setting, workspace.home
        data = setting.data(workspace)
        self.size = setting.size or data.image_size
        self.data = data.resized(self.size) if self.size != data.image_size else data
        self.real = Images(*self.data.images("train"))
        self.test = Images(*self.data.images("test", limit=setting.test))
        self.validation = Images(*self.data.images("validation", limit=setting.test))
        wish = Wish(size=self.size)
        (self.classifier,) = chosen_classifiers(setting.classifier, self.real.images[:100], wish)
        self.build = self.classifier.build(self.validation)

    def cut(self, repeat: int, rare: int = SCARCE) -> tuple[Images, Images]:
        """Return few real images, of which the last class has `rare`, and many further ones."""
        images, labels = self.real.images, self.real.labels
        order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(repeat))
        rows = [order[labels[order] == label] for label in range(self.data.num_classes)]
        counts = [SCARCE] * (len(rows) - 1) + [rare]
        few = torch.cat(
            [class_rows[:count] for class_rows, count in zip(rows, counts, strict=True)]
        )
        extra = torch.cat([class_rows[SCARCE : SCARCE + self.setting.extra] for class_rows in rows])
        return Images(images[few], labels[few]), Images(images[extra], labels[extra])

    def verdict(self, name: str, arms: Sequence[Arm], real: Images, images: Images) -> str:
        """Run a study, and return its verdict."""
        study = StudyRunner(
            self.home / name,
            facts={"case": name},
            build=self.build,
            real=real,
            synthetic=images,
            test=self.test,
            num_classes=self.data.num_classes,
            steps=STEPS,
        )
        scores = study.run(arms, range(SEEDS))
        baseline, _ = Selection(arms, real, self.validation).choose(study)
        synthetic_by_arm = {arm.name: arm.synthetic for arm in arms}
        comparison = compare(
            scores, synthetic_by_arm.__getitem__, self.test.labels, baseline=baseline
        )
        return comparison.verdict


def exact_share(count: int, total: int) -> tuple[float, float, float]:
    """Return a proportion and its exact 95% interval (Clopper & Pearson 1934).

    Example:
        >>> [round(bound, 3) for bound in exact_share(0, 200)]
        [0.0, 0.0, 0.018]
    """
    interval = binomtest(count, total).proportion_ci(method="exact")
    return count / total, float(interval.low), float(interval.high)


def shuffled(case: Case) -> Images:
    """Return further real images with random labels."""
    labels = case.extra.labels
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    return case.extra._replace(labels=labels[order])


def noise(case: Case) -> Images:
    """Noise."""
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, case.extra.images.shape, generator=generator)
    return case.extra._replace(images=pixels.to(torch.uint8))


def one_mode(case: Case) -> Images:
    """Return one training image of each class, repeated."""
    images, labels = case.real.images, case.real.labels
    first = [int((labels == label).nonzero()[0]) for label in labels.unique()]
    rows = torch.tensor(first).repeat_interleave(SCARCE)
    return case.real._replace(images=images[rows], labels=labels[rows])


MODEL = "a good conditional model"
KINDS: dict[str, tuple[Callable[[Case], Images], tuple[str, ...]]] = {
    "more real images": (lambda case: case.extra, HELPS),
    MODEL: (lambda case: case.generated, HELPS),
    "shuffled labels": (shuffled, NEVER_HELPS),
    "noise": (noise, NEVER_HELPS),
    "copies": (lambda case: case.real, NEVER_HELPS),
    "one image a class": (one_mode, NEVER_HELPS),
}
NULL_KINDS = ("shuffled labels", "noise", "copies", "one image a class")
WITHOUT_MODEL = tuple(kind for kind in KINDS if kind != MODEL)
STUDIES = {
    "verdict_suite": Study(
        partial(suite, "digits_small", tuple(KINDS)),
        "--model dcgan --trainer.max_epochs 8",
        "--data.root $mnist",
        files=UTILITY,
    ),
    **{
        f"verdict_{name}": Study(partial(suite, name, WITHOUT_MODEL), files=UTILITY)
        for name in SETTINGS
    },
    "verdict_nulls": Study(nulls, files=UTILITY),
}
