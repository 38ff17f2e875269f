"""Plans that fill up single classes: their shares, and their effect in a study."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from ganaug.evaluation.utility.significance import HELPS, HURTS, Verdict, verdict_on
from ganaug.evaluation.utility.spread import class_means

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
        real_counts, synthetic_counts = (
            labels.bincount(minlength=num_classes) for labels in (real, synthetic)
        )
        return cls(
            tuple((synthetic_counts / (real_counts + synthetic_counts).clamp_min(1)).tolist())
        )

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
    def from_dict(cls, record: Mapping[str, Any]) -> "PlanEffect":
        """Read the output of `dataclasses.asdict`."""
        changes = {key: Verdict.from_dict(record[key]) for key in ("filled", "others")}
        return cls(**{**record, **changes})

    def sentence(self, class_names: Sequence[str]) -> str:
        """Return the effect in words."""
        class_shares = ", ".join(f"{self.shares[x]:.0%} of {class_names[x]!r}" for x in self.labels)
        max_share = max(share for x, share in enumerate(self.shares) if x not in self.labels)
        other_shares = f"at most {max_share:.0%}" if max_share else "none"
        filled_change, other_change = map(_change, (self.filled, self.others))
        single = len(self.labels) == 1
        these_classes, their = ("this class", "its") if single else ("these classes", "their")
        risk = (
            f"A classifier can learn that whatever looks synthetic belongs to {these_classes}, and "
            f"miss real images of {'it' if single else 'them'}"
        )
        if self.filled.word == HURTS:
            outcome = f"{risk}; here {their} recall falls"
        elif self.others.word == HURTS:
            outcome = (
                f"{risk}; here the recall of the other classes falls; a fall in the recall of "
                f"{these_classes} was not found"
            )
        elif self.filled.word == HELPS:
            outcome = f"{risk}; here {their} recall rises"
        else:
            outcome = f"{risk}; this study can't tell whether it does"
        return (
            f"plan: synthetic images make up {class_shares}, and {other_shares} of any other "
            f"class. On real test images, the recall of {these_classes} changes by {filled_change} "
            f"and that of the other classes by {other_change}, when training on {self.arm!r} "
            f"instead of {self.against!r}. {outcome}. The same share in every class avoids this "
            "risk."
        )


def effect_of(
    plan: Plan,
    correct: Mapping[str, np.ndarray],
    labels: np.ndarray,
    groups: Sequence[str] = (),
) -> PlanEffect | None:
    """Compare the best arm trained as planned with the same arm without synthetic images.

    The best arm is chosen by the same test images that are then compared, separately for filled-up
    and other classes, so the intervals are corrected for the number of arms and for both parts.

    Args:
        plan: The plan.
        correct: By arm, `[seeds, images]`: whether a test image is classified correctly.
        labels: `[images]` true classes.
        groups: `[images]` groups; empty if the images are independent.

    Returns:
        The effect; None if these arms were not trained or the plan is even.
    """
    arms = [x for x in correct if x.endswith(AS_PLANNED) and without(x) in correct]
    if not arms or plan.is_even:
        return None
    arm = max(arms, key=lambda name: class_means(correct[name], labels).mean())
    is_filled = np.isin(labels, plan.filled)
    masks = (is_filled, ~is_filled)
    count = len(arms) * len(masks)
    filled, others = (
        verdict_on(mask, correct[arm], correct[without(arm)], labels, count, groups)
        for mask in masks
    )
    return PlanEffect(plan.shares, plan.filled, arm, without(arm), filled, others)


def without(arm: str) -> str:
    """Return the arm that matches one trained as planned, but has no synthetic images.

    Example:
        >>> without("real + augmentation + synthetic as planned")
        'real + augmentation'
    """
    base = arm.removesuffix(AS_PLANNED)
    return "real, balanced" if base == "real" else base


def _change(verdict: Verdict) -> str:
    low, high = (100 * bound for bound in verdict.interval)
    return f"{100 * verdict.difference:+.2f} points ({low:+.2f} to {high:+.2f})"
