"""Checks before a study of utility: classes, arms, number of trainings, and leaked test images."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ganaug.utils.errors import UsageError
from ganaug.utils.ranges import refuse_outside

if TYPE_CHECKING:
    from ganaug.evaluation.utility.arms import Arm
    from ganaug.evaluation.utility.choosing import ChosenClassifier
    from ganaug.evaluation.utility.classifiers import Images
    from ganaug.synthesis.dataset import SyntheticDataset


def feasible(arms: "Sequence[Arm]", classifier: "ChosenClassifier") -> "list[Arm]":
    """Return the arms that suit a classifier, and print which ones are left out.

    Raises:
        UsageError: The remaining arms can't be compared.
    """
    from datamodules.console import say
    from ganaug.evaluation.utility.arms import comparable

    unsuitable = [arm for arm in arms if arm.mix.blend == "cutmix" and classifier.frozen]
    if unsuitable:
        say(
            f"utility: without {', '.join(repr(arm.name) for arm in unsuitable)}, since "
            f"{classifier.name} is frozen: features are read once per image, but CutMix creates "
            "new images at each step; use mixup, or classifier_mode fine_tuned"
        )
    return comparable([arm for arm in arms if arm not in unsuitable])


def refuse_missing_images(
    arms: "Sequence[Arm]", images: "Mapping[str, Images]", class_names: Sequence[str]
) -> None:
    """Refuse arms that draw images of a class that has none.

    Args:
        arms: The arms of the study.
        images: Real and synthetic images by kind.
        class_names: Names of the classes.

    Raises:
        UsageError: There is such an arm.
    """
    from ganaug.evaluation.utility.sampling import missing_images

    mixes = [(arm.name, mix) for arm in arms for mix, _ in arm.parts(2)]
    for arm_name, mix in mixes:
        # Duplicates of real images take the place of the synthetic ones.
        synthetic = images["real" if mix.source == "duplicates" else "synthetic"]
        for label, kind in missing_images(mix, images["real"], synthetic, len(class_names)):
            raise UsageError(
                f"class {class_names[label]!r} has no {kind} image to train on, and the arm "
                f"{arm_name!r} draws some; add images, or name other `arms`"
            )


def check_size(steps: int | None, seeds: int) -> None:
    """Refuse a study that is too small to detect anything.

    Raises:
        UsageError: There are too few steps or seeds.
    """
    from ganaug.evaluation.utility.forecast import LEAST_STEPS
    from ganaug.evaluation.utility.significance import LEAST_SEEDS

    refuse_outside("", LEAST_STEPS, steps=steps)
    refuse_outside("", LEAST_SEEDS, seeds=seeds)


def refuse_a_single_class(data: Any) -> None:
    """Refuse images of a single class.

    Raises:
        UsageError: There is only one class.
    """
    if data.num_classes < 2:
        raise UsageError(
            f"all images are of the class {data.class_names[0]!r}, and a study needs a classifier "
            "of two classes or more; give the folder above, with one folder per class, or use "
            "evaluate to measure how faithful synthetic images of a single class are"
        )


def checked_images(dataset: "SyntheticDataset", data: Any) -> "dict[str, Images]":
    """Return the images by kind: real training images, synthetic images and test images.

    Raises:
        UsageError: A test image is among the images to train on, or a class has no test images.
    """
    from ganaug.evaluation.leaked import warn_of_test_images
    from ganaug.evaluation.utility.classifiers import Images
    from ganaug.evaluation.utility.leaks import refuse_gaps, refuse_leaks

    synthetic = Images(dataset.images, dataset.labels)
    real, test = (Images(*data.images(split)) for split in ("train", "test"))
    trained_on = {
        "training": (real.images, data.paths("train")),
        "synthetic": (synthetic.images, dataset.files),
    }
    refuse_leaks(test.images, data.paths("test"), trained_on)
    refuse_gaps(test.labels.tolist(), data.class_names)
    if dataset.made_elsewhere:
        warn_of_test_images(synthetic.images, dataset.files, data)
    return {"real": real, "synthetic": synthetic, "test": test}
