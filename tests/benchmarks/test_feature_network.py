"""The study of the feature network compares ranks, and trains networks as their purposes say."""

import pytest
import torch

from benchmarks import feature_network
from benchmarks.feature_network import correlations, ranks
from benchmarks.study import Workspace
from ganaug.evaluation.features.domain import PURPOSES
from ganaug.evaluation.features.networks import DomainNetwork


def test_ranks_are_compared_of_all_epochs_and_of_the_second_half():
    one = [{"fid": value} for value in (9.0, 8.0, 2.0, 1.0)]
    other = [{"fid": value} for value in (90.0, 80.0, 10.0, 20.0)]
    found = correlations("ranks", "fid", one, other)
    assert found == {"ranks": pytest.approx(0.8), "ranks, second half": pytest.approx(-1)}


def test_the_fit_s_network_is_held_against_two_full_ones(monkeypatch):
    trained = []

    def train(data, purpose):
        trained.append((purpose.seed, purpose.good_enough))
        torch.manual_seed(purpose.seed)
        return DomainNetwork(1, 10, 28, width=4).eval(), 0.98

    # Digits under less and less noise.
    def samples(workspace, data):
        digits = data.images("test", limit=200)[0] / 127.5 - 1
        return [digits + noise * torch.randn_like(digits) for noise in (4.0, 1.0, 0.3, 0.0)]

    monkeypatch.setattr(feature_network, "samples_by_epoch", samples)
    monkeypatch.setattr(feature_network, "trained", train)
    monkeypatch.setattr(feature_network, "SAMPLES", 200)
    found = ranks(Workspace(None, None, None, 0))
    assert trained == [(1, PURPOSES["fit"].good_enough), (1, 1.0), (2, 1.0)]
    assert [found["fid ranks"], found["fid ranks, second half"]] == pytest.approx([1, 1])
    assert found["held-out accuracy %, in full"] == pytest.approx(98)
