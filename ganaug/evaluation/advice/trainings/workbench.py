"""Carries out the trainings of a search: on the real images, with any set of further ones."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganaug.evaluation.advice.images.heap import AND, PSEUDO, Heap, LabelledHeap, parts_of
from ganaug.evaluation.advice.images.heap import MOST_FROZEN as MOST_HEAP
from ganaug.evaluation.advice.images.sets import (
    MOST_FROZEN,
    FurtherImages,
    both,
    known_images,
    labelled_share,
)
from ganaug.evaluation.advice.search.candidates import NO_SET, Candidate
from ganaug.evaluation.advice.search.job import Job
from ganaug.evaluation.advice.trainings.folds import CrossValidation
from ganaug.evaluation.advice.trainings.views import SharedViews
from ganaug.evaluation.utility.arms import Arm
from ganaug.evaluation.utility.choosing import ChosenClassifier
from ganaug.evaluation.utility.classifiers import BATCH, Build, Learner, answers
from ganaug.evaluation.utility.sampling import Images
from ganaug.evaluation.utility.significance import class_means
from ganaug.evaluation.utility.teachers import FIRST_SEED
from ganaug.evaluation.utility.training import ArmTrainer
from ganaug.protocols import Augmentation
from ganaug.utils.cached_method import cached_method

# Seeds of the test are none of the search.
FIRST_OF_TEST, SEEDS = 500, 1000
# Kept at once; jobs come fold by fold.
TRAINERS = 8
# Augmentation by name, side in pixels and channels.
Augment = Callable[[str, int, int], Augmentation | None]


class Workbench:
    """Trains candidates on the training and validation images, and lets them answer others.

    Args:
        data: The data module.
        classifiers: By name.
        augment: Returns an augmentation.
        sets: Of further images, by name.
        unlabelled: Folder of unlabelled images; those of the data module take part without it.
        seed: Of the splits and of all trainings.
        device: Where to train.
    """

    def __init__(
        self,
        data: Any,
        classifiers: Mapping[str, ChosenClassifier],
        augment: Augment,
        *,
        sets: Mapping[str, FurtherImages] | None = None,
        unlabelled: str | Path | None = None,
        seed: int = 0,
        device: str = "cpu",
    ) -> None:
        self.data, self.classifiers, self.sets = data, classifiers, dict(sets or {})
        # Once an advice with it is written.
        self.labelled_heap: LabelledHeap | None = None
        # Sets that are also used along with the heap's images.
        self.drawn: list[str] = []
        # Sets of the heap's images that a fitted model labelled.
        self.labelled: list[str] = []
        self.seed, self.device = seed, device
        groups = [*data.groups("train"), *data.groups("validation")]
        self.folds = CrossValidation(self.real(data.image_size).labels, groups, seed)
        self.heap = self._heap(unlabelled)
        self.build = cache(self._build)
        # Features are cached by the images' tensor, so all folds must share one.
        self._stacked = cache(lambda *parts: torch.cat(parts))
        # From all folders, and without a copy.
        self._spread = cache(lambda images, distance: images[::distance])
        # The teachers of a fold are trained once for all candidates that ask them.
        self._trainer = lru_cache(maxsize=TRAINERS)(self._new_trainer)
        # Features are kept by the augmentation itself, so that there must be one of each.
        self.augmentation = cache(lambda name, size: augment(name, size, data.channels))
        self.views = SharedViews()

    @property
    def further(self) -> list[str]:
        """Names of the further images that a candidate may train on."""
        heap = [PSEUDO, *(f"{AND}{name}" for name in self.drawn)] if self.heap else []
        return [*self.sets, *heap]

    @property
    def shares(self) -> dict[str, float]:
        """Share of the draws for sets that a fitted model labelled, by name."""
        real = len(self.folds.labels)
        return {name: labelled_share(len(self.sets[name]), real) for name in self.labelled}

    @cached_method
    def real(self, size: int) -> Images:
        """Return the training and validation images at a side in pixels."""
        return known_images(self.at(size))

    @cached_method
    def test(self, size: int) -> Images:
        """Return the test images at a side in pixels."""
        return Images(*self.at(size).images("test"))

    @cached_method
    def at(self, size: int) -> Any:
        """Return the data module at a side in pixels."""
        return self.data if size == self.data.image_size else self.data.resized(size)

    def unlabelled(self, classifier: str, steps: int, size: int | None = None) -> Tensor:
        """Return the images of the heap that teachers of a classifier label.

        Args:
            classifier: Its name.
            steps: Batches of 64 in a training, which draws no more images than these hold.
            size: Their side in pixels, by default that of the classifier.
        """
        assert self.heap is not None, "a space without a heap has no candidates with it"
        own = self.classifiers[classifier]
        if own.frozen:
            return self.heap.images(size or own.size, MOST_HEAP)
        images = self.heap.images(size or own.size, None)
        return self._spread(images, math.ceil(len(images) / (steps * BATCH)))

    def most(self, classifier: str) -> int | None:
        """Return how many images of a class of a set a classifier is given; None for all."""
        return MOST_FROZEN if self.classifiers[classifier].frozen else None

    def further_images(self, classifier: str, synthetic: str, steps: int, size: int) -> Tensor:
        """Return the further images that candidates may draw from, at a side in pixels.

        Args:
            classifier: Its name.
            synthetic: Where the images come from.
            steps: Batches of 64 in a training.
            size: The side.
        """
        if synthetic == PSEUDO:
            return self.unlabelled(classifier, steps, size)
        if len(parts := parts_of(synthetic)) > 1:
            each = [self.further_images(classifier, part, steps, size) for part in parts]
            return self._stacked(*each)
        return self.sets[synthetic].of(size, None, self.most(classifier)).images

    def use(self, classifiers: Mapping[str, ChosenClassifier]) -> None:
        """Replace the classifiers of these names, from now on."""
        self.classifiers = {**self.classifiers, **classifiers}
        self.build.cache_clear()
        self._trainer.cache_clear()

    def trainer(
        self, candidate: Candidate, steps: int, fold: tuple[int, int] | None = None
    ) -> ArmTrainer:
        """Return what trains a candidate.

        Args:
            candidate: What is trained.
            steps: Batches of 64.
            fold: Repeat and number of the fold that is held out; none by default.
        """
        policy = candidate.augmentation if PSEUDO in parts_of(candidate.synthetic) else ""
        return self._trainer(candidate.classifier, candidate.synthetic, policy, steps, fold)

    def arm(self, candidate: Candidate, synthetic: Images, repeat: int | None = None) -> Arm:
        """Return what a candidate is trained on.

        Args:
            candidate: What is trained.
            synthetic: The images that it draws as synthetic.
            repeat: Whose augmented views the training shares with others; none by default.
        """
        policy = self.augmentation(candidate.augmentation, self.size(candidate))
        filled = [len(synthetic.of(label)) > 0 for label in range(self.data.num_classes)]
        # Features of frozen classifiers are kept in the place of views, and all trainings with the
        # same augmentation ask the same teachers.
        alone = self.classifiers[candidate.classifier].frozen or candidate.asks_teachers
        if policy and repeat is not None and not alone:
            policy = self.views.of(policy, repeat)
        return candidate.arm(policy, filled)

    def size(self, candidate: Candidate) -> int:
        """Return the side of the images that a candidate's classifier is given."""
        return self.classifiers[candidate.classifier].size

    def trained(
        self, candidate: Candidate, steps: int, seed: int, fold: tuple[int, int] | None = None
    ) -> nn.Module:
        """Return a candidate's classifier, trained on real images and its further ones."""
        trainer = self.trainer(candidate, steps, fold)
        repeat = seed if fold is None else SEEDS * self.seed + fold[0]
        return trainer.trained(self.arm(candidate, trainer.synthetic, repeat).parts(steps), seed)

    def _new_trainer(
        self,
        classifier: str,
        synthetic: str,
        policy: str,
        steps: int,
        fold: tuple[int, int] | None,
    ) -> ArmTrainer:
        if synthetic == PSEUDO:
            return self._with_heap(Candidate(classifier, policy, "equal"), steps, fold)
        if len(parts := parts_of(synthetic)) > 1:
            labelled = self._trainer(classifier, PSEUDO, policy, steps, fold).synthetic
            trainer = self._new_trainer(classifier, parts[1], "", steps, fold)
            stacked = self._stacked(labelled.images, trainer.synthetic.images)
            trainer.synthetic = both(labelled, trainer.synthetic, stacked)
            return trainer
        chosen = self.classifiers[classifier]
        real = self.real(chosen.size)
        further, part = Images(real.images[:0], real.labels[:0]), None
        if fold is not None:
            part = self.folds.fold(*fold)
            real = real._replace(rows=part.train)
        if synthetic:
            held_out = part and part.held_out
            further = self.sets[synthetic].of(chosen.size, held_out, self.most(classifier))
        return ArmTrainer(
            self.build(classifier),
            real,
            further,
            num_classes=self.data.num_classes,
            steps=steps,
            device=self.device,
        )

    def _with_heap(
        self, teacher: Candidate, steps: int, fold: tuple[int, int] | None
    ) -> ArmTrainer:
        """Return what trains on the real images of a fold and on what their teachers label."""
        trainer = self._new_trainer(teacher.classifier, NO_SET, "", steps, fold)
        recipe = replace(teacher, synthetic=PSEUDO)
        images = self.unlabelled(teacher.classifier, steps)
        base = SEEDS * self.seed + FIRST_SEED

        def teach(further: Images, seed: int) -> Tensor:
            trainer.synthetic = further
            arm = self.arm(recipe if len(further.labels) else teacher, further)
            network = trainer.trained(arm.parts(steps), base + seed)
            return answers(network, images).softmax(dim=1)

        trainer.synthetic = Heap.labelled(images, teach)
        return trainer

    def do(self, job: Job) -> dict[str, Any]:
        """Carry out a job of the search or of the test.

        Returns:
            Plain values: the positions of the images that were named `wrong`, among those that are
            scored or tested, the `balanced_accuracy` on those held out, and the `seconds` it took.
        """
        started = time.perf_counter()
        size, base = self.size(job.candidate), SEEDS * self.seed
        if job.kind == "test":
            seed = base + FIRST_OF_TEST + job.repeat
            network, held_out = self.trained(job.candidate, job.steps, seed), self.test(size)
            rows = places = torch.arange(len(held_out.labels))
        else:
            fold = self.folds.fold(job.repeat, job.fold)
            seed = base + FIRST_OF_TEST // 10 * job.fold + job.repeat
            network = self.trained(job.candidate, job.steps, seed, (job.repeat, job.fold))
            held_out, rows = self.real(size), fold.held_out
            places = torch.searchsorted(self.folds.scored, rows)
        said, labels = answered(network, held_out.images, rows), held_out.labels[rows]
        right = said.argmax(dim=1) == labels
        own = labels.unique(return_inverse=True)[1]
        return {
            "wrong": places[~right].tolist(),
            "balanced_accuracy": float(class_means(right.numpy(), own.numpy()).mean()),
            "seconds": round(time.perf_counter() - started, 3),
        }

    def _heap(self, folder: str | Path | None) -> Heap | None:
        there = getattr(self.data, "num_unlabelled", 0)
        return Heap(self.data, folder, self.at) if folder or there else None

    def _build(self, name: str) -> Build:
        # One image is too few to choose by: a linear head is regularized as by default, since all
        # are trained on or scored here. It is enough to fold the batch norms of its network.
        chosen = self.classifiers[name]
        real = self.real(chosen.size)
        return chosen.build(Images(real.images[:1], real.labels[:1]))


def answered(network: nn.Module, images: Tensor, rows: Tensor) -> Tensor:
    """Return a classifier's logits for rows of images `[N, C, S, S]` uint8."""
    if isinstance(network, Learner):
        return network.answer(images)[rows]  # of which the features are kept, once for all
    return answers(network, images[rows])
