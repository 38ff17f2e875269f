"""Simulated training results, so that tests can run whole searches in no time."""

import numpy as np

from ganaug.evaluation.advice.search.candidates import Candidate
from ganaug.evaluation.advice.search.job import Job
from ganaug.evaluation.advice.search.plan import Plan

CENTER = Candidate("small", "light", "equal")
LABELS = np.repeat([0, 1], 60)
PLAN = Plan(steps=40, augmentations=3, combinations=3, finalists=2, repeats=2)
# Percentage points of accuracy that each choice adds.
GAINS = {"elastic": 12, "light": 6, "equal": 5, "square_root": 3, "mixup": 2, "cutmix": -20}


def expected(candidate):
    """Return the true accuracy of a candidate."""
    chosen = (candidate.augmentation, candidate.balance, candidate.blend)
    return (70 + sum(GAINS.get(each, 0) for each in chosen)) / 100


def train(key, accuracy=expected):
    """Simulate a training: only accurate candidates classify hard images correctly."""
    job = Job.of(key)
    held_out = np.flatnonzero(np.arange(len(LABELS)) % 3 == job.fold)
    # The same images are hard for all candidates, as with real trainings.
    hardness = np.random.default_rng(0).permuted(np.tile(np.arange(60) / 60, (2, 1)), axis=1)
    shift = np.random.default_rng(job.repeat).normal(0, 0.005)
    wrong = held_out[hardness.ravel()[held_out] > accuracy(job.candidate) + shift]
    found = 1 - len(wrong) / len(held_out)
    return {"wrong": wrong.tolist(), "balanced_accuracy": found, "seconds": 0.01}


def finish(search, train=train):
    """Run a search to its end, and return its results."""
    results = {}
    while jobs := search.left(results):
        results |= {job.key: train(job.key) for job in jobs}
    return results
