"""Times the parts of a search on this machine, such as a training step."""

import time
from itertools import pairwise
from statistics import median

import torch
from torch import nn

from ganaug.evaluation.advice.search.candidates import Candidate
from ganaug.evaluation.advice.trainings.workbench import Workbench
from ganaug.evaluation.utility.classifiers import Learner, answers, training_steps
from ganaug.evaluation.utility.forecast import STEPS
from ganaug.evaluation.utility.frozen import DECAYS, FrozenClassifier, changed
from ganaug.evaluation.utility.linear_head import fit_head
from ganaug.evaluation.utility.sampling import DataMix, MixSampler
from ganaug.utils.cached_method import cached_method

# Sizes of the probes. Enough rows to exceed the processor's cache, in which a row takes half as
# long.
PROBE_STEPS, PROBE_IMAGES, PROBE_ROWS = 8, 64, 5000
# Maximum time, in seconds, to time steps.
PROBE_SECONDS = 3.0
# The probe's features are correlated like a network's, by combining this many random factors.
FACTORS = 20


class Timings:
    """Times each part of a search once, when it is needed.

    Args:
        bench: Workbench that does the trainings.
    """

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench

    @cached_method
    def image(self, name: str, size: int) -> float:
        """Return the seconds to read the features of an image at a size in pixels."""
        shape = (PROBE_IMAGES, self.bench.data.channels, size, size)
        # The time does not depend on the content of the images.
        return self.frozen(name).features.seconds_an_image(
            torch.full(shape, 128, dtype=torch.uint8)
        )

    @cached_method
    def head(self, name: str, views: int) -> float:
        """Return the seconds to fit a head to the features of all images and their views."""
        network = self.frozen(name)
        rows = len(self.bench.folds.labels) * (1 + views)
        num_rows, width = min(rows, PROBE_ROWS), network.trunk.width
        random = torch.Generator().manual_seed(0)
        factors = torch.randn(num_rows, FACTORS, generator=random)
        features = factors @ torch.randn(FACTORS, width, generator=random)
        features += torch.randn(num_rows, width, generator=random)
        labels, weights = torch.arange(num_rows) % network.num_classes, torch.ones(num_rows)
        started = time.perf_counter()
        fit_head(features, labels, weights, num_classes=network.num_classes, decay=DECAYS[0])
        return (time.perf_counter() - started) * rows / num_rows

    @cached_method
    def learn(self, name: str) -> float:
        """Return the seconds to train a `Learner`; 0 for other classifiers."""
        if not isinstance(self._network(name), Learner):
            return 0.0
        started = time.perf_counter()
        self.bench.trained(Candidate(name), STEPS, seed=0)
        return time.perf_counter() - started

    @cached_method
    def step(self, name: str) -> float:
        """Return the seconds of a step without augmentation."""
        trainer = self.bench.trainer(Candidate(name), STEPS)
        sampler = MixSampler(DataMix(), trainer.real, trainer.synthetic, trainer.num_classes, 0)
        with torch.random.fork_rng(devices=[]):
            steps, times = training_steps(self._network(name), sampler, PROBE_STEPS), [0.0]
            started = time.perf_counter()
            for _ in steps:
                times.append(time.perf_counter() - started)
                if times[-1] > PROBE_SECONDS:
                    break
        # The median, since the first steps take longer while the hardware warms up.
        return median(after - before for before, after in pairwise(times))

    @cached_method
    def answer(self, name: str) -> float:
        """Return the seconds to classify an image."""
        network = self._network(name).eval().to(memory_format=torch.channels_last)
        images = self.bench.real(self.bench.classifiers[name].size).images[:PROBE_IMAGES]
        answers(network, images)  # a warm-up, since the first call takes four times as long
        started = time.perf_counter()
        answers(network, images)
        return (time.perf_counter() - started) / len(images)

    @cached_method
    def change(self, augmentation: str, size: int) -> float:
        """Return the seconds to augment an image at a size in pixels."""
        policy = self.bench.augmentation(augmentation, size)
        if policy is None:
            return 0.0
        image = torch.full((self.bench.data.channels, size, size), 128, dtype=torch.uint8)
        changed(image, policy, 0)
        started = time.perf_counter()
        for view in range(PROBE_IMAGES):
            changed(image, policy, view)
        return (time.perf_counter() - started) / PROBE_IMAGES

    def frozen(self, name: str) -> FrozenClassifier:
        """Return an untrained classifier on frozen features."""
        network = self._network(name)
        assert isinstance(network, FrozenClassifier), "only called for frozen features"
        return network

    def _network(self, name: str) -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            return self.bench.trainer(Candidate(name), STEPS).classifier()
