"""On the same features, metrics equal those of scipy, torch-fidelity, torchmetrics and prdc."""

import numpy as np
import pytest
import scipy.linalg
import torch
from prdc import compute_prdc
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric
from torchmetrics.image.mifid import MemorizationInformedFrechetInceptionDistance

from ganaug.evaluation.metrics.fid import AsTheyAre, fid
from ganaug.evaluation.metrics.inception_score import inception_score
from ganaug.evaluation.metrics.kid import kid
from ganaug.evaluation.metrics.mifid import cosine_distances, mifid
from ganaug.evaluation.metrics.prdc import prdc

SHAPES = [(400, 300, 6), (300, 400, 64)]


def sets(n, m, d):
    random = np.random.default_rng(d)
    mixed = random.normal(size=(d, d))
    real = random.normal(size=(n, d)) @ mixed
    fake = random.normal(0.2, 1.1, size=(m, d)) @ mixed
    return torch.from_numpy(real), torch.from_numpy(fake)


@pytest.mark.parametrize("shape", SHAPES)
def test_fid(shape):
    real, fake = sets(*shape)
    value = fid(real, fake)
    a, b = (np.cov(each.numpy(), rowvar=False) for each in (real, fake))
    means = ((real.mean(0) - fake.mean(0)) ** 2).sum().item()
    by_scipy = means + np.trace(a + b - 2 * scipy.linalg.sqrtm(a @ b).real)
    assert value == pytest.approx(by_scipy, rel=1e-4)
    theirs = fid_statistics_to_metric(*map(fid_features_to_statistics, (real, fake)), False)
    assert value == pytest.approx(theirs["frechet_inception_distance"], rel=1e-4)


@pytest.mark.parametrize("width", [6, 64])
def test_kid(width):
    # Each subset holds all images, so random draws make no difference.
    real, fake = sets(300, 300, width)
    theirs = kid_features_to_metric(
        real, fake, kid_subsets=1, kid_subset_size=300, verbose=False, rng_seed=0
    )
    assert kid(real, fake)[0] == pytest.approx(theirs["kernel_inception_distance_mean"], rel=1e-4)


@pytest.mark.parametrize("width", [6, 64])
def test_inception_score(width):
    logits, _ = sets(300, 2, width)
    theirs = isc_features_to_metric(logits, splits=1, shuffle=False)
    assert inception_score(logits)[0] == pytest.approx(theirs["inception_score_mean"], rel=1e-4)


@pytest.mark.parametrize("noise", [0.1, 3.0])
def test_mifid(noise):
    train, _ = sets(400, 2, 16)
    fake = train[:300] + noise * torch.randn(300, 16, generator=torch.Generator().manual_seed(0))
    fake[7] = 0  # no direction
    fake[100:] *= -1  # opposite directions count as the same
    nearness = float(cosine_distances(train, fake).nanmean())
    assert (nearness < 0.1) == (noise == 0.1)
    # torchmetrics averages over the images passed as real; the paper over the synthetic ones.
    metric = MemorizationInformedFrechetInceptionDistance(feature=AsTheyAre(16))
    metric.update(fake, real=True)
    metric.update(train, real=False)
    assert mifid(train, fake) == pytest.approx(float(metric.compute()), rel=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_overlap(shape):
    real, fake = sets(*shape)
    found = prdc(real, fake)
    for name, value in compute_prdc(real.numpy(), fake.numpy(), nearest_k=5).items():
        assert getattr(found, name) == pytest.approx(float(value), rel=1e-4)


def test_features_without_direction_are_never_nan():
    train, fake = torch.zeros(60, 4).double(), torch.eye(4).repeat(15, 1).double()
    assert mifid(train, fake) == pytest.approx(fid(train, fake))
    assert mifid(train, train) == 0
