"""Made-up results of trainings, and the searches that they belong to."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import one_hot

from ganaug.evaluation.advice.candidates import Candidate, Space
from ganaug.evaluation.advice.plan import Plan
from ganaug.evaluation.advice.search import Job, Search
from ganaug.utils.pixels import to_float

CENTER = Candidate("small", "light", "equal")
LABELS = np.repeat([0, 1], 60)
PLAN = Plan(steps=40, augmentations=3, combinations=3, finalists=2, repeats=2)
# Points of accuracy that each choice adds, of 100.
GAINS = {"elastic": 12, "light": 6, "equal": 5, "square_root": 3, "mixup": 2, "cutmix": -20}


def expected(candidate):
    """How accurate a candidate is, in truth."""
    chosen = (candidate.augmentation, candidate.balance, candidate.blend)
    return (70 + sum(GAINS.get(each, 0) for each in chosen)) / 100


def train(key, accuracy=expected):
    """Stand for a training: the harder an image, the better a candidate must be to name it."""
    job = Job.of(key)
    held_out = np.flatnonzero(np.arange(len(LABELS)) % 3 == job.fold)
    # The same images are hard for all candidates, as in truth.
    hardness = np.random.default_rng(0).permuted(np.tile(np.arange(60) / 60, (2, 1)), axis=1)
    shift = np.random.default_rng(job.repeat).normal(0, 0.005)
    wrong = held_out[hardness.ravel()[held_out] > accuracy(job.candidate) + shift]
    found = 1 - len(wrong) / len(held_out)
    return {"wrong": wrong.tolist(), "balanced_accuracy": found, "seconds": 0.01}


def finish(search, train=train):
    """Return the results of a whole search."""
    results = {}
    while jobs := search.left(results):
        results |= {job.key: train(job.key) for job in jobs}
    return results


def linear(channels, classes, size):
    """A classifier that learns in little time."""
    return nn.Sequential(nn.Flatten(), nn.Linear(channels * size * size, classes))


class Ridge(nn.Module):
    """A classifier that learns in no time: ridge regression on some of the draws."""

    def __init__(self, pixels, classes):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(pixels, classes))

    def forward(self, images):
        return images.flatten(1) @ self.weight

    def learn(self, sampler, draws):
        images, targets = sampler.batch(1500)
        targets = targets if targets.ndim == 2 else one_hot(targets, self.weight.shape[1]).float()
        pixels = to_float(images).flatten(1)
        square = pixels.T @ pixels + 50 * torch.eye(pixels.shape[1])
        self.weight.data = torch.linalg.solve(square, pixels.T @ (targets - targets.mean(0)))

    @torch.no_grad()
    def answer(self, images):
        return self(to_float(images))


def ridge(channels, classes, size):
    return Ridge(channels * size * size, classes)


@pytest.fixture
def space():
    return Space(CENTER, ["small"], (), ["none", "light", "elastic"])


@pytest.fixture
def search(space):
    return Search(space, PLAN, LABELS)
