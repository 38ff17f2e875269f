"""Does the trainings of a search, on real images and optional sets of further images."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganaug.evaluation.advice.images.heap import (
    AND,
    MOST_HEAP,
    PSEUDO,
    Heap,
    LabeledHeap,
    parts_of,
)
from ganaug.evaluation.advice.images.sets import (
    MOST_FROZEN,
    FurtherImages,
    known_images,
    labeled_share,
    merged_images,
)
from ganaug.evaluation.advice.search.candidates import NO_SET, Candidate
from ganaug.evaluation.advice.search.job import Job
from ganaug.evaluation.advice.trainings.folds import CrossValidation
from ganaug.evaluation.advice.trainings.views import SharedViews
from ganaug.evaluation.utility.arms import Arm
from ganaug.evaluation.utility.choosing import ChosenClassifier
from ganaug.evaluation.utility.classifiers import BATCH, Build, Learner, answers
from ganaug.evaluation.utility.sampling import Images
from ganaug.evaluation.utility.spread import class_means
from ganaug.evaluation.utility.teachers import FIRST_SEED
from ganaug.evaluation.utility.training import ArmTrainer
from ganaug.protocols import Augmentation
from ganaug.utils.cached_method import cached_method

# Offsets that keep the seeds of the test apart from those of the search.
FIRST_OF_TEST, SEEDS = 500, 1000
# Number of cached trainers; few are enough, since jobs are ordered by fold.
TRAINERS = 8
# Returns an augmentation by name, image size in pixels and channels.
Augment = Callable[[str, int, int], Augmentation | None]
# Repeat and number of a held-out fold.
FoldKey = tuple[int, int]


class Workbench:
    """Trains candidates on training and validation images, and scores them on held-out images.

    Args:
        data: The data module.
        classifiers: Classifiers by name.
        augment: Returns an augmentation.
        sets: Sets of further images by name.
        unlabelled: Folder of unlabeled images, in addition to those of the data module.
        seed: Seed of the splits and of all trainings.
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
        # Set when an advice that recommends the heap is written.
        self.labeled_heap: LabeledHeap | None = None
        # Sets that are also used together with the heap's images.
        self.drawn: list[str] = []
        # Sets of the heap's images that a fitted model labeled.
        self.labeled: list[str] = []
        self.seed, self.device = seed, device
        groups = [*data.groups("train"), *data.groups("validation")]
        self.folds = CrossValidation(self.real(data.image_size).labels, groups, seed)
        self.heap = self._heap(unlabelled)
        self.build = cache(self._build)
        # Features are cached by the images' tensor, so all folds must share one.
        self._stacked = cache(lambda *parts: torch.cat(parts))
        # Evenly spaced, so from all subfolders, and without a copy.
        self._evenly_spaced = cache(lambda images, distance: images[::distance])
        # Cached, to train the teachers of a fold once for all candidates that need them.
        self._trainer = lru_cache(maxsize=TRAINERS)(self._new_trainer)
        # Features are cached by augmentation object, so there must be only one of each.
        self.augmentation = cache(lambda name, size: augment(name, size, data.channels))
        self.views = SharedViews()

    @property
    def further(self) -> list[str]:
        """Names of the further images that a candidate may train on."""
        heap = [PSEUDO, *(f"{AND}{name}" for name in self.drawn)] if self.heap else []
        return [*self.sets, *heap]

    @property
    def shares(self) -> dict[str, float]:
        """Shares in the draws of the sets that a fitted model labeled, by name."""
        real = len(self.folds.labels)
        return {name: labeled_share(len(self.sets[name]), real) for name in self.labeled}

    @cached_method
    def real(self, size: int) -> Images:
        """Return the training and validation images at a size in pixels."""
        return known_images(self.at(size))

    @cached_method
    def test(self, size: int) -> Images:
        """Return the test images at a size in pixels."""
        return Images(*self.at(size).images("test"))

    @cached_method
    def at(self, size: int) -> Any:
        """Return the data module at a size in pixels."""
        return self.data if size == self.data.image_size else self.data.resized(size)

    def unlabeled(self, classifier: str, steps: int, size: int | None = None) -> Tensor:
        """Return the images of the heap that teachers label for a classifier.

        Args:
            classifier: Name of the classifier.
            steps: Number of batches of 64 in a training, which limits the number of images.
            size: Size in pixels; by default the size of the classifier.
        """
        assert self.heap is not None, "a space without a heap has no candidates with it"
        chosen_classifier = self.classifiers[classifier]
        if chosen_classifier.frozen:
            return self.heap.images(size or chosen_classifier.size, MOST_HEAP)
        images = self.heap.images(size or chosen_classifier.size, None)
        return self._evenly_spaced(images, math.ceil(len(images) / (steps * BATCH)))

    def max_per_class(self, classifier: str) -> int | None:
        """Return the maximum number of images of a class of a set; None for all."""
        return MOST_FROZEN if self.classifiers[classifier].frozen else None

    def further_images(self, classifier: str, synthetic: str, steps: int, size: int) -> Tensor:
        """Return the further images that candidates may draw from, at a size in pixels.

        Args:
            classifier: Name of the classifier.
            synthetic: Name of the further images.
            steps: Number of batches of 64 in a training.
            size: The size.
        """
        if synthetic == PSEUDO:
            return self.unlabeled(classifier, steps, size)
        if len(parts := parts_of(synthetic)) > 1:
            tensors = [self.further_images(classifier, part, steps, size) for part in parts]
            return self._stacked(*tensors)
        return self.sets[synthetic].of(size, None, self.max_per_class(classifier)).images

    def use(self, classifiers: Mapping[str, ChosenClassifier]) -> None:
        """Replace the classifiers with these names."""
        self.classifiers = {**self.classifiers, **classifiers}
        self.build.cache_clear()
        self._trainer.cache_clear()

    def trainer(self, candidate: Candidate, steps: int, fold: FoldKey | None = None) -> ArmTrainer:
        """Return the trainer of a candidate.

        Args:
            candidate: The candidate to train.
            steps: Number of batches of 64.
            fold: Repeat and number of the held-out fold; by default none is held out.
        """
        policy = candidate.augmentation if PSEUDO in parts_of(candidate.synthetic) else ""
        return self._trainer(candidate.classifier, candidate.synthetic, policy, steps, fold)

    def arm(self, candidate: Candidate, synthetic: Images, repeat: int | None = None) -> Arm:
        """Return the arm that trains a candidate.

        Args:
            candidate: The candidate to train.
            synthetic: The images to draw as synthetic ones.
            repeat: Repeat whose trainings share their augmented views; by default none are shared.
        """
        policy = self.augmentation(candidate.augmentation, self.size(candidate))
        filled = [len(synthetic.of(label)) > 0 for label in range(self.data.num_classes)]
        # For frozen classifiers, features are cached instead of views. Trainings with teachers need
        # the original augmentation, which is the cache key of their teachers.
        unshared = self.classifiers[candidate.classifier].frozen or candidate.asks_teachers
        if policy and repeat is not None and not unshared:
            policy = self.views.of(policy, repeat)
        return candidate.arm(policy, filled)

    def size(self, candidate: Candidate) -> int:
        """Return the image size of a candidate's classifier."""
        return self.classifiers[candidate.classifier].size

    def trained(
        self, candidate: Candidate, steps: int, seed: int, fold: FoldKey | None = None
    ) -> nn.Module:
        """Return a candidate's classifier, trained on real images and any further ones."""
        trainer = self.trainer(candidate, steps, fold)
        repeat = seed if fold is None else SEEDS * self.seed + fold[0]
        return trainer.trained(self.arm(candidate, trainer.synthetic, repeat).parts(steps), seed)

    def _new_trainer(
        self, classifier: str, synthetic: str, policy: str, steps: int, fold: FoldKey | None
    ) -> ArmTrainer:
        if synthetic == PSEUDO:
            return self._with_heap(Candidate(classifier, policy, "equal"), steps, fold)
        if len(parts := parts_of(synthetic)) > 1:
            labeled = self._trainer(classifier, PSEUDO, policy, steps, fold).synthetic
            trainer = self._new_trainer(classifier, parts[1], "", steps, fold)
            stacked = self._stacked(labeled.images, trainer.synthetic.images)
            trainer.synthetic = merged_images(labeled, trainer.synthetic, stacked)
            return trainer
        chosen_classifier = self.classifiers[classifier]
        real = self.real(chosen_classifier.size)
        further, fold_rows = Images(real.images[:0], real.labels[:0]), None
        if fold is not None:
            fold_rows = self.folds.fold(*fold)
            real = real._replace(rows=fold_rows.train)
        if synthetic:
            held_out = fold_rows and fold_rows.held_out
            further = self.sets[synthetic].of(
                chosen_classifier.size, held_out, self.max_per_class(classifier)
            )
        return ArmTrainer(
            self.build(classifier),
            real,
            further,
            num_classes=self.data.num_classes,
            steps=steps,
            device=self.device,
        )

    def _with_heap(self, teacher: Candidate, steps: int, fold: FoldKey | None) -> ArmTrainer:
        """Return a trainer on the real images of a fold and the images that teachers label."""
        trainer = self._new_trainer(teacher.classifier, NO_SET, "", steps, fold)
        recipe = replace(teacher, synthetic=PSEUDO)
        images = self.unlabeled(teacher.classifier, steps)
        base = SEEDS * self.seed + FIRST_SEED

        def teach(further: Images, seed: int) -> Tensor:
            trainer.synthetic = further
            arm = self.arm(recipe if len(further.labels) else teacher, further)
            network = trainer.trained(arm.parts(steps), base + seed)
            return answers(network, images).softmax(dim=1)

        trainer.synthetic = Heap.labeled(images, teach)
        return trainer

    def do(self, job: Job) -> dict[str, Any]:
        """Do a job of the search or of the test.

        Returns:
            Plain values: `wrong`, the indices of misclassified images among the scored or test
            images; `balanced_accuracy` on the held-out images; and the `seconds` taken.
        """
        started = time.perf_counter()
        size, base = self.size(job.candidate), SEEDS * self.seed
        if job.kind == "test":
            seed = base + FIRST_OF_TEST + job.repeat
            network, held_out = self.trained(job.candidate, job.steps, seed), self.test(size)
            rows = scored_indices = torch.arange(len(held_out.labels))
        else:
            fold = self.folds.fold(job.repeat, job.fold)
            seed = base + FIRST_OF_TEST // 10 * job.fold + job.repeat
            network = self.trained(job.candidate, job.steps, seed, (job.repeat, job.fold))
            held_out, rows = self.real(size), fold.held_out
            scored_indices = torch.searchsorted(self.folds.scored, rows)
        logits, labels = logits_of_rows(network, held_out.images, rows), held_out.labels[rows]
        correct = logits.argmax(dim=1) == labels
        class_indices = labels.unique(return_inverse=True)[1]
        return {
            "wrong": scored_indices[~correct].tolist(),
            "balanced_accuracy": float(class_means(correct.numpy(), class_indices.numpy()).mean()),
            "seconds": round(time.perf_counter() - started, 3),
        }

    def _heap(self, folder: str | Path | None) -> Heap | None:
        num_unlabeled = getattr(self.data, "num_unlabelled", 0)
        return Heap(self.data, folder, self.at) if folder or num_unlabeled else None

    def _build(self, name: str) -> Build:
        # All images are trained on or scored here, so none can choose the regularization. A single
        # validation image keeps its default, and is enough to fold the batch norms.
        classifier = self.classifiers[name]
        real = self.real(classifier.size)
        return classifier.build(Images(real.images[:1], real.labels[:1]))


def logits_of_rows(network: nn.Module, images: Tensor, rows: Tensor) -> Tensor:
    """Return a classifier's logits for rows of images `[N, C, S, S]` uint8."""
    if isinstance(network, Learner):
        return network.answer(images)[rows]  # features of all images are cached
    return answers(network, images[rows])
