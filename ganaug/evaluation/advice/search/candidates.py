"""Candidates, the ways to train a classifier, and the space of those that a search tries."""

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
# Ways to use a set in any search, and in one that has time for teachers in each fold.
FEW_WAYS = ("", "weight 0.3", PRETRAINING)
MORE_WAYS = (*FEW_WAYS, "useful", "soft labels")
# Default share of a set in the draws of a class.
SHARE = 0.5
# Refinements of the best candidates if there is time: other shares of the draws, augmentation of
# fewer images, and other regularization of a linear head.
OTHER_SHARES, HALF, OTHER_DECAYS = (0.25, 0.75), 0.5, (0.3, 3.0)
# Dimensions that were added in later versions, with the value of all earlier candidates.
LATER = {"strength": 1.0, "decay": 1.0}
# Dimensions of a candidate, with the values of the plainest one.
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
        classifier: Name of the classifier.
        augmentation: Name or file of the classical augmentation.
        balance: How often classes are drawn.
        blend: Method to mix each image of a batch with another one, if any.
        synthetic: Name of the set of further images; empty for none.
        way: How the set is used: added (empty), a key of `evaluation.utility.arms.WAYS`, or
            pre-training.
        share: Share of the set in the draws of each class.
        strength: Share of the images that are augmented.
        decay: Factor on the default regularization of a linear head on frozen features.

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
        """Description of the candidate in a line."""
        phrases = [
            self.classifier,
            "" if self.augmentation == "none" else self.augmented_by,
            "" if self.balance == "as_is" else BALANCES[self.balance][1],
            BLENDS[self.blend],
            "" if self.decay == 1 else f"head regularized {self.decay:g} times as strongly",
            self._set_description(),
        ]
        description = ", ".join(phrase for phrase in phrases if phrase)
        return description if self.ingredients else f"{description}, real images alone"

    @property
    def augmented_by(self) -> str:
        """The augmentation, with its share of the images unless that is all."""
        if self.strength == 1:
            return self.augmentation
        share = "half" if self.strength == HALF else f"{self.strength:.0%}"
        return f"{self.augmentation} on {share} of the images"

    def _set_description(self) -> str:
        if not self.synthetic:
            return ""
        if self.way == PRETRAINING:
            return f"pre-trained on {self.synthetic}"
        return f"with {self.synthetic} ({', '.join(filter(None, (f'{self.share:.0%}', self.way)))})"

    @property
    def ingredients(self) -> tuple[str, ...]:
        """Dimensions that differ from real images alone; fewer of them make it simpler."""
        ingredients = [name for name, plain in PLAIN.items() if getattr(self, name) != plain]
        return (*ingredients, "way") if self.way else tuple(ingredients)

    def without(self, ingredient: str) -> "Candidate":
        """Return the candidate without one ingredient."""
        if ingredient == "synthetic":
            return replace(self, synthetic=NO_SET, way="", share=SHARE)
        if ingredient == "augmentation":
            return replace(self, augmentation="none", strength=1.0)
        return replace(self, **{ingredient: PLAIN.get(ingredient, "")})

    @property
    def asks_teachers(self) -> bool:
        """Whether the images of its set are chosen or labeled by teachers."""
        return DataMix(**WAYS.get(self.way, {})).asks_teachers

    @property
    def ladder(self) -> list[tuple[str, "Candidate"]]:
        """The steps from real images alone to this candidate: added ingredient and candidate.

        Example:
            >>> [added for added, _ in Candidate("small", "light", "equal").ladder]
            ['', 'augmentation', 'balance']
        """
        steps: list[tuple[str, Candidate]] = []
        candidate = self
        for ingredient in reversed(self.ingredients):
            steps.append((ingredient, candidate))
            candidate = candidate.without(ingredient)
        return [("", candidate), *reversed(steps)]

    def arm(self, augmentation: Augmentation | None, filled: Sequence[bool] = ()) -> Arm:
        """Return the arm that trains this candidate.

        Args:
            augmentation: The candidate's augmentation, at the image size of its classifier.
            filled: For each class, whether the set has images of it.
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
        is_pretraining = self.way == PRETRAINING
        # For a class without images in the set, only real ones are drawn.
        share = tuple(
            (1.0 if is_pretraining else self.share) if has_images else 0.0 for has_images in filled
        )
        set_mix = replace(mix, share=share, **WAYS.get(self.way, {}))
        return Arm(self.name, mix, first=set_mix) if is_pretraining else Arm(self.name, set_mix)

    def to_dict(self) -> dict[str, Any]:
        """Return the attributes, for `Candidate(**…)`.

        Dimensions of later versions are left out at their default, so that the keys of earlier
        trainings stay valid.
        """
        return {k: v for k, v in asdict(self).items() if k not in LATER or v != LATER[k]}


@dataclass(frozen=True)
class Space:
    """The candidates that a search tries.

    Attributes:
        center: The default policy, of which single changes are tried first.
        classifiers: Names of classifiers, starting with the center's.
        frozen: Names of classifiers on frozen features, which can't use CutMix.
        augmentations: Names or files of augmentations.
        sets: Names of sets of further images.
        ways: Ways to use the sets.
        refined: Whether the best candidates are also tried with other shares of a set, and with
            augmentation of half of the images.
        decays: Factors on the regularization to also try with the best linear head.
        shares: Shares of sets in the draws of each class, by name; `SHARE` by default.
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
        """The plainest candidate: real images alone, without augmentation or balancing."""
        return Candidate(self.center.classifier)

    def choices(self) -> dict[str, list[dict[str, Any]]]:
        """Return the choices in each dimension, as changes of the center."""
        return {
            "classifier": [{"classifier": name} for name in self.classifiers],
            "augmentation": [{"augmentation": name} for name in self.augmentations],
            "balance": [{"balance": name} for name in BALANCES],
            "blend": [{"blend": name} for name in BLENDS],
            "synthetic": [{"synthetic": NO_SET}]
            + [self._set_choice(name, way) for name in self.sets for way in self.ways],
        }

    def _set_choice(self, name: str, way: str) -> dict[str, Any]:
        share = SHARE if way == PRETRAINING else self.shares.get(name, SHARE)
        return {"synthetic": name, "way": way, "share": share}

    def allows(self, candidate: Candidate) -> bool:
        """Return whether a candidate can be trained."""
        return not (candidate.blend == "cutmix" and candidate.classifier in self.frozen)

    def singles(self) -> list[Candidate]:
        """Return the plainest candidate, the center, and every single change of the center."""
        changed = [
            replace(self.center, **change)
            for options in self.choices().values()
            for change in options
        ]
        candidates = dict.fromkeys([self.plain, self.center, *changed])
        return [candidate for candidate in candidates if self.allows(candidate)]

    @property
    def size(self) -> int:
        """Number of single changes plus the maximum number of refinements."""
        shares = len(OTHER_SHARES) if self.sets else 0
        num_refinements = shares + (len(self.augmentations) > 1) + len(self.decays)
        return len(self.singles()) + self.refined * num_refinements

    def refinements(self, best: Iterable[Candidate]) -> list[Candidate]:
        """Return refinements of the best candidates with a set, augmentation and frozen features.

        Args:
            best: Candidates, the most promising first.
        """
        if not self.refined:
            return []
        best = list(best)
        with_set = [
            candidate for candidate in best if candidate.synthetic and candidate.way != PRETRAINING
        ][:1]
        augmented = [candidate for candidate in best if candidate.augmentation != "none"][:1]
        frozen = [candidate for candidate in best if candidate.classifier in self.frozen][:1]
        return [
            *(replace(candidate, share=share) for candidate in with_set for share in OTHER_SHARES),
            *(replace(candidate, strength=HALF) for candidate in augmented),
            *(replace(candidate, decay=decay) for candidate in frozen for decay in self.decays),
        ]

    @property
    def tested(self) -> int:
        """Maximum number of candidates in the test.

        Each ingredient is left out once and is a step of the ladder, which share their last one.
        """
        varied = [
            name for name, options in self.choices().items() if name in PLAIN and len(options) > 1
        ]
        # Two more for the way to use a set and for the best candidate without one.
        return 2 * (len(varied) + bool(self.decays)) + 1 + (2 if self.sets else 0)

    def combinations(self, means: Mapping[Candidate, float], count: int) -> list[Candidate]:
        """Return the most promising untried candidates.

        The gain of a combination is predicted as the sum of the gains of its choices.

        Args:
            means: Accuracies of the center and of its single changes.
            count: Maximum number of candidates.
        """
        base = means[self.center]
        dimensions = self.choices().values()
        gains: dict[Candidate, float] = {}
        for changes in product(*dimensions):
            merged = {key: value for change in changes for key, value in change.items()}
            combination = replace(self.center, **merged)
            singles = [replace(self.center, **change) for change in changes]
            if self.allows(combination) and all(single in means for single in singles):
                gains[combination] = sum(means[single] - base for single in singles)
        untried = [candidate for candidate in gains if candidate not in means]
        return sorted(
            untried,
            key=lambda candidate: (-gains[candidate], len(candidate.ingredients), candidate.name),
        )[:count]
