"""An image depends on seed, class and index alone."""

import numpy as np
import pytest
import torch

from ganaug.errors import UsageError
from ganaug.pixels import to_uint8
from ganaug.synthesis.draw import draw, image_seed, latent


def drawn(sampler, quotas, names="ab", **options):
    return {
        (names[batch.label], i): (seed, image.numpy().tobytes())
        for batch in draw(sampler, quotas, names, **options)
        for i, seed, image in zip(batch.indices, batch.seeds, batch.images, strict=True)
    }


def test_bytes_do_not_depend_on_how_many_are_asked_for(painter):
    few = drawn(painter(2), {"a": 3, "b": 1}, batch_size=8)
    many = drawn(painter(2), {"a": 29, "b": 17}, batch_size=8)
    assert len(few) == 4
    assert len(many) == 46
    assert all(many[key] == few[key] for key in few)
    assert len({image for _, image in many.values()}) == 46


def test_bytes_do_not_depend_on_other_classes_or_global_state(painter):
    torch.manual_seed(1)
    alone = drawn(painter(2), {"b": 5})
    torch.manual_seed(2)
    both = drawn(painter(2), {"a": 70, "b": 5})
    assert all(both[key] == alone[key] for key in alone)


def test_every_pass_has_the_full_shape(painter):
    sampler = painter(2)
    drawn(sampler, {"a": 9, "b": 1}, batch_size=4)
    assert sampler.sizes_asked == [4, 4, 4, 4]


def test_latents_are_the_same_for_every_batch_size(painter):
    seeds = [
        {key: seed for key, (seed, _) in drawn(painter(2), {"a": 20}, batch_size=b).items()}
        for b in (1, 7, 64)
    ]
    assert seeds[0] == seeds[1] == seeds[2]
    assert torch.equal(latent(3, 16), latent(3, 16))


def test_seed_class_and_index_each_matter():
    found = {image_seed(s, c, i) for s in (0, 1, 2**32) for c in range(4) for i in range(25)}
    assert len(found) == 300
    by_hand = np.random.SeedSequence([7, 0, 2, 9]).generate_state(1, np.uint64)[0] // 2
    assert image_seed(7, 2, 9) == by_hand


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_seed_out_of_range(painter, seed):
    with pytest.raises(UsageError, match=f"seed is {seed}"):
        draw(painter(2), {"a": 1}, "ab", seed=seed)


def test_uint8_rounds_and_clamps():
    values = torch.tensor([-1.0, 1.0, 0.0, -1.1, 1.1, -1 + 0.6 / 127.5])
    assert to_uint8(values).tolist() == [0, 255, 128, 0, 255, 1]


def test_unconditional_on_one_class(painter):
    assert len(drawn(painter(0), {"a": 5}, names="a")) == 5


def test_unconditional_on_many_classes_says_what_to_do(painter):
    with pytest.raises(
        UsageError, match=r"conditional one, such as --model dcgan.*--data.classes '\[a\]'"
    ):
        draw(painter(0), {"a": 5}, "ab")


def test_wrong_requests(painter):
    with pytest.raises(UsageError, match="no class 'z'"):
        draw(painter(2), {"z": 5}, "ab")
    with pytest.raises(UsageError, match="knows 3 classes"):
        draw(painter(3), {"a": 5}, "ab")
    with pytest.raises(UsageError, match="batch size is 0"):
        draw(painter(2), {"a": 5}, "ab", batch_size=0)


def test_values_that_are_not_finite_are_named(painter):
    sampler = painter(2)
    torch.nn.init.constant_(sampler.outlet.bias, float("nan"))
    with pytest.raises(UsageError, match="not finite for class 'a'"):
        drawn(sampler, {"a": 1})
