"""Streams are pure functions of their keys."""

from types import SimpleNamespace

import pytest
import torch

from ganaug.utils.rng import seed_step, seeded, stream, stream_seed


def test_same_keys_same_draws_whatever_came_before():
    first = torch.randn(3, generator=stream(0, 1, 2))
    torch.randn(100)
    assert torch.equal(first, torch.randn(3, generator=stream(0, 1, 2)))


def test_different_keys_different_seeds():
    keys = [(s, r, b) for s in range(3) for r in range(3) for b in range(50)]
    assert len({stream_seed(*key) for key in keys}) == len(keys)


def test_a_step_draws_the_same_again_and_otherwise_on_another_rank_or_batch():
    def noise(*step):
        seed_step(*step, "cpu")
        return torch.randn(3)

    assert torch.equal(noise(0, 0, 7), noise(0, 0, 7))
    for other in ((1, 0, 7), (0, 1, 7), (0, 0, 8)):
        assert not torch.equal(noise(0, 0, 7), noise(*other))


def test_a_seeded_block_leaves_the_states_of_all_devices(monkeypatch):
    torch.manual_seed(5)
    expected = torch.rand(2)
    before = torch.get_rng_state()
    monkeypatch.setattr(torch.cuda, "manual_seed_all", lambda _: pytest.fail("GPUs are seeded"))
    with seeded(5):
        assert torch.equal(torch.rand(2), expected)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_step_seeds_the_device_of_the_model(monkeypatch):
    seeds = []
    module = SimpleNamespace(manual_seed=seeds.append)
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(torch, "get_device_module", lambda *_: module)
    seed_step(0, 0, 7, torch.device("cpu"))
    assert seeds == []
    for device in ("mps", torch.device("cuda", 1)):
        seed_step(0, 0, 7, device)
    assert seeds == [stream_seed(0, 0, 7)] * 2
    assert torch.initial_seed() == stream_seed(0, 0, 7)
