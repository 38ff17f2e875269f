"""The semi-supervised losses against the K+1-class formulas written out."""

import math

import pytest
import torch

from ganaug.losses.semisupervised import (
    consistency,
    feature_matching,
    source_logit,
    unsupervised_loss,
)

REAL = torch.tensor([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]], dtype=torch.float64)
FAKE = torch.tensor([[-1.0, 0.2, -0.5], [0.4, -3.0, 1.0]], dtype=torch.float64)


def probability_of_real(logits):
    """Softmax over K + 1 classes, the last with logit 0; all but the last are real."""
    exponentials = [math.exp(logit) for logit in logits] + [1.0]
    return sum(exponentials[:-1]) / sum(exponentials)


def test_the_source_logit_is_that_of_the_softmax_over_one_class_more():
    for row, logit in zip(REAL.tolist(), source_logit(REAL).tolist(), strict=True):
        assert 1 / (1 + math.exp(-logit)) == pytest.approx(probability_of_real(row))


def test_unsupervised_loss():
    expected = -sum(math.log(probability_of_real(row)) for row in REAL.tolist()) / 2
    expected -= sum(math.log(1 - probability_of_real(row)) for row in FAKE.tolist()) / 2
    loss = unsupervised_loss(real_class_logits=REAL, fake_class_logits=FAKE)
    assert loss.item() == pytest.approx(expected)
    extreme = torch.tensor([[800.0, -800.0, 0.0]])
    assert torch.isfinite(unsupervised_loss(real_class_logits=extreme, fake_class_logits=extreme))


def test_feature_matching_compares_means_and_teaches_the_generator_alone():
    real = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    fake = torch.tensor([[0.0, 0.0], [0.0, 2.0], [0.0, 4.0]], requires_grad=True)
    loss = feature_matching(real_features=real, fake_features=fake)
    assert loss.item() == pytest.approx((2 - 0) ** 2 + (3 - 2) ** 2)
    loss.backward()
    assert real.grad is None
    assert fake.grad.abs().sum() > 0


def test_consistency_follows_a_confident_teacher_alone():
    rows = [[2.0, -1.0, 0.5], [0.3, 1.2, -0.7], [1.0, 0.0, -1.0]]
    logits = torch.tensor(rows, dtype=torch.float64, requires_grad=True)
    # Confident in class 1, in no class, and in class 2 with exactly the required probability.
    teacher = torch.tensor([[0.05, 0.9, 0.05], [0.5, 0.3, 0.2], [0.1, 0.1, 0.8]]).double()
    teacher = teacher.requires_grad_()
    labels = {0: 1, 2: 2}
    expected = sum(
        math.log(sum(map(math.exp, rows[row]))) - rows[row][label] for row, label in labels.items()
    )
    loss = consistency(logits, teacher, confidence=float(teacher[2, 2]))
    assert loss.item() == pytest.approx(expected / 3)
    loss.backward()
    assert teacher.grad is None
    assert logits.grad[1].abs().sum() == 0
    assert logits.grad[0].abs().sum() > 0
