"""Estimates how long a search takes on this machine, from the time of its parts."""

from collections.abc import Iterable, Sequence
from functools import partial
from statistics import fmean

from ganaug.evaluation.advice.images.heap import PSEUDO, ROUNDS, TEACHERS_A_ROUND, parts_of
from ganaug.evaluation.advice.search.candidates import NO_SET, Candidate, Space
from ganaug.evaluation.advice.search.plan import PLANS, TEST_SEEDS, Plan, Reading
from ganaug.evaluation.advice.trainings.timings import Timings
from ganaug.evaluation.advice.trainings.workbench import Workbench
from ganaug.evaluation.utility.classifiers import BATCH
from ganaug.evaluation.utility.forecast import STEPS
from ganaug.evaluation.utility.frozen import MIXED
from ganaug.evaluation.utility.selection import FOLDS
from ganaug.evaluation.utility.teachers import TEACHERS
from ganaug.utils.cached_method import cached_method

# Difference between the numbers of steps to try.
STEPS_APART = 100
# An image is trained on in all folds of a repeat but one, and these share its augmented views.
NEW_VIEWS = 1 / (FOLDS - 1)


class Pace(Timings):
    """Estimates how long a search takes, from the time of its parts on this machine.

    Args:
        bench: Workbench that does the trainings.
        tested: Number of test images.
    """

    def __init__(self, bench: Workbench, tested: int) -> None:
        super().__init__(bench)
        self.tested = tested

    def seconds(self, space: Space, plan: Plan, reading: Reading) -> float:
        """Return the seconds of a search, including its test and outputs.

        Args:
            space: The search space.
            plan: The plan of the search.
            reading: Views and size of images for frozen features.
        """
        singles, later = space.singles(), plan.rungs[-1]
        held_out = self._held_out
        found = self._reading(singles, reading) + self.first_rung(space, plan, reading)
        # An average over all candidates, since those in later rungs are unknown; in the worst case
        # they share no teachers.
        later_ones = [
            self._training(k, later.steps, held_out, reading, NEW_VIEWS)
            + self._teachers(k, later.steps, reading)
            for k in singles
        ]
        trials = plan.trials(space.size, sets=bool(space.sets))
        found += (trials - FOLDS * len(singles)) * fmean(later_ones)
        # Candidates in the test may have different augmentations, so they share no views. The test
        # is planned with as many steps as the last rung, since a better choice helps more than
        # longer training of a worse one.
        full = [self._training(each, later.steps, self.tested, reading) for each in singles]
        # All seeds of the test share their teachers.
        teachers = fmean(self._teachers(each, later.steps, reading) for each in singles)
        tested = space.tested + len(self.bench.drawn)
        test = tested * (TEST_SEEDS * fmean(full) + teachers)
        # The stored classifier is an additional training.
        return found + bool(self.tested) * test + max(full)

    def first_rung(self, space: Space, plan: Plan, reading: Reading) -> float:
        """Return the seconds of the trainings in the first rung."""
        singles, steps = space.singles(), plan.rungs[0].steps
        found = self._trainings(singles, steps, self._held_out, reading, NEW_VIEWS)
        return FOLDS * (found + self._shared_teachers(singles, steps, reading))

    @property
    def _held_out(self) -> float:
        return len(self.bench.folds.scored) / FOLDS

    def most_steps(self, candidates: Sequence[Candidate], least: int, seconds: float) -> int:
        """Return the maximum number of steps for which a test of these candidates fits the time.

        Args:
            candidates: Candidates to test, including the one to store.
            least: Minimum number of steps.
            seconds: Time for the test and the outputs.
        """
        names = {each.classifier for each in candidates}
        if all(self.bench.classifiers[name].frozen or self.learn(name) for name in names):
            return least  # these classifiers ignore the number

        def needed(steps: int) -> float:
            each = self._trainings(candidates, steps, self.tested, Reading())
            teachers = sum(self._teachers(k, steps, Reading()) for k in candidates)
            last = max(self._training(k, steps, self.tested, Reading()) for k in candidates)
            return bool(self.tested) * TEST_SEEDS * each + teachers + last

        fitting = (n for n in range(PLANS[-1].steps, least, -STEPS_APART) if needed(n) <= seconds)
        return next(fitting, least)

    def _reading(self, candidates: Iterable[Candidate], reading: Reading) -> float:
        """Return the seconds of reading all features, once per image and view."""
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
            # A set is also tried with the winning augmentation. The cheapest one is assumed: its
            # views are cached if it also won in an earlier search.
            others = [read(policy, reading.views) for policy in used[name, NO_SET] - policies]
            found += min(others) if synthetic and others else 0.0
        return found

    def _views(
        self, name: str, synthetic: str, size: int, policy: str = "none", views: int = 1
    ) -> float:
        """Return the seconds of reading views of images that are not cached on disk."""
        first = 0 if policy == "none" else 1
        numbers = range(first, first + views)
        unread = sum(self.unread(name, synthetic, size, policy, view) for view in numbers)
        return unread * (self.image(name, size) + self.change(policy, size)) if unread else 0.0

    @cached_method
    def unread(self, name: str, synthetic: str, size: int, policy: str, view: int) -> int:
        """Return the number of images whose features of a view are not cached."""
        features = self.frozen(name).features
        if synthetic:
            each = [self.bench.further_images(name, synthetic, STEPS, size)]
        else:
            each = [self.bench.real(size).images]
            each += [self.bench.test(size).images] if self.tested and policy == "none" else []
        augmentation = self.bench.augmentation(policy, size)
        return sum(features.unread(images, augmentation, view) for images in each)

    def _count_drawn(self, classifier: str, synthetic: str) -> int:
        """Return the number of images of a set that a classifier is trained on."""
        parts = parts_of(synthetic)
        if len(parts) > 1:
            return sum(self._count_drawn(classifier, part) for part in parts)
        if synthetic == PSEUDO and self.bench.heap:
            return len(self.bench.unlabeled(classifier, STEPS))
        further = self.bench.trainer(Candidate(classifier, synthetic=synthetic), STEPS).synthetic
        return len(further.labels if further.rows is None else further.rows)

    def _training(
        self, candidate: Candidate, steps: int, answered: float, reading: Reading, new: float = 1.0
    ) -> float:
        """Return the seconds of a training, including classifying images afterwards.

        Args:
            candidate: The candidate to train.
            steps: Number of batches of 64.
            answered: Number of images to classify.
            reading: Views and size of images for frozen features.
            new: Share of the augmented views that no other training has computed.
        """
        name, own = candidate.classifier, self.bench.classifiers[candidate.classifier]
        if own.frozen:
            # MixUp multiplies the number of rows.
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
        """Return the seconds of one training of each candidate, with shared views.

        Args:
            candidates: The candidates to train.
            steps: Number of batches of 64.
            answered: Number of images to classify after each training.
            reading: Views and size of images for frozen features.
            new: Share of the augmented views that no earlier training has computed.
        """
        found, known = 0.0, set[tuple[str, str]]()
        for each in candidates:
            own = each.augmentation, each.synthetic
            left = new * (1 - self._share_kept(each, steps)) if own in known else new
            # Trainings with teachers share no views.
            left = 1.0 if each.asks_teachers else left
            found += self._training(each, steps, answered, reading, left)
            known.add(own)
        return found

    def _share_kept(self, candidate: Candidate, steps: int) -> float:
        """Return the share of a training's augmented views that fit into memory."""
        size = self.bench.classifiers[candidate.classifier].size
        views = steps * BATCH * self.bench.data.channels * size**2
        return min(1.0, self.bench.views.most / views)

    def _teachers(self, candidate: Candidate, steps: int, reading: Reading) -> float:
        """Return the seconds of a candidate's teachers; 0 without teachers."""
        return self._labeling(candidate, steps, reading) + self._asking(candidate, steps, reading)

    def _shared_teachers(
        self, candidates: Sequence[Candidate], steps: int, reading: Reading
    ) -> float:
        """Return the seconds of all candidates' teachers, which similar candidates share."""
        taught = [each for each in candidates if PSEUDO in parts_of(each.synthetic)]
        asking = [each for each in candidates if each.asks_teachers]
        heap = {(k.classifier, k.augmentation): k for k in taught}
        sets = {(k.classifier, k.augmentation, k.synthetic): k for k in asking}
        found = sum(self._labeling(each, steps, reading) for each in heap.values())
        return found + sum(self._asking(each, steps, reading) for each in sets.values())

    def _labeling(self, candidate: Candidate, steps: int, reading: Reading) -> float:
        """Return the seconds of the teachers that label unlabeled images for a candidate."""
        if PSEUDO not in parts_of(candidate.synthetic):
            return 0.0
        heap = len(self.bench.unlabeled(candidate.classifier, steps))
        return ROUNDS * TEACHERS_A_ROUND * self._training(candidate, steps, heap, reading)

    def _asking(self, candidate: Candidate, steps: int, reading: Reading) -> float:
        """Return the seconds of the teachers that choose or label images of a candidate's set."""
        if not candidate.asks_teachers:
            return 0.0
        images = self._count_drawn(candidate.classifier, candidate.synthetic)
        return TEACHERS * self._training(candidate, steps, images, reading)
