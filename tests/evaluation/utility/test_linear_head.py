"""The head equals scikit-learn's logistic regression."""

import pytest
import torch
from sklearn.linear_model import LogisticRegression

from ganaug.evaluation.utility.linear_head import fit_head


def blobs(seed=0, count=300, width=7, classes=3):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % classes
    centers = torch.randn(classes, width, generator=generator)
    features = centers[labels] + torch.randn(count, width, generator=generator)
    return 5 + 3 * features, labels, torch.randint(1, 9, (count,), generator=generator)


@pytest.mark.parametrize("decay", [2.0, 0.02])
def test_it_is_weighted_logistic_regression_on_standardized_features(decay):
    features, labels, weights = blobs()
    many, own = weights.double(), features.double()
    mean = (many @ own) / many.sum()
    deviation = ((many @ (own - mean) ** 2) / many.sum()).sqrt()
    reference = LogisticRegression(C=float(1 / (decay * many.sum())), tol=1e-10, max_iter=10_000)
    reference.fit(((own - mean) / deviation).numpy(), labels.numpy(), many.numpy())
    expected = reference.predict_proba(((own - mean) / deviation).numpy())
    found = fit_head(features, labels, weights, num_classes=3, decay=decay).logits(features)
    torch.testing.assert_close(
        found.softmax(1).double(), torch.from_numpy(expected), atol=2e-3, rtol=0
    )


def test_a_head_is_drawn_to_the_one_it_starts_from():
    features, labels, weights = blobs()
    first = fit_head(features, labels, weights, num_classes=3, decay=0.1)
    other, others, _ = blobs(seed=1)
    near, far = (
        fit_head(other, others, weights, num_classes=3, decay=decay, start=first)
        for decay in (1000.0, 0.01)
    )
    assert (near.weight - first.weight).abs().max() < 0.01 * first.weight.abs().max()
    assert (far.weight - first.weight).abs().max() > 0.5 * first.weight.abs().max()


def test_a_feature_that_never_changes_does_no_harm():
    features, labels, weights = blobs()
    features[:, 0] = 4.0
    head = fit_head(features, labels, weights, num_classes=3, decay=1.0)
    assert head.logits(features).isfinite().all()
