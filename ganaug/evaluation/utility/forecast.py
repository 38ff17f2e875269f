"""Forecasts how long a study takes, and the smallest difference that it can detect."""

import time
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import torch

from datamodules.console import say
from ganaug.evaluation.utility.classifiers import Learner, MixSampler, answers, training_steps
from ganaug.evaluation.utility.frozen import VIEWS, FrozenClassifier, FrozenFeatures
from ganaug.evaluation.utility.significance import DISAGREEMENT, detectable, power_in_words
from ganaug.evaluation.utility.teachers import trainings_of_teachers
from ganaug.utils.durations import in_words
from ganaug.utils.rng import seeded

if TYPE_CHECKING:
    from ganaug.evaluation.utility.study import Arm, StudyRunner

# Steps of the probe, and the first ones to ignore, which are slower while the hardware warms up.
PROBE_STEPS, WARM_UP = 10, 3
PROBE_IMAGES = 256
# Training time of a quick study, in seconds, out of about two minutes in total.
QUICK_SECONDS, QUICK_SEEDS = 90.0, 3
STEPS, SEEDS, LEAST_STEPS = 1000, 5, 10


class Probe:
    """Estimates how long trainings take by timing a few steps with each augmentation.

    Args:
        runner: Runner of the study; its results don't change.
        arms: The arms of the study.
    """

    def __init__(self, runner: "StudyRunner", arms: "Sequence[Arm]") -> None:
        kinds = {arm.mix.augmentation: arm for arm in arms}
        if isinstance(_untrained_classifier(runner), Learner):
            self.step, self.test = dict.fromkeys(kinds, 0.0), _seconds_to_learn(runner, arms)
            return
        self.step = {kind: _seconds_per_step(runner, arm) for kind, arm in kinds.items()}
        self.test = _seconds_to_test(runner)

    def seconds(self, arms: "Sequence[Arm]", steps: int) -> float:
        """Return the total seconds of one training of each arm."""
        return sum(steps * self.step[arm.mix.augmentation] + self.test for arm in arms)


def quick_steps(runner: "StudyRunner", arms: "Sequence[Arm]", seeds: int) -> int:
    """Return the steps of each training in a quick study; a resumed study keeps its number."""
    if stored_steps := runner.known_steps:
        return stored_steps
    if isinstance(_untrained_classifier(runner), Learner):
        return STEPS  # a `Learner` ignores the number
    probe = Probe(runner, arms)
    seconds_left = QUICK_SECONDS / seeds - probe.seconds(arms, 0)
    step = probe.seconds(arms, 1) - probe.seconds(arms, 0)
    return min(STEPS, max(LEAST_STEPS, int(seconds_left / step)))


def forecast(
    runner: "StudyRunner",
    arms: "Sequence[Arm]",
    seeds: int,
    further: "Sequence[Arm]" = (),
    groups: Sequence[str] = (),
) -> None:
    """Print how long a study takes, and the smallest difference that it can detect.

    Args:
        runner: Runner of the study.
        arms: The arms of the study.
        seeds: Number of trainings of each arm.
        further: Further trainings, one arm for each.
        groups: Group of each test image; empty if the images are independent.
    """
    trainings = [arm for _, arm in runner.left(arms, range(seeds))]
    if not trainings:
        return
    trainings += [*trainings_of_teachers(trainings), *further]
    seconds = Probe(runner, trainings).seconds(trainings, runner.steps)
    num_others = len(trainings) - len(runner.left(arms, range(seeds)))
    others_text = f" and {num_others} others" if num_others else ""
    say(
        f"utility: {len(trainings)} trainings ({len(arms)} arms, {seeds} seeds{others_text}, "
        f"{runner.steps:,} steps) take about {in_words(seconds)} on {runner.device}, estimated "
        "from a few timed steps"
    )
    say(_power(runner.test.labels.numpy(), groups, sum(arm.synthetic for arm in arms), seeds))


def _power(labels: np.ndarray, groups: Sequence[str], arms: int, seeds: int) -> str:
    """Return the smallest difference that a study can detect, as a sentence."""
    samples = f"{len(labels):,} test images"
    if num_groups := len(set(groups)):
        samples = f"{num_groups:,} groups of test images"
        pairs = sorted(set(zip(labels.tolist(), groups, strict=True)))
        labels = np.array([label for label, _ in pairs])
    counts = np.bincount(labels)
    return (
        f"{power_in_words(detectable(counts, arms, seeds))} This assumes that two arms disagree on "
        f"{DISAGREEMENT:.0%} of the {samples} ({counts.min():,} in the smallest class)."
    )


def quick_note(steps: int, seeds: int, arms: int, smallest: float | None = None) -> str:
    """Return a note on the limits of a quick study.

    Args:
        steps: Number of steps of each training.
        seeds: Number of trainings of each arm.
        arms: Number of arms.
        smallest: The smallest difference that it can detect, if it found none.
    """
    reduced, full, untrained = f"{seeds} seeds", f"{SEEDS} seeds", ""
    if steps < STEPS:
        reduced, full = f"{reduced} and {steps:,} steps", f"{full} and {STEPS:,} steps"
        untrained = " Its classifiers may not be fully trained."
    power = "" if smallest is None else f" {power_in_words(smallest)}"
    return (
        f"quick: this study has {arms} arms with {reduced}; a full one has all arms with {full}."
        f"{power}{untrained} Run the full study before you rely on the verdict."
    )


def _seconds_per_step(runner: "StudyRunner", arm: "Arm") -> float:
    with seeded(0, runner.device):
        network = runner.classifier()
        sampler = MixSampler(arm.mix, runner.real, runner.synthetic, runner.num_classes, 0)
        steps = training_steps(network, sampler, PROBE_STEPS)
        for _ in islice(steps, WARM_UP):
            pass
        _synchronize(network)
        started = time.perf_counter()
        for _ in steps:
            pass
        _synchronize(network)
    return (time.perf_counter() - started) / (PROBE_STEPS - WARM_UP)


def _seconds_to_learn(runner: "StudyRunner", arms: "Sequence[Arm]") -> float:
    """Return the seconds of training a `Learner`, once all features have been read."""
    network = _untrained_classifier(runner)
    if isinstance(network, FrozenClassifier):
        _say_unread_features(runner, arms, network.features)
    largest = max(arms, key=lambda arm: (arm.mix.augmentation is not None, arm.synthetic))
    runner.once(largest, 0)
    started = time.perf_counter()
    runner.once(largest, 0)
    return time.perf_counter() - started


def _say_unread_features(
    runner: "StudyRunner", arms: "Sequence[Arm]", features: FrozenFeatures
) -> None:
    """Print how long it takes to read the features that are not cached yet."""
    policies = {arm.mix.augmentation for arm in arms} - {None}
    views = [(policy, view) for policy in policies for view in range(1, VIEWS + 1)]
    image_sets = [runner.real.images]
    image_sets += [runner.synthetic.images] if any(arm.synthetic for arm in arms) else []
    num_unread = features.unread(runner.test.images)
    for images in image_sets:
        num_unread += features.unread(images) + sum(
            features.unread(images, *view) for view in views
        )
    if num_unread:
        seconds = num_unread * features.seconds_an_image(runner.real.images)
        say(
            f"utility: reads the features of {num_unread:,} images first, which takes up to "
            f"{in_words(seconds)} on {runner.device}; they are cached for other studies"
        )


def _seconds_to_test(runner: "StudyRunner") -> float:
    network = _untrained_classifier(runner).eval()
    images = runner.test.images[:PROBE_IMAGES]
    started = time.perf_counter()
    answers(network, images)
    return (time.perf_counter() - started) * len(runner.test.images) / len(images)


def _untrained_classifier(runner: "StudyRunner") -> torch.nn.Module:
    """Return an untrained classifier; the caller's random state does not change."""
    with torch.random.fork_rng(devices=[]):
        return runner.classifier()


def _synchronize(network: torch.nn.Module) -> None:
    """Wait until an accelerator has finished its queued work."""
    next(network.parameters()).sum().item()
