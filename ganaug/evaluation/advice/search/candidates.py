"""Candidates: ways to train a classifier, and which of them a search tries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import product
from typing import Any, Literal

from ganaug.evaluation.utility.arms import WAYS, Arm
from ganaug.evaluation.utility.sampling import DataMix
from ganaug.protocols import Augmentation

Balance = Literal["as_is", "square_root", "equal"]
BALANCES: Mapping[Balance, tuple[float, str]] = {
    "as_is": (0.0, "classes as they are"),
    "square_root": (0.5, "classes by the square root of their size"),
    "equal": (1.0, "classes equally often"),
}
BLENDS = {None: "", "mixup": "MixUp", "cutmix": "CutMix"}
NO_SET = ""
PRETRAINING = "pre-training"
# Ways to use a set: in any search, and in one that has time for teachers of each fold.
FEW_WAYS = ("", "weight 0.3", PRETRAINING)
MORE_WAYS = (*FEW_WAYS, "useful", "soft labels")
# Of all draws in a class, in a recipe with synthetic images that names no other share.
SHARE = 0.5
# What the best candidates are also tried with if there is time: other shares of the draws, an
# augmentation of fewer images, and other regularization of a linear head.
OTHER_SHARES, HALF, OTHER_DECAYS = (0.25, 0.75), 0.5, (0.3, 3.0)
# Dimensions that were added later, with the value that all candidates had before.
LATER = {"strength": 1.0, "decay": 1.0}
# Dimensions of a candidate in which the plainest has nothing.
PLAIN: Mapping[str, Any] = {
    "augmentation": "none",
    "balance": "as_is",
    "blend": None,
    "decay": 1.0,
    "synthetic": NO_SET,
}


@dataclass(frozen=True)
class Candidate:
    """A way to train a classifier.

    Attributes:
        classifier: Its name.
        augmentation: Classical augmentation, by name or file.
        balance: How often classes are drawn.
        blend: How each image of a batch is mixed with another one.
        synthetic: Name of the set of further images; empty for none.
        way: How these are used: added, or as `evaluation.utility.arms.WAYS` names it, or
            pre-training.
        share: Share of the draws in each class that they make up.
        strength: Share of the images that are augmented at all.
        decay: Factor on the usual regularization of a linear head on frozen features.

    Example:
        >>> recipe = Candidate("small", "elastic", "equal", synthetic="expanded", way="weight 0.3")
        >>> recipe.name
        'small, elastic, classes equally often, with expanded (50%, weight 0.3)'
        >>> recipe.ingredients
        ('augmentation', 'balance', 'synthetic', 'way')
    """

    classifier: str
    augmentation: str = "none"
    balance: Balance = "as_is"
    blend: Literal["mixup", "cutmix"] | None = None
    synthetic: str = NO_SET
    way: str = ""
    share: float = SHARE
    strength: float = 1.0
    decay: float = 1.0

    @property
    def name(self) -> str:
        """What it is, in a line."""
        parts = [
            self.classifier,
            "" if self.augmentation == "none" else self.augmented_by,
            "" if self.balance == "as_is" else BALANCES[self.balance][1],
            BLENDS[self.blend],
            "" if self.decay == 1 else f"head regularized {self.decay:g} times as strongly",
            self._with(),
        ]
        said = ", ".join(part for part in parts if part)
        return said if self.ingredients else f"{said}, real images alone"

    @property
    def augmented_by(self) -> str:
        """The augmentation, and on how many images."""
        if self.strength == 1:
            return self.augmentation
        share = "half" if self.strength == HALF else f"{self.strength:.0%}"
        return f"{self.augmentation} on {share} of the images"

    def _with(self) -> str:
        if not self.synthetic:
            return ""
        if self.way == PRETRAINING:
            return f"pre-trained on {self.synthetic}"
        return f"with {self.synthetic} ({', '.join(filter(None, (f'{self.share:.0%}', self.way)))})"

    @property
    def ingredients(self) -> tuple[str, ...]:
        """The dimensions in which it is more than real images alone; their number is its cost."""
        found = [name for name, plain in PLAIN.items() if getattr(self, name) != plain]
        return (*found, "way") if self.way else tuple(found)

    def without(self, ingredient: str) -> "Candidate":
        """Return the candidate that lacks one ingredient."""
        if ingredient == "synthetic":
            return replace(self, synthetic=NO_SET, way="", share=SHARE)
        if ingredient == "augmentation":
            return replace(self, augmentation="none", strength=1.0)
        return replace(self, **{ingredient: PLAIN.get(ingredient, "")})

    @property
    def asks_teachers(self) -> bool:
        """Whether teachers choose or label the images of its set."""
        return DataMix(**WAYS.get(self.way, {})).asks_teachers

    @property
    def ladder(self) -> list[tuple[str, "Candidate"]]:
        """The steps from real images alone to this: what each adds, and the candidate then.

        Example:
            >>> [added for added, _ in Candidate("small", "light", "equal").ladder]
            ['', 'augmentation', 'balance']
        """
        found: list[tuple[str, Candidate]] = []
        left = self
        for own in reversed(self.ingredients):
            found.append((own, left))
            left = left.without(own)
        return [("", left), *reversed(found)]

    def arm(self, augmentation: Augmentation | None, filled: Sequence[bool] = ()) -> Arm:
        """Return what the classifier is trained on.

        Args:
            augmentation: That of this candidate, at the size of its classifier.
            filled: Of each class, whether the set has images of it.
        """
        mix = DataMix(
            balanced=BALANCES[self.balance][0],
            augmentation=augmentation,
            blend=self.blend,
            strength=self.strength,
            decay=self.decay,
        )
        if not self.synthetic:
            return Arm(self.name, mix)
        first = self.way == PRETRAINING
        # A class without images in the set draws real ones in their place.
        share = tuple((1.0 if first else self.share) if there else 0.0 for there in filled)
        drawn = replace(mix, share=share, **WAYS.get(self.way, {}))
        return Arm(self.name, mix, first=drawn) if first else Arm(self.name, drawn)

    def to_dict(self) -> dict[str, Any]:
        """Return its attributes, which `Candidate(**…)` takes.

        Dimensions added later are left out at their default, so that keys of earlier trainings
        stay the same.
        """
        return {k: v for k, v in asdict(self).items() if k not in LATER or v != LATER[k]}


@dataclass(frozen=True)
class Space:
    """What a search tries.

    Attributes:
        center: A sensible default, around which each single choice is tried first.
        classifiers: Names of classifiers, the first that of the center.
        frozen: Those with features that are read once an image, which can't have CutMix.
        augmentations: Names or files.
        sets: Names of sets of further images.
        ways: How these are used.
        refined: Whether the best candidates are also tried with other shares of a set, and with an
            augmentation of half of the images.
        decays: Factors on the regularization that the best linear head is also tried with.
        shares: Of the draws in each class that sets make up, by name; `SHARE` where not given.
    """

    center: Candidate
    classifiers: Sequence[str]
    frozen: Sequence[str] = ()
    augmentations: Sequence[str] = ("none",)
    sets: Sequence[str] = ()
    ways: Sequence[str] = FEW_WAYS
    refined: bool = False
    decays: Sequence[float] = ()
    shares: Mapping[str, float] = field(default_factory=dict)

    @property
    def plain(self) -> Candidate:
        """Real images alone, as they are."""
        return Candidate(self.center.classifier)

    def choices(self) -> dict[str, list[dict[str, Any]]]:
        """Return the choices of each dimension, as changes of the center."""
        return {
            "classifier": [{"classifier": name} for name in self.classifiers],
            "augmentation": [{"augmentation": name} for name in self.augmentations],
            "balance": [{"balance": name} for name in BALANCES],
            "blend": [{"blend": name} for name in BLENDS],
            "synthetic": [{"synthetic": NO_SET}]
            + [self._with(name, way) for name in self.sets for way in self.ways],
        }

    def _with(self, name: str, way: str) -> dict[str, Any]:
        share = SHARE if way == PRETRAINING else self.shares.get(name, SHARE)
        return {"synthetic": name, "way": way, "share": share}

    def allows(self, candidate: Candidate) -> bool:
        """Return whether a candidate can be trained."""
        return not (candidate.blend == "cutmix" and candidate.classifier in self.frozen)

    def singles(self) -> list[Candidate]:
        """Return real images alone, the center, and every single change of it."""
        changed = [
            replace(self.center, **change) for each in self.choices().values() for change in each
        ]
        found = dict.fromkeys([self.plain, self.center, *changed])
        return [each for each in found if self.allows(each)]

    @property
    def size(self) -> int:
        """The number of single changes and, at most, of refinements."""
        shares = len(OTHER_SHARES) if self.sets else 0
        others = shares + (len(self.augmentations) > 1) + len(self.decays)
        return len(self.singles()) + self.refined * others

    def refinements(self, best: Iterable[Candidate]) -> list[Candidate]:
        """Return the best candidates changed: with a set, augmented, and on frozen features.

        Args:
            best: Candidates, the most promising first.
        """
        if not self.refined:
            return []
        best = list(best)
        drawing = [each for each in best if each.synthetic and each.way != PRETRAINING][:1]
        augmented = [each for each in best if each.augmentation != "none"][:1]
        frozen = [each for each in best if each.classifier in self.frozen][:1]
        return [
            *(replace(each, share=share) for each in drawing for share in OTHER_SHARES),
            *(replace(each, strength=HALF) for each in augmented),
            *(replace(each, decay=decay) for each in frozen for decay in self.decays),
        ]

    @property
    def tested(self) -> int:
        """The most candidates that a test can have.

        Each ingredient is left out once and is a step of the ladder; the last of both are the same.
        """
        many = [name for name, each in self.choices().items() if name in PLAIN and len(each) > 1]
        # The special use of a set, and the best candidate without one.
        return 2 * (len(many) + bool(self.decays)) + 1 + (2 if self.sets else 0)

    def combinations(self, means: Mapping[Candidate, float], count: int) -> list[Candidate]:
        """Return the most promising candidates that were not tried.

        The gain of a combination is predicted to be the sum of the gains of its choices.

        Args:
            means: What each single change of the center achieved, and the center.
            count: The most to return.
        """
        base = means[self.center]
        every = self.choices().values()
        gains: dict[Candidate, float] = {}
        for changes in product(*every):
            merged = {key: value for change in changes for key, value in change.items()}
            found = replace(self.center, **merged)
            singles = [replace(self.center, **change) for change in changes]
            if self.allows(found) and all(each in means for each in singles):
                gains[found] = sum(means[each] - base for each in singles)
        untried = [each for each in gains if each not in means]
        return sorted(untried, key=lambda each: (-gains[each], len(each.ingredients), each.name))[
            :count
        ]
