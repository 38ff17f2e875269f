"""Made-up results of trainings and their searches, quick searches, and watched fits."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import one_hot

import ganaug
from ganaug.evaluation.advice.search.candidates import Candidate, Space
from ganaug.evaluation.advice.search.halving import Job, Search
from ganaug.evaluation.advice.search.plan import Plan
from ganaug.training import engine
from ganaug.utils.pixels import to_float
from helpers.quick_advice import QUICK, data_of, stripes
from helpers.quick_fits import tiny_fit

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


@pytest.fixture(scope="package")
def photos(tmp_path_factory):
    root = tmp_path_factory.mktemp("photos")
    stripes(root / "train", 12)
    stripes(root / "test", 20, first=100)
    return root


@pytest.fixture(scope="package")
def searched(photos, tmp_path_factory):
    """What a search on the photos returned, and its folder."""
    out = tmp_path_factory.mktemp("out") / "advice"
    return ganaug.advise(data_of(photos), out=out, **QUICK), out


@pytest.fixture(scope="package")
def advised(searched):
    """The same, as its reader opens it."""
    return ganaug.load_advice(searched[1])


@pytest.fixture
def fits(monkeypatch):
    """What `fit` was called with."""
    asked = []

    def watched(model=None, **settings):
        asked.append({"model": model, **settings})
        return tiny_fit(model, **settings)

    monkeypatch.setattr(engine, "fit", watched)
    return asked
