"""Precision and recall by hand on a line, and their opposite failures."""

import sys

import pytest
import torch

from ganaug.evaluation.metrics.prdc import prdc
from ganaug.utils.errors import UsageError


def line(*places):
    return torch.tensor(places, dtype=torch.float64)[:, None]


def test_by_hand():
    # Reaches with one neighbor: real 1, 1, 2 at 0, 1, 3; synthetic 0.5, 0.5, 19.5 at 0.5, 1, 20.5.
    found = prdc(line(0, 1, 3), line(0.5, 1, 20.5), neighbors=1)
    assert found.precision == pytest.approx(2 / 3)  # 20.5 lies among none
    assert found.recall == pytest.approx(2 / 3)  # 1 and, within 19.5 of 20.5, 3
    # 0.5 lies in the surroundings of 0 and 1; 1 in that of 1 alone (0 and 3 reach just up to it).
    assert found.density == pytest.approx(3 / 3)
    assert found.coverage == pytest.approx(2 / 3)


def test_the_same_distribution_scores_high_on_all():
    torch.manual_seed(0)
    found = prdc(torch.randn(900, 4).double(), torch.randn(900, 4).double())
    assert min(found.precision, found.recall, found.coverage) > 0.9
    assert found.density == pytest.approx(1.0, abs=0.1)


def test_a_collapsed_generator_is_precise_and_recalls_little():
    torch.manual_seed(0)
    found = prdc(torch.randn(900, 4).double(), 0.1 * torch.randn(900, 4).double())
    assert found.precision > 0.95
    assert found.recall < 0.05


def test_a_wild_generator_recalls_and_is_not_precise():
    torch.manual_seed(0)
    found = prdc(torch.randn(900, 4).double(), 4 * torch.randn(900, 4).double())
    assert found.precision < 0.5
    assert found.recall > 0.9


def test_sizes_beyond_one_chunk_make_no_difference(monkeypatch):
    torch.manual_seed(0)
    real, fake = torch.randn(130, 3).double(), torch.randn(90, 3).double() * 1.5
    whole = prdc(real, fake)
    # The package offers the function by the same name as the module.
    monkeypatch.setattr(sys.modules["ganaug.evaluation.metrics.prdc"], "_ROWS", 37)
    assert prdc(real, fake) == whole


def test_too_few_are_said():
    with pytest.raises(UsageError, match="need more than 5 images of either kind, got 5 real"):
        prdc(torch.randn(5, 2), torch.randn(50, 2))
