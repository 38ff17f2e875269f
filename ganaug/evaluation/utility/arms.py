"""The arms of a study: mixes of real and synthetic images to train a classifier on."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ganaug.evaluation.utility.plan import AS_PLANNED, Plan
from ganaug.evaluation.utility.sampling import DataMix
from ganaug.protocols import Augmentation
from ganaug.utils.errors import UsageError, did_you_mean

# Synthetic images drawn for each real one, in every class.
RATIOS = (0.25, 0.5, 1.0, 2.0)
AUGMENTED = "real + augmentation"
AS_MANY = " + synthetic x 1"
RATIO = re.compile(r" \+ synthetic x ([\d.]+)")
STANDARD, ALL = "standard", "all"
# Other ways to use synthetic images, keyed by the suffix of the arm's name.
WAYS: Mapping[str, Mapping[str, Any]] = {
    "weight 0.3": {"weight": 0.3},
    "soft labels": {"soft": True},
    "useful": {"source": "useful"},
    "mixup": {"blend": "mixup"},
    "cutmix": {"blend": "cutmix"},
}
BLENDS = ("mixup", "cutmix")


@dataclass(frozen=True)
class Arm:
    """A way to train the classifier.

    Attributes:
        name: Name in the table.
        mix: Images to train on.
        first: Another mix for the first half of the steps, if any.
    """

    name: str
    mix: DataMix
    first: DataMix | None = None

    @property
    def synthetic(self) -> bool:
        """Whether the classifier is trained on synthetic images."""
        draws_synthetic = bool(np.any(self.mix.share)) and self.mix.source != "duplicates"
        return draws_synthetic or not self.mix.real or self.first is not None

    def parts(self, steps: int) -> list[tuple[DataMix, int]]:
        """Return the mixes to train on in order, each with its number of steps."""
        first_half = [(self.first, steps // 2)] if self.first else []
        return [*first_half, (self.mix, steps - len(first_half) * (steps // 2))]


def arms_of(
    augmentation: Augmentation | Mapping[str, Augmentation] | None, plan: Plan | None = None
) -> list[Arm]:
    """Return the standard arms of a study.

    Args:
        augmentation: One augmentation, or several by name, each of which adds arms; None for no
            arms with augmentation.
        plan: Plan of the set. A plan that fills up single classes adds arms; if a class has no
            synthetic images, these are the only arms with synthetic images.
    """
    policies = _policies(augmentation)
    arms = _even_arms(policies)
    if plan is None or plan.is_even:
        return arms
    if plan.has_gaps:
        arms = [arm for arm in arms if not arm.synthetic]
    planned_arms = [
        Arm(f"{base}{AS_PLANNED}", DataMix(share=plan.shares, augmentation=policy))
        for base, policy in _bases(policies)
    ]
    return [*arms, *planned_arms]


def further_arms(standard: Sequence[Arm]) -> list[Arm]:
    """Return the arms that use synthetic images in other ways, and their controls.

    These arms draw as many synthetic as real images, or follow the plan if a class has no synthetic
    images. The controls are MixUp and CutMix without synthetic images, and duplicates of real
    images in place of synthetic ones.

    Args:
        standard: The arms from `arms_of`.

    Example:
        >>> [arm.name for arm in further_arms(arms_of(None))][2:4]
        ['real + synthetic x 1, weight 0.3', 'real + synthetic x 1, soft labels']
    """
    as_many = [arm for arm in standard if arm.name.endswith(AS_MANY)]
    added = as_many or [arm for arm in standard if arm.name.endswith(AS_PLANNED)]
    variants = []
    for arm in standard:
        ways = WAYS if arm in added else () if arm.synthetic or not arm.mix.balanced else BLENDS
        variants += [Arm(f"{arm.name}, {way}", replace(arm.mix, **WAYS[way])) for way in ways]
        if arm in added:
            name = arm.name.replace("synthetic", "duplicates")
            variants.append(Arm(name, replace(arm.mix, source="duplicates")))
    return variants


def draws_note(arms: Sequence[Arm], real: int, synthetic: int) -> str:
    """Return a sentence on arms that repeat synthetic images more often than real ones, or nothing.

    Args:
        arms: The arms of the study.
        real: Number of real training images.
        synthetic: Number of synthetic images.

    Example:
        >>> draws_note(arms_of(None), real=400, synthetic=300)[:44]
        'The set has 300 images for 400 real ones, so'
    """
    ratios = [float(match[1]) for arm in arms if (match := RATIO.search(arm.name))]
    if max(ratios, default=0.0) * real <= synthetic:
        return ""
    return (
        f"The set has {synthetic:,} images for {real:,} real ones, so arms above "
        f"x {synthetic / real:.2g} draw each synthetic image more often than each real one."
    )


def chosen_arms(
    standard: Sequence[Arm], names: Sequence[str], further: Sequence[Arm] = ()
) -> list[Arm]:
    """Return the arms with these names, by default the standard ones.

    Args:
        standard: The standard arms.
        names: Names of arms; `standard` and `all` stand for several arms.
        further: The arms that only `all` or their names select.

    Raises:
        UsageError: There is no such arm, or there is nothing to compare.
    """
    arms_by_name = {arm.name: arm for arm in (*standard, *further)}
    presets = {STANDARD: [arm.name for arm in standard], ALL: list(arms_by_name)}
    arm_names = [arm_name for name in names or [STANDARD] for arm_name in presets.get(name, [name])]
    for name in arm_names:
        if name not in arms_by_name:
            hint = did_you_mean(name, [*presets, *arms_by_name])
            raise UsageError(
                f"arms: arm {name!r} is not one of {', '.join([*presets, *arms_by_name])}{hint}"
            )
    return comparable([arms_by_name[name] for name in dict.fromkeys(arm_names)])


def comparable(arms: list[Arm]) -> list[Arm]:
    """Return the arms if they can be compared.

    Raises:
        UsageError: All arms or no arms have synthetic images.
    """
    if len({arm.synthetic for arm in arms}) < 2:
        raise UsageError("arms: a comparison needs an arm with synthetic images and one without")
    return arms


def quick_arms(arms: Sequence[Arm]) -> list[Arm]:
    """Return a quick study's arms: as many synthetic as real draws or as planned, and controls."""
    return [
        arm
        for arm in arms
        if arm.name.endswith((AS_MANY, AS_PLANNED)) or not (arm.synthetic or arm.name == "real")
    ]


def _policies(
    augmentation: Augmentation | Mapping[str, Augmentation] | None,
) -> dict[str, Augmentation]:
    """Return augmentations by the suffix of their arms' names, empty for a single one."""
    if augmentation is None:
        return {}
    if not isinstance(augmentation, Mapping):
        return {"": augmentation}
    if len(augmentation) == 1:
        return {"": next(iter(augmentation.values()))}
    return {f" {name}": policy for name, policy in augmentation.items()}


def _bases(policies: Mapping[str, Augmentation]) -> list[tuple[str, Augmentation | None]]:
    """Return the names and augmentations of the arms that synthetic images are added to."""
    return [("real", None), *((f"{AUGMENTED}{name}", policy) for name, policy in policies.items())]


def _even_arms(policies: Mapping[str, Augmentation]) -> list[Arm]:
    """Return the arms that have the same share of synthetic images in every class."""

    def mixed(base: str, policy: Augmentation | None) -> list[Arm]:
        return [
            Arm(f"{base} + synthetic x {r:g}", DataMix(share=r / (1 + r), augmentation=policy))
            for r in RATIOS
        ]

    arms = [Arm("real", DataMix(balanced=False))]
    for base, policy in _bases(policies):
        arms.append(Arm(base if policy else "real, balanced", DataMix(augmentation=policy)))
        arms += mixed(base, policy)
    pretrained: list[tuple[str, Augmentation | None]] = [*policies.items()] or [("", None)]
    for name, policy in pretrained:
        pretraining = DataMix(real=False, augmentation=policy)
        arm_name = f"pre-trained on synthetic{name and f', augmentation{name}'}"
        arms.append(Arm(arm_name, DataMix(augmentation=policy), first=pretraining))
    arms.append(Arm("synthetic only", DataMix(real=False)))
    return arms
