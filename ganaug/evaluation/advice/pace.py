"""How long a search takes on this machine, by a few steps that are timed."""

import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from statistics import fmean

import torch

from ganaug.evaluation.advice.candidates import NO_SET, Candidate, Space
from ganaug.evaluation.advice.heap import MOST_FROZEN, PSEUDO, ROUNDS, TEACHERS
from ganaug.evaluation.advice.plan import TEST_SEEDS, TESTED, Plan
from ganaug.evaluation.advice.training import Workbench
from ganaug.evaluation.utility.classifiers import Learner, MixSampler, answers, training_steps
from ganaug.evaluation.utility.forecast import STEPS
from ganaug.evaluation.utility.frozen import VIEWS, FrozenClassifier
from ganaug.evaluation.utility.linear_head import fit_head
from ganaug.evaluation.utility.selection import FOLDS

PROBE_STEPS, WARM_UP, PROBE_IMAGES = 8, 3, 128


class Pace:
    """Measures how long the trainings of a space take.

    Args:
        bench: Carries them out.
        candidates: All that may be tried.
        tested: Test images.
    """

    def __init__(self, bench: Workbench, candidates: Iterable[Candidate], tested: int) -> None:
        self.bench, self.tested = bench, tested
        self.frozen: dict[str, tuple[float, float]] = {}
        self.step: dict[tuple[str, str], float] = {}
        self.answer: dict[str, float] = {}
        for name in dict.fromkeys(each.classifier for each in candidates):
            network = bench.trainer(Candidate(name), STEPS).classifier()
            if isinstance(network, FrozenClassifier):
                self.frozen[name] = self._frozen(network, name)
            elif isinstance(network, Learner):
                self.frozen[name] = 0.0, self._learn(name)
            else:
                self.answer[name] = self._answer(network, name)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            for each in candidates:
                key = each.classifier, each.augmentation
                if each.classifier not in self.frozen and key not in self.step:
                    self.step[key] = self._step(Candidate(*key))

    def seconds(self, space: Space, plan: Plan) -> float:
        """Return how long a search by a plan takes, with its test."""
        singles = space.singles()
        first, later, _ = plan.rungs
        held_out = len(self.bench.folds.scored) / FOLDS
        found = self._features(singles)
        found += FOLDS * sum(self._training(each, first.steps, held_out) for each in singles)
        # Which get further is not known yet.
        mean = fmean(self._training(each, later.steps, held_out) for each in singles)
        found += (plan.trials(len(singles)) - FOLDS * len(singles)) * mean
        mean = fmean(self._training(each, plan.steps, self.tested) for each in singles)
        return found + bool(self.tested) * TEST_SEEDS * TESTED * mean

    def _features(self, candidates: Iterable[Candidate]) -> float:
        """Return how long reading all features takes, each once for an image and a view."""
        used = {
            (each.classifier, each.synthetic, each.augmentation)
            for each in candidates
            if each.classifier in self.frozen
        }
        images = {(name, ""): len(self.bench.folds.labels) for name, _, _ in used}
        for name, synthetic in {(name, synthetic) for name, synthetic, _ in used if synthetic}:
            images[name, synthetic] = self._drawn(name, synthetic)
        found = 0.0
        for (name, synthetic), count in images.items():
            views = sum(VIEWS for own in used if own[:2] == (name, synthetic) and own[2] != "none")
            # A set is also tried with the augmentations that win.
            views = 2 * views if synthetic else views
            found += self.frozen[name][0] * count * (1 + views)
        return found + sum(self.frozen[name][0] * self.tested for name in {u[0] for u in used})

    def _drawn(self, classifier: str, synthetic: str) -> int:
        """Return how many images of a set a classifier is trained on."""
        if synthetic == PSEUDO and self.bench.heap:
            size = self.bench.classifiers[classifier].size
            most = MOST_FROZEN if classifier in self.frozen else None
            return len(self.bench.heap.first(size, most))
        further = self.bench.trainer(Candidate(classifier, synthetic=synthetic), STEPS).synthetic
        return len(further.labels if further.rows is None else further.rows)

    def _training(self, candidate: Candidate, steps: int, answered: float) -> float:
        name = candidate.classifier
        if candidate.synthetic == PSEUDO:
            # Its teachers, each of which answers the whole heap; at worst no other shares them.
            heap = self._drawn(name, PSEUDO)
            own = self._training(replace(candidate, synthetic=NO_SET), steps, answered)
            each = self._training(replace(candidate, synthetic=NO_SET), steps, heap)
            return own + ROUNDS * TEACHERS * each
        if name in self.frozen:
            return self.frozen[name][1]
        step = self.step[name, candidate.augmentation]
        return steps * step + answered * self.answer[name]

    def _frozen(self, network: FrozenClassifier, name: str) -> tuple[float, float]:
        """Return the seconds to read an image's features, and to fit a head."""
        images = self.bench.real(self.bench.classifiers[name].size).images
        an_image = network.features.seconds_an_image(images)
        rows, classes = len(images) * (1 + VIEWS), network.num_classes
        random = torch.Generator().manual_seed(0)
        features = torch.randn(rows, network.trunk.width, generator=random)
        labels = torch.arange(rows) % classes
        started = time.perf_counter()
        fit_head(features, labels, torch.ones(rows), num_classes=classes, decay=2.0)
        return an_image, time.perf_counter() - started

    def _learn(self, name: str) -> float:
        started = time.perf_counter()
        self.bench.trained(Candidate(name), STEPS, seed=0)
        return time.perf_counter() - started

    def _answer(self, network: torch.nn.Module, name: str) -> float:
        images = self.bench.real(self.bench.classifiers[name].size).images[:PROBE_IMAGES]
        answers(network.eval(), images[:2])
        started = time.perf_counter()
        answers(network, images)
        return (time.perf_counter() - started) / len(images)

    def _step(self, candidate: Candidate) -> float:
        trainer = self.bench.trainer(candidate, STEPS)
        mix = self.bench.arm(candidate, trainer.synthetic).mix
        sampler = MixSampler(mix, trainer.real, trainer.synthetic, trainer.num_classes, 0)
        steps = training_steps(trainer.classifier(), sampler, PROBE_STEPS)
        for _ in islice(steps, WARM_UP):
            pass
        started = time.perf_counter()
        for _ in steps:
            pass
        return (time.perf_counter() - started) / (PROBE_STEPS - WARM_UP)
