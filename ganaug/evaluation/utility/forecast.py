"""How long a study takes, by a few timed steps, and how small a difference it could detect."""

import time
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import torch

from datamodules.console import say
from ganaug.evaluation.utility.classifiers import Learner, MixSampler, answers, training_steps
from ganaug.evaluation.utility.frozen import VIEWS, FrozenClassifier, FrozenFeatures
from ganaug.evaluation.utility.significance import DISAGREEMENT, detectable
from ganaug.evaluation.utility.teachers import trainings_of_teachers
from ganaug.utils.durations import in_words

if TYPE_CHECKING:
    from ganaug.evaluation.utility.study import Arm, StudyRunner

# Steps of the probe; the first ones are slower, while the hardware warms up.
PROBE_STEPS, WARM_UP = 10, 3
PROBE_IMAGES = 256
# Seconds that a quick study trains for: the rest of its two minutes is for everything else.
QUICK_SECONDS, QUICK_SEEDS = 90.0, 3
STEPS, SEEDS, LEAST_STEPS = 1000, 5, 10


class Probe:
    """Measures how long trainings take here, by a few steps with and without each augmentation.

    Args:
        runner: Runner of the study; its results do not change.
        arms: The arms of the study.
    """

    def __init__(self, runner: "StudyRunner", arms: "Sequence[Arm]") -> None:
        kinds = {arm.mix.augmentation: arm for arm in arms}
        if isinstance(runner.classifier(), Learner):
            self.step, self.test = dict.fromkeys(kinds, 0.0), _seconds_to_learn(runner, arms)
            return
        self.step = {kind: _seconds_a_step(runner, arm) for kind, arm in kinds.items()}
        self.test = _seconds_to_test(runner)

    def seconds(self, arms: "Sequence[Arm]", steps: int) -> float:
        """Return how long one training in each of these arms takes."""
        return sum(steps * self.step[arm.mix.augmentation] + self.test for arm in arms)


def quick_steps(runner: "StudyRunner", arms: "Sequence[Arm]", seeds: int) -> int:
    """Return the steps of each training of a quick study; a resumed study keeps its own."""
    if known := runner.known_steps:
        return known
    if isinstance(runner.classifier(), Learner):
        return STEPS  # such a classifier takes no steps
    probe = Probe(runner, arms)
    left = QUICK_SECONDS / seeds - probe.seconds(arms, 0)
    step = probe.seconds(arms, 1) - probe.seconds(arms, 0)
    return min(STEPS, max(LEAST_STEPS, int(left / step)))


def forecast(
    runner: "StudyRunner", arms: "Sequence[Arm]", seeds: int, others: "Sequence[Arm]" = ()
) -> None:
    """Print how long a study takes, and the smallest difference that it could detect.

    Args:
        runner: Runner of the study.
        arms: The arms of the study.
        seeds: Trainings of each arm.
        others: Further trainings, each as an arm.
    """
    left = [arm for _, arm in runner.left(arms, range(seeds))]
    if not left:
        return
    left += [*trainings_of_teachers(left), *others]
    seconds = Probe(runner, left).seconds(left, runner.steps)
    besides = len(left) - len(runner.left(arms, range(seeds)))
    more = f" and {besides} others" if besides else ""
    say(
        f"utility: {len(left)} trainings ({len(arms)} arms, {seeds} seeds{more}, "
        f"{runner.steps:,} steps) take about {in_words(seconds)} on {runner.device}, by a few "
        "steps that were timed"
    )
    labels = runner.test.labels
    counts = np.bincount(labels.numpy())
    smallest = detectable(counts, sum(arm.synthetic for arm in arms), seeds)
    say(
        f"With {len(labels):,} test images ({counts.min():,} in the smallest class) it can see "
        f"differences in balanced accuracy of about {100 * smallest:.1f} points or more, if two "
        f"arms disagree about {DISAGREEMENT:.0%} of the images"
    )


def quick_note(steps: int, seeds: int, arms: int, smallest: float) -> str:
    """Return a note on how rough a quick study is."""
    own, full, untrained = f"{seeds} seeds", f"{SEEDS} seeds", ""
    if steps < STEPS:
        own, full = f"{own} and {steps:,} steps", f"{full} and {STEPS:,} steps"
        untrained = ", and its classifiers may not be fully trained"
    return (
        f"quick: this study has {arms} arms with {own}; a full one has all arms with {full}. It "
        f"could only see differences of {100 * smallest:.1f} points or more{untrained}; run the "
        "full study before you rely on the verdict."
    )


def _seconds_a_step(runner: "StudyRunner", arm: "Arm") -> float:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = runner.classifier()
        sampler = MixSampler(arm.mix, runner.real, runner.synthetic, runner.num_classes, 0)
        steps = training_steps(network, sampler, PROBE_STEPS)
        for _ in islice(steps, WARM_UP):
            pass
        _wait(network)
        started = time.perf_counter()
        for _ in steps:
            pass
        _wait(network)
    return (time.perf_counter() - started) / (PROBE_STEPS - WARM_UP)


def _seconds_to_learn(runner: "StudyRunner", arms: "Sequence[Arm]") -> float:
    """Return how long a training without steps takes, once all features have been read."""
    network = runner.classifier()
    if isinstance(network, FrozenClassifier):
        _say_what_is_read(runner, arms, network.features)
    largest = max(arms, key=lambda arm: (arm.mix.augmentation is not None, arm.synthetic))
    runner.once(largest, 0)
    started = time.perf_counter()
    runner.once(largest, 0)
    return time.perf_counter() - started


def _say_what_is_read(
    runner: "StudyRunner", arms: "Sequence[Arm]", features: FrozenFeatures
) -> None:
    """Print how long it takes to read the features that are not in the cache yet."""
    policies = {arm.mix.augmentation for arm in arms} - {None}
    views = [(policy, view) for policy in policies for view in range(1, VIEWS + 1)]
    drawn = [runner.real.images]
    drawn += [runner.synthetic.images] if any(arm.synthetic for arm in arms) else []
    images = features.unread(runner.test.images)
    for own in drawn:
        images += features.unread(own) + sum(features.unread(own, *view) for view in views)
    if images:
        seconds = images * features.seconds_an_image(runner.real.images)
        say(
            f"utility: reads the features of {images:,} images first, which takes up to "
            f"{in_words(seconds)} on {runner.device}; they are kept for other studies"
        )


def _seconds_to_test(runner: "StudyRunner") -> float:
    with torch.random.fork_rng(devices=[]):
        network = runner.classifier().eval()
    images = runner.test.images[:PROBE_IMAGES]
    started = time.perf_counter()
    answers(network, images)
    return (time.perf_counter() - started) * len(runner.test.images) / len(images)


def _wait(network: torch.nn.Module) -> None:
    """Wait until an accelerator has finished its queued work."""
    next(network.parameters()).sum().item()
