"""The loops that training is timed against play the same game as the model."""

import pytest
import torch

from benchmarks.plain_loops import BATCH, CLASSES, IMAGE_SIZE, LOOPS, Players


def players(tuned):
    torch.manual_seed(0)
    return Players(4, tuned=tuned)


def batch():
    torch.manual_seed(1)
    return torch.rand(BATCH, 1, IMAGE_SIZE, IMAGE_SIZE) * 2 - 1, torch.randint(CLASSES, (BATCH,))


def weights(made):
    both = (made.generator, made.discriminator)
    return torch.cat([p.detach().flatten() for player in both for p in player.parameters()])


def test_both_loops_take_the_same_step():
    moved = {}
    for loop, (_, step) in LOOPS.items():
        made = players(loop == "tuned")
        before = weights(made)
        torch.manual_seed(2)
        step(made, *batch())
        moved[loop] = (weights(made) - before).sign()
    # Adam's first step has the size of the rate, so all that can differ is the sign, where a
    # gradient is so small that bfloat16 loses it.
    assert (moved["textbook"] == moved["tuned"]).float().mean() > 0.9
    assert moved["textbook"].abs().mean() > 0.9


def test_the_textbook_has_none_of_the_tricks():
    made = players(tuned=False)
    seen = []
    made.discriminator.trunk.layers[2].register_forward_hook(lambda *call: seen.append(call[2]))
    assert made.loss(*batch(), real=True).dtype == torch.float32
    assert seen[0].is_contiguous()
    assert not made.generator_step.defaults["fused"]


def test_the_textbook_folds_no_pixels(monkeypatch):
    plain, tuned = players(tuned=False), players(tuned=True)
    monkeypatch.setattr("ganaug.networks.space_to_depth.folded_in_fours", None)
    plain.loss(plain.fake(batch()[1]), batch()[1], real=False)
    with pytest.raises(TypeError, match="not callable"):
        tuned.fake(batch()[1])
