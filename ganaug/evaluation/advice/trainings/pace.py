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
        images_per_fold = self._images_per_fold
        total = self._reading_seconds(singles, reading) + self.first_rung(space, plan, reading)
        # An average over all candidates, since those in later rungs are unknown; in the worst case
        # they share no teachers.
        later_ones = [
            self._training_seconds(candidate, later.steps, images_per_fold, reading, NEW_VIEWS)
            + self._teacher_seconds(candidate, later.steps, reading)
            for candidate in singles
        ]
        trials = plan.trials(space.size, sets=bool(space.sets))
        total += (trials - FOLDS * len(singles)) * fmean(later_ones)
        # Candidates in the test may have different augmentations, so they share no views. The test
        # is planned with as many steps as the last rung, since a better choice helps more than
        # longer training of a worse one.
        full = [
            self._training_seconds(candidate, later.steps, self.tested, reading)
            for candidate in singles
        ]
        # All seeds of the test share their teachers.
        teachers = fmean(
            self._teacher_seconds(candidate, later.steps, reading) for candidate in singles
        )
        num_tested = space.tested + len(self.bench.drawn)
        test_seconds = num_tested * (TEST_SEEDS * fmean(full) + teachers)
        # The stored classifier is an additional training.
        return total + bool(self.tested) * test_seconds + max(full)

    def first_rung(self, space: Space, plan: Plan, reading: Reading) -> float:
        """Return the seconds of the trainings in the first rung."""
        singles, steps = space.singles(), plan.rungs[0].steps
        fold_seconds = self._all_training_seconds(
            singles, steps, self._images_per_fold, reading, NEW_VIEWS
        )
        return FOLDS * (fold_seconds + self._shared_teacher_seconds(singles, steps, reading))

    @property
    def _images_per_fold(self) -> float:
        return len(self.bench.folds.scored) / FOLDS

    def most_steps(self, candidates: Sequence[Candidate], min_steps: int, seconds: float) -> int:
        """Return the maximum number of steps for which a test of these candidates fits the time.

        Args:
            candidates: Candidates to test, including the one to store.
            min_steps: Minimum number of steps.
            seconds: Time for the test and the outputs.
        """
        names = {candidate.classifier for candidate in candidates}
        if all(self.bench.classifiers[name].frozen or self.learn(name) for name in names):
            return min_steps  # these classifiers ignore the number

        def seconds_needed(steps: int) -> float:
            seed_seconds = self._all_training_seconds(candidates, steps, self.tested, Reading())
            teachers = sum(
                self._teacher_seconds(candidate, steps, Reading()) for candidate in candidates
            )
            final_seconds = max(
                self._training_seconds(candidate, steps, self.tested, Reading())
                for candidate in candidates
            )
            return bool(self.tested) * TEST_SEEDS * seed_seconds + teachers + final_seconds

        fitting = (
            n
            for n in range(PLANS[-1].steps, min_steps, -STEPS_APART)
            if seconds_needed(n) <= seconds
        )
        return next(fitting, min_steps)

    def _reading_seconds(self, candidates: Iterable[Candidate], reading: Reading) -> float:
        """Return the seconds of reading all features, once per image and view."""
        policies_by_images: dict[tuple[str, str], set[str]] = {}
        for candidate in candidates:
            if self.bench.classifiers[candidate.classifier].frozen:
                policies_by_images.setdefault((candidate.classifier, NO_SET), set())
                policies = policies_by_images.setdefault(
                    (candidate.classifier, candidate.synthetic), set()
                )
                policies |= {candidate.augmentation} - {"none"}
        total = 0.0
        for (name, synthetic), policies in policies_by_images.items():
            side = reading.side(self.bench.classifiers[name].size)
            view_seconds = partial(self._view_seconds, name, synthetic, side)
            total += view_seconds() + sum(
                view_seconds(policy, reading.views) for policy in policies
            )
            # A set is also tried with the winning augmentation. The cheapest one is assumed: its
            # views are cached if it also won in an earlier search.
            other_seconds = [
                view_seconds(policy, reading.views)
                for policy in policies_by_images[name, NO_SET] - policies
            ]
            total += min(other_seconds) if synthetic and other_seconds else 0.0
        return total

    def _view_seconds(
        self, name: str, synthetic: str, size: int, policy: str = "none", views: int = 1
    ) -> float:
        """Return the seconds of reading views of images that are not cached on disk."""
        first_view = 0 if policy == "none" else 1
        numbers = range(first_view, first_view + views)
        unread = sum(self.unread(name, synthetic, size, policy, view) for view in numbers)
        return unread * (self.image(name, size) + self.change(policy, size)) if unread else 0.0

    @cached_method
    def unread(self, name: str, synthetic: str, size: int, policy: str, view: int) -> int:
        """Return the number of images whose features of a view are not cached."""
        features = self.frozen(name).features
        if synthetic:
            image_sets = [self.bench.further_images(name, synthetic, STEPS, size)]
        else:
            image_sets = [self.bench.real(size).images]
            image_sets += [self.bench.test(size).images] if self.tested and policy == "none" else []
        augmentation = self.bench.augmentation(policy, size)
        return sum(features.unread(images, augmentation, view) for images in image_sets)

    def _count_drawn(self, classifier: str, synthetic: str) -> int:
        """Return the number of images of a set that a classifier is trained on."""
        parts = parts_of(synthetic)
        if len(parts) > 1:
            return sum(self._count_drawn(classifier, part) for part in parts)
        if synthetic == PSEUDO and self.bench.heap:
            return len(self.bench.unlabeled(classifier, STEPS))
        further = self.bench.trainer(Candidate(classifier, synthetic=synthetic), STEPS).synthetic
        return len(further.labels if further.rows is None else further.rows)

    def _training_seconds(
        self,
        candidate: Candidate,
        steps: int,
        num_answered: float,
        reading: Reading,
        new_share: float = 1.0,
    ) -> float:
        """Return the seconds of a training, including classifying images afterwards.

        Args:
            candidate: The candidate to train.
            steps: Number of batches of 64.
            num_answered: Number of images to classify.
            reading: Views and size of images for frozen features.
            new_share: Share of the augmented views that no other training has computed.
        """
        name, classifier = candidate.classifier, self.bench.classifiers[candidate.classifier]
        if classifier.frozen:
            # MixUp multiplies the number of rows.
            return self.head(name, reading.views) * (MIXED if candidate.blend == "mixup" else 1)
        if seconds := self.learn(name):
            return seconds
        step = self.step(name) + new_share * BATCH * self.change(
            candidate.augmentation, classifier.size
        )
        return steps * step + num_answered * self.answer(name)

    def _all_training_seconds(
        self,
        candidates: Iterable[Candidate],
        steps: int,
        num_answered: float,
        reading: Reading,
        new_share: float = 1.0,
    ) -> float:
        """Return the seconds of one training of each candidate, with shared views.

        Args:
            candidates: The candidates to train.
            steps: Number of batches of 64.
            num_answered: Number of images to classify after each training.
            reading: Views and size of images for frozen features.
            new_share: Share of the augmented views that no earlier training has computed.
        """
        total, cached_views = 0.0, set[tuple[str, str]]()
        for candidate in candidates:
            view_key = candidate.augmentation, candidate.synthetic
            uncached_share = (
                new_share * (1 - self._share_cached(candidate, steps))
                if view_key in cached_views
                else new_share
            )
            # Trainings with teachers share no views.
            uncached_share = 1.0 if candidate.asks_teachers else uncached_share
            total += self._training_seconds(candidate, steps, num_answered, reading, uncached_share)
            cached_views.add(view_key)
        return total

    def _share_cached(self, candidate: Candidate, steps: int) -> float:
        """Return the share of a training's augmented views that fit into memory."""
        size = self.bench.classifiers[candidate.classifier].size
        views = steps * BATCH * self.bench.data.channels * size**2
        return min(1.0, self.bench.views.max_bytes / views)

    def _teacher_seconds(self, candidate: Candidate, steps: int, reading: Reading) -> float:
        """Return the seconds of a candidate's teachers; 0 without teachers."""
        return self._heap_teacher_seconds(candidate, steps, reading) + self._set_teacher_seconds(
            candidate, steps, reading
        )

    def _shared_teacher_seconds(
        self, candidates: Sequence[Candidate], steps: int, reading: Reading
    ) -> float:
        """Return the seconds of all candidates' teachers, which similar candidates share."""
        heap_candidates = [
            candidate for candidate in candidates if PSEUDO in parts_of(candidate.synthetic)
        ]
        teacher_candidates = [candidate for candidate in candidates if candidate.asks_teachers]
        heap = {
            (candidate.classifier, candidate.augmentation): candidate
            for candidate in heap_candidates
        }
        sets = {
            (candidate.classifier, candidate.augmentation, candidate.synthetic): candidate
            for candidate in teacher_candidates
        }
        total = sum(
            self._heap_teacher_seconds(candidate, steps, reading) for candidate in heap.values()
        )
        return total + sum(
            self._set_teacher_seconds(candidate, steps, reading) for candidate in sets.values()
        )

    def _heap_teacher_seconds(self, candidate: Candidate, steps: int, reading: Reading) -> float:
        """Return the seconds of the teachers that label unlabeled images for a candidate."""
        if PSEUDO not in parts_of(candidate.synthetic):
            return 0.0
        heap_size = len(self.bench.unlabeled(candidate.classifier, steps))
        return (
            ROUNDS * TEACHERS_A_ROUND * self._training_seconds(candidate, steps, heap_size, reading)
        )

    def _set_teacher_seconds(self, candidate: Candidate, steps: int, reading: Reading) -> float:
        """Return the seconds of the teachers that choose or label images of a candidate's set."""
        if not candidate.asks_teachers:
            return 0.0
        images = self._count_drawn(candidate.classifier, candidate.synthetic)
        return TEACHERS * self._training_seconds(candidate, steps, images, reading)
