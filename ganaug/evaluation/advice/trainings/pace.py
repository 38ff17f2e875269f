"""How long a search takes on this machine, estimated from a few timed steps."""

import time
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from statistics import fmean, median

import torch
from torch import nn

from ganaug.evaluation.advice.images.heap import PSEUDO, ROUNDS, TEACHERS, parts_of
from ganaug.evaluation.advice.search.candidates import NO_SET, Candidate, Space
from ganaug.evaluation.advice.search.plan import PLANS, TEST_SEEDS, Plan, Reading
from ganaug.evaluation.advice.trainings.workbench import Workbench
from ganaug.evaluation.utility.classifiers import BATCH, Learner, answers, training_steps
from ganaug.evaluation.utility.forecast import STEPS
from ganaug.evaluation.utility.frozen import DECAYS, MIXED, FrozenClassifier, changed
from ganaug.evaluation.utility.linear_head import fit_head
from ganaug.evaluation.utility.sampling import DataMix, MixSampler
from ganaug.evaluation.utility.selection import FOLDS
from ganaug.evaluation.utility.teachers import TEACHERS as ASKED

# Rows that fit into the processor's cache take half as long as more of them.
PROBE_STEPS, PROBE_IMAGES, PROBE_ROWS = 8, 64, 5000
# Numbers of steps are tried at such distances.
STEPS_APART = 100
# Slow steps are timed for no longer.
PROBE_SECONDS = 3.0
# Of the folds of a repeat, which share augmented views, each image is in all but one.
NEW_VIEWS = 1 / (FOLDS - 1)
# Features of a network depend on each other: about so many factors stand for the probe's.
FACTORS = 20


class Pace:
    """Estimates how long a search takes; each of its parts is timed once, when it is needed.

    Args:
        bench: Carries out the trainings.
        tested: The number of test images.
    """

    def __init__(self, bench: Workbench, tested: int) -> None:
        self.bench, self.tested = bench, tested

    def seconds(self, space: Space, plan: Plan, reading: Reading) -> float:
        """Return how many seconds a search by a plan takes, with its test and the outputs.

        Args:
            space: What is tried.
            plan: How much of it.
            reading: Views and size of images for frozen features.
        """
        singles = space.singles()
        first, later, _ = plan.rungs
        held_out = len(self.bench.folds.scored) / FOLDS
        found = self._reading(singles, reading)
        found += FOLDS * self._trainings(singles, first.steps, held_out, reading, NEW_VIEWS)
        found += FOLDS * self._shared_teachers(singles, first.steps, reading)
        # Which get further is not known yet; at worst no others share their teachers.
        later_ones = [
            self._training(k, later.steps, held_out, reading, NEW_VIEWS)
            + self._teachers(k, later.steps, reading)
            for k in singles
        ]
        trials = plan.trials(space.size, sets=bool(space.sets))
        found += (trials - FOLDS * len(singles)) * fmean(later_ones)
        # Those of a test may have different augmentations.
        full = [self._training(each, plan.steps, self.tested, reading) for each in singles]
        # All seeds of the test have the same teachers.
        teachers = fmean(self._teachers(each, plan.steps, reading) for each in singles)
        tested = space.tested + len(self.bench.drawn)
        test = tested * (TEST_SEEDS * fmean(full) + teachers)
        # The classifier that is stored is trained once more.
        return found + bool(self.tested) * test + max(full)

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
            count = self._drawn(name, synthetic) if synthetic else len(self.bench.folds.labels)
            size = reading.side(self.bench.classifiers[name].size)
            one = self.image(name, size)
            views = [one + self.change(policy, size) for policy in policies]
            # A set is also tried with the augmentations that win.
            several = reading.views * (2 if synthetic else 1)
            found += count * (one + several * sum(views))
            found += 0 if synthetic else one * self.tested
        return found

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

    @cache  # noqa: B019 - one pace is measured in a process
    def image(self, name: str, size: int) -> float:
        """Return the seconds to read the features of an image at a side in pixels."""
        network = self._network(name)
        assert isinstance(network, FrozenClassifier), "only those read features"
        shape = (PROBE_IMAGES, self.bench.data.channels, size, size)
        # The time does not depend on what the images show.
        return network.features.seconds_an_image(torch.full(shape, 128, dtype=torch.uint8))

    @cache  # noqa: B019
    def head(self, name: str, views: int) -> float:
        """Return the seconds to fit a head to the features of all images and their views."""
        network = self._network(name)
        assert isinstance(network, FrozenClassifier), "only those have a head"
        rows = len(self.bench.folds.labels) * (1 + views)
        few, width = min(rows, PROBE_ROWS), network.trunk.width
        random = torch.Generator().manual_seed(0)
        factors = torch.randn(few, FACTORS, generator=random)
        features = factors @ torch.randn(FACTORS, width, generator=random)
        features += torch.randn(few, width, generator=random)
        labels, weights = torch.arange(few) % network.num_classes, torch.ones(few)
        started = time.perf_counter()
        fit_head(features, labels, weights, num_classes=network.num_classes, decay=DECAYS[0])
        return (time.perf_counter() - started) * rows / few

    @cache  # noqa: B019
    def learn(self, name: str) -> float:
        """Return the seconds of a training without steps; 0 for one with steps."""
        if not isinstance(self._network(name), Learner):
            return 0.0
        started = time.perf_counter()
        self.bench.trained(Candidate(name), STEPS, seed=0)
        return time.perf_counter() - started

    @cache  # noqa: B019
    def step(self, name: str) -> float:
        """Return the seconds of a step without augmentation."""
        trainer = self.bench.trainer(Candidate(name), STEPS)
        sampler = MixSampler(DataMix(), trainer.real, trainer.synthetic, trainer.num_classes, 0)
        with torch.random.fork_rng(devices=[]):
            steps, took = training_steps(self._network(name), sampler, PROBE_STEPS), [0.0]
            started = time.perf_counter()
            for _ in steps:
                took.append(time.perf_counter() - started)
                if took[-1] > PROBE_SECONDS:
                    break
        # Not the mean: the first steps take longer, while the hardware warms up.
        return median(after - before for before, after in pairwise(took))

    @cache  # noqa: B019
    def answer(self, name: str) -> float:
        """Return the seconds to classify an image."""
        network = self._network(name).eval().to(memory_format=torch.channels_last)
        images = self.bench.real(self.bench.classifiers[name].size).images[:PROBE_IMAGES]
        answers(network, images)  # the first time takes four times as long
        started = time.perf_counter()
        answers(network, images)
        return (time.perf_counter() - started) / len(images)

    @cache  # noqa: B019
    def change(self, augmentation: str, size: int) -> float:
        """Return the seconds to augment an image at a side in pixels."""
        policy = self.bench.augmentation(augmentation, size)
        if policy is None:
            return 0.0
        image = torch.full((self.bench.data.channels, size, size), 128, dtype=torch.uint8)
        changed(image, policy, 0)
        started = time.perf_counter()
        for view in range(PROBE_IMAGES):
            changed(image, policy, view)
        return (time.perf_counter() - started) / PROBE_IMAGES

    def _network(self, name: str) -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            return self.bench.trainer(Candidate(name), STEPS).classifier()
