"""Streams are pure functions of their keys."""

import torch

from ganaug.random_streams import stream, stream_seed


def test_same_keys_same_draws_whatever_came_before():
    first = torch.randn(3, generator=stream(0, 1, 2))
    torch.randn(100)
    assert torch.equal(first, torch.randn(3, generator=stream(0, 1, 2)))


def test_different_keys_different_seeds():
    keys = [(s, r, b) for s in range(3) for r in range(3) for b in range(50)]
    assert len({stream_seed(*key) for key in keys}) == len(keys)
