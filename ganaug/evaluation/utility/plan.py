"""Plans that fill up single classes: their shares, and their effect in a study."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from ganaug.evaluation.utility.significance import HELPS, HURTS, Verdict, class_means, verdicts

# Shares that differ by less than this don't reveal the class to a classifier.
EVEN = 0.1
AS_PLANNED = " + synthetic as planned"


@dataclass(frozen=True)
class Plan:
    """The synthetic share of each class, among its real and synthetic images together.

    Attributes:
        shares: Share of each class, from 0 to 1.
    """

    shares: tuple[float, ...]

    @classmethod
    def of(cls, real: Tensor, synthetic: Tensor, num_classes: int) -> "Plan":
        """Return the plan of a set, from the labels of real training images and of the set.

        Example:
            >>> from torch import tensor
            >>> Plan.of(tensor([0, 0, 0, 1]), tensor([1, 1, 1]), 2).shares
            (0.0, 0.75)
        """
        own, made = (labels.bincount(minlength=num_classes) for labels in (real, synthetic))
        return cls(tuple((made / (own + made).clamp_min(1)).tolist()))

    @property
    def has_gaps(self) -> bool:
        """Whether a class has no synthetic images."""
        return not all(self.shares)

    @property
    def is_even(self) -> bool:
        """Whether all classes have about the same share."""
        return not self.has_gaps and max(self.shares) - min(self.shares) <= EVEN

    @property
    def filled(self) -> list[int]:
        """Labels of the classes that are filled up: those above the middle of the shares."""
        middle = (max(self.shares) + min(self.shares)) / 2
        return [label for label, share in enumerate(self.shares) if share > middle]


@dataclass(frozen=True)
class PlanEffect:
    """The effect of a plan on the recall of the classes that it fills up, and of other classes.

    Attributes:
        shares: The synthetic share of each class.
        labels: Labels of the filled-up classes.
        arm: The arm that is trained as planned.
        against: The arm without synthetic images to compare with.
        filled: Change in recall of the filled-up classes, on real test images.
        others: Change in recall of the other classes.
    """

    shares: Sequence[float]
    labels: Sequence[int]
    arm: str
    against: str
    filled: Verdict
    others: Verdict

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> "PlanEffect":
        """Read the output of `dataclasses.asdict`."""
        both = {key: Verdict.from_dict(found[key]) for key in ("filled", "others")}
        return cls(**{**found, **both})

    def sentence(self, class_names: Sequence[str]) -> str:
        """Return the effect in words."""
        named = ", ".join(f"{self.shares[x]:.0%} of {class_names[x]!r}" for x in self.labels)
        most = max(share for x, share in enumerate(self.shares) if x not in self.labels)
        rest = f"at most {most:.0%}" if most else "none"
        filled, others = map(_change, (self.filled, self.others))
        these = "this class" if len(self.labels) == 1 else "these classes"
        risk = (
            f"A classifier can learn that whatever looks synthetic belongs to {these}, and miss "
            f"real images of {'it' if len(self.labels) == 1 else 'them'}"
        )
        if self.filled.word == HURTS:
            found = f"{risk}; here it does"
        elif self.others.word == HURTS:
            found = f"{risk}; here it takes images of the other classes for {these}"
        elif self.filled.word == HELPS:
            found = f"{risk}; there is no sign of it here"
        else:
            found = f"{risk}; this study can't tell whether it does"
        return (
            f"plan: synthetic images make up {named}, and {rest} of any other class. On real test "
            f"images, the recall of {these} changes by {filled} and that of the other classes by "
            f"{others}, when training on {self.arm!r} instead of {self.against!r}. {found}. The "
            "same share in every class avoids this risk."
        )


def effect_of(plan: Plan, right: Mapping[str, np.ndarray], labels: np.ndarray) -> PlanEffect | None:
    """Compare the best arm trained as planned with the same arm without synthetic images.

    The best arm is chosen by the same test images that are then compared, separately for filled-up
    and other classes, so the intervals are corrected for the number of arms and for both parts.

    Args:
        plan: The plan.
        right: By arm, `[seeds, images]`: whether a test image is classified correctly.
        labels: `[images]` true classes.

    Returns:
        The effect; None if these arms were not trained or the plan is even.
    """
    arms = [x for x in right if x.endswith(AS_PLANNED) and without(x) in right]
    if not arms or plan.is_even:
        return None
    arm = max(arms, key=lambda name: class_means(right[name], labels).mean())
    inside = np.isin(labels, plan.filled)
    parts = (inside, ~inside)
    count = len(arms) * len(parts)
    filled, others = (_verdict(arm, right, labels, part, count) for part in parts)
    return PlanEffect(plan.shares, plan.filled, arm, without(arm), filled, others)


def without(arm: str) -> str:
    """Return the arm that matches one trained as planned, but has no synthetic images.

    Example:
        >>> without("real + augmentation + synthetic as planned")
        'real + augmentation'
    """
    base = arm.removesuffix(AS_PLANNED)
    return "real, balanced" if base == "real" else base


def _verdict(
    arm: str,
    right: Mapping[str, np.ndarray],
    labels: np.ndarray,
    part: np.ndarray,
    comparisons: int,
) -> Verdict:
    """Compare recalls on a part of the test images, corrected for all comparisons."""
    own = np.unique(labels[part], return_inverse=True)[1]
    arms, baseline = {arm: right[arm][:, part]}, right[without(arm)][:, part]
    return verdicts(arms, baseline, own, comparisons)[arm]


def _change(found: Verdict) -> str:
    low, high = (100 * bound for bound in found.interval)
    return f"{100 * found.difference:+.2f} points ({low:+.2f} to {high:+.2f})"
