"""How long a search takes on this machine, by the time that its parts take."""

from collections.abc import Iterable, Sequence
from functools import partial
from statistics import fmean

from ganaug.evaluation.advice.images.heap import PSEUDO, ROUNDS, TEACHERS, parts_of
from ganaug.evaluation.advice.search.candidates import NO_SET, Candidate, Space
from ganaug.evaluation.advice.search.plan import PLANS, TEST_SEEDS, Plan, Reading
from ganaug.evaluation.advice.trainings.timings import Timings
from ganaug.evaluation.advice.trainings.workbench import Workbench
from ganaug.evaluation.utility.classifiers import BATCH
from ganaug.evaluation.utility.forecast import STEPS
from ganaug.evaluation.utility.frozen import MIXED
from ganaug.evaluation.utility.selection import FOLDS
from ganaug.evaluation.utility.teachers import TEACHERS as ASKED
from ganaug.utils.cached_method import cached_method

# Numbers of steps are tried at such distances.
STEPS_APART = 100
# Of the folds of a repeat, which share augmented views, each image is in all but one.
NEW_VIEWS = 1 / (FOLDS - 1)


class Pace(Timings):
    """Estimates how long a search takes, by the time that each of its parts takes here.

    Args:
        bench: Carries out the trainings.
        tested: The number of test images.
    """

    def __init__(self, bench: Workbench, tested: int) -> None:
        super().__init__(bench)
        self.tested = tested

    def seconds(self, space: Space, plan: Plan, reading: Reading) -> float:
        """Return how many seconds a search by a plan takes, with its test and the outputs.

        Args:
            space: What is tried.
            plan: How much of it.
            reading: Views and size of images for frozen features.
        """
        singles, later = space.singles(), plan.rungs[-1]
        held_out = self._held_out
        found = self._reading(singles, reading) + self.first_rung(space, plan, reading)
        # Which get further is not known yet; at worst no others share their teachers.
        later_ones = [
            self._training(k, later.steps, held_out, reading, NEW_VIEWS)
            + self._teachers(k, later.steps, reading)
            for k in singles
        ]
        trials = plan.trials(space.size, sets=bool(space.sets))
        found += (trials - FOLDS * len(singles)) * fmean(later_ones)
        # Those of a test may have different augmentations. It is planned with no more steps than
        # the last rung: longer trainings of a wrong choice help less than a better choice.
        full = [self._training(each, later.steps, self.tested, reading) for each in singles]
        # All seeds of the test have the same teachers.
        teachers = fmean(self._teachers(each, later.steps, reading) for each in singles)
        tested = space.tested + len(self.bench.drawn)
        test = tested * (TEST_SEEDS * fmean(full) + teachers)
        # The classifier that is stored is trained once more.
        return found + bool(self.tested) * test + max(full)

    def first_rung(self, space: Space, plan: Plan, reading: Reading) -> float:
        """Return how many seconds the trainings of a search's first rung take."""
        singles, steps = space.singles(), plan.rungs[0].steps
        found = self._trainings(singles, steps, self._held_out, reading, NEW_VIEWS)
        return FOLDS * (found + self._shared_teachers(singles, steps, reading))

    @property
    def _held_out(self) -> float:
        return len(self.bench.folds.scored) / FOLDS

    def most_steps(self, candidates: Sequence[Candidate], least: int, seconds: float) -> int:
        """Return the most steps of a training that a test of these candidates has time for.

        Args:
            candidates: Those that are tested, the one that is stored among them.
            least: The fewest.
            seconds: Time for the test and the outputs.
        """
        names = {each.classifier for each in candidates}
        if all(self.bench.classifiers[name].frozen or self.learn(name) for name in names):
            return least  # they learn without steps

        def needed(steps: int) -> float:
            each = self._trainings(candidates, steps, self.tested, Reading())
            teachers = sum(self._teachers(k, steps, Reading()) for k in candidates)
            last = max(self._training(k, steps, self.tested, Reading()) for k in candidates)
            return bool(self.tested) * TEST_SEEDS * each + teachers + last

        fitting = (n for n in range(PLANS[-1].steps, least, -STEPS_APART) if needed(n) <= seconds)
        return next(fitting, least)

    def _reading(self, candidates: Iterable[Candidate], reading: Reading) -> float:
        """Return how long reading all features takes, once for each image and view."""
        used: dict[tuple[str, str], set[str]] = {}
        for each in candidates:
            if self.bench.classifiers[each.classifier].frozen:
                used.setdefault((each.classifier, NO_SET), set())
                own = used.setdefault((each.classifier, each.synthetic), set())
                own |= {each.augmentation} - {"none"}
        found = 0.0
        for (name, synthetic), policies in used.items():
            side = reading.side(self.bench.classifiers[name].size)
            read = partial(self._views, name, synthetic, side)
            found += read() + sum(read(policy, reading.views) for policy in policies)
            # A set is also tried with the augmentation that wins: the same as in another search.
            others = [read(policy, reading.views) for policy in used[name, NO_SET] - policies]
            found += min(others) if synthetic and others else 0.0
        return found

    def _views(
        self, name: str, synthetic: str, size: int, policy: str = "none", views: int = 1
    ) -> float:
        """Return how long it takes to read views of images, besides those that are kept on disk."""
        first = 0 if policy == "none" else 1
        numbers = range(first, first + views)
        unread = sum(self.unread(name, synthetic, size, policy, view) for view in numbers)
        return unread * (self.image(name, size) + self.change(policy, size)) if unread else 0.0

    @cached_method
    def unread(self, name: str, synthetic: str, size: int, policy: str, view: int) -> int:
        """Return of how many images no search or study has kept the features of a view."""
        features = self.frozen(name).features
        if synthetic:
            each = [self.bench.further_images(name, synthetic, STEPS, size)]
        else:
            each = [self.bench.real(size).images]
            each += [self.bench.test(size).images] if self.tested and policy == "none" else []
        augmentation = self.bench.augmentation(policy, size)
        return sum(features.unread(images, augmentation, view) for images in each)

    def _drawn(self, classifier: str, synthetic: str) -> int:
        """Return how many images of a set a classifier is trained on."""
        parts = parts_of(synthetic)
        if len(parts) > 1:
            return sum(self._drawn(classifier, part) for part in parts)
        if synthetic == PSEUDO and self.bench.heap:
            return len(self.bench.unlabelled(classifier, STEPS))
        further = self.bench.trainer(Candidate(classifier, synthetic=synthetic), STEPS).synthetic
        return len(further.labels if further.rows is None else further.rows)

    def _training(
        self, candidate: Candidate, steps: int, answered: float, reading: Reading, new: float = 1.0
    ) -> float:
        """Return how long a training takes, and the answers to so many images.

        Args:
            candidate: What is trained.
            steps: Batches of 64.
            answered: Images to classify afterwards.
            reading: Views and size of images for frozen features.
            new: Share of the augmented views that no other training has had.
        """
        name, own = candidate.classifier, self.bench.classifiers[candidate.classifier]
        if own.frozen:
            # MixUp makes so many times as many rows.
            return self.head(name, reading.views) * (MIXED if candidate.blend == "mixup" else 1)
        if learn := self.learn(name):
            return learn
        step = self.step(name) + new * BATCH * self.change(candidate.augmentation, own.size)
        return steps * step + answered * self.answer(name)

    def _trainings(
        self,
        candidates: Iterable[Candidate],
        steps: int,
        answered: float,
        reading: Reading,
        new: float = 1.0,
    ) -> float:
        """Return how long a training of each takes, all with the same views of their images.

        Args:
            candidates: What is trained.
            steps: Batches of 64.
            answered: Images to classify after each.
            reading: Views and size of images for frozen features.
            new: Share of the augmented views that no training before these has had.
        """
        found, known = 0.0, set[tuple[str, str]]()
        for each in candidates:
            own = each.augmentation, each.synthetic
            left = new * (1 - self._kept(each, steps)) if own in known else new
            # Teachers and those that ask them share no views.
            left = 1.0 if each.asks_teachers else left
            found += self._training(each, steps, answered, reading, left)
            known.add(own)
        return found

    def _kept(self, candidate: Candidate, steps: int) -> float:
        """Return the share of a training's augmented views that there is memory for."""
        size = self.bench.classifiers[candidate.classifier].size
        views = steps * BATCH * self.bench.data.channels * size**2
        return min(1.0, self.bench.views.most / views)

    def _teachers(self, candidate: Candidate, steps: int, reading: Reading) -> float:
        """Return how long a candidate's teachers take, 0 if it has none."""
        return self._labelling(candidate, steps, reading) + self._asking(candidate, steps, reading)

    def _shared_teachers(
        self, candidates: Sequence[Candidate], steps: int, reading: Reading
    ) -> float:
        """Return how long the teachers of candidates take, which those share that are alike."""
        taught = [each for each in candidates if PSEUDO in parts_of(each.synthetic)]
        asking = [each for each in candidates if each.asks_teachers]
        heap = {(k.classifier, k.augmentation): k for k in taught}
        sets = {(k.classifier, k.augmentation, k.synthetic): k for k in asking}
        found = sum(self._labelling(each, steps, reading) for each in heap.values())
        return found + sum(self._asking(each, steps, reading) for each in sets.values())

    def _labelling(self, candidate: Candidate, steps: int, reading: Reading) -> float:
        """Return how long it takes teachers to label unlabelled images for a candidate."""
        if PSEUDO not in parts_of(candidate.synthetic):
            return 0.0
        heap = len(self.bench.unlabelled(candidate.classifier, steps))
        return ROUNDS * TEACHERS * self._training(candidate, steps, heap, reading)

    def _asking(self, candidate: Candidate, steps: int, reading: Reading) -> float:
        """Return how long teachers take that choose or label the images of a candidate's set."""
        if not candidate.asks_teachers:
            return 0.0
        images = self._drawn(candidate.classifier, candidate.synthetic)
        return ASKED * self._training(candidate, steps, images, reading)
