"""An image depends on seed, class and index alone."""

import numpy as np
import pytest
import torch

from ganaug.synthesis.sources.base import check_wanted, image_seed, latent
from ganaug.synthesis.sources.generator import GeneratorSource
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_uint8


def drawn(sampler, planned_classes, names="ab", **options):
    source = GeneratorSource(sampler, names, **options)
    check_wanted(source, planned_classes)
    return {
        (name, i): (seed, image.numpy().tobytes())
        for name, planned_class in planned_classes.items()
        for block in range(-(-planned_class // 64))
        for batch in [source.make(names.index(name), block).first(planned_class - 64 * block)]
        for i, seed, image in zip(batch.indices, batch.seeds, batch.images, strict=True)
    }


def test_bytes_do_not_depend_on_how_many_are_asked_for(painter):
    few = drawn(painter(2), {"a": 3, "b": 1})
    many = drawn(painter(2), {"a": 129, "b": 70})
    assert len(few) == 4
    assert len(many) == 199
    assert all(many[key] == few[key] for key in few)
    assert len({image for _, image in many.values()}) == 199


def test_bytes_do_not_depend_on_other_classes_or_global_state(painter):
    torch.manual_seed(1)
    alone = drawn(painter(2), {"b": 5})
    torch.manual_seed(2)
    both = drawn(painter(2), {"a": 70, "b": 5})
    assert all(both[key] == alone[key] for key in alone)


def test_every_pass_has_the_full_shape(painter):
    sampler = painter(2)
    drawn(sampler, {"a": 65, "b": 1})
    assert sampler.sizes_asked == [64, 64, 64]


def test_truncation_draws_again_what_is_far_from_zero():
    plain, cut = latent(3, 4000), latent(3, 4000, 1.0)
    assert plain.abs().max() > 3
    assert cut.abs().max() <= 1
    near = plain.abs() <= 1
    assert torch.equal(cut[near], plain[near])
    assert torch.equal(cut, latent(3, 4000, 1.0))
    assert abs(float(cut.mean())) < 0.05


def test_seed_class_and_index_each_matter():
    found = {image_seed(s, c, i) for s in (0, 1, 2**32) for c in range(4) for i in range(25)}
    assert len(found) == 300
    by_hand = np.random.SeedSequence([7, 0, 2, 9]).generate_state(1, np.uint64)[0] // 2
    assert image_seed(7, 2, 9) == by_hand


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_seed_out_of_range(painter, seed):
    with pytest.raises(UsageError, match=f"seed is {seed}"):
        GeneratorSource(painter(2), "ab", seed=seed)


def test_uint8_rounds_and_clamps():
    values = torch.tensor([-1.0, 1.0, 0.0, -1.1, 1.1, -1 + 0.6 / 127.5])
    assert to_uint8(values).tolist() == [0, 255, 128, 0, 255, 1]


def test_unconditional_on_one_class(painter):
    assert len(drawn(painter(0), {"a": 5}, names="a")) == 5


def test_unconditional_on_many_classes_says_what_to_do(painter):
    with pytest.raises(UsageError, match=r"conditional one, such as dcgan.*data.classes '\[a\]'"):
        GeneratorSource(painter(0), "ab")


def test_wrong_requests(painter):
    with pytest.raises(UsageError, match="no class 'z'"):
        check_wanted(GeneratorSource(painter(2), "ab"), {"z": 5})
    with pytest.raises(UsageError, match="knows 3 classes"):
        GeneratorSource(painter(3), "ab")
    with pytest.raises(UsageError, match=r"truncation is 0\.0; use 0\.1 or more"):
        GeneratorSource(painter(2), "ab", truncation=0.0)


def test_values_that_are_not_finite_are_named(painter):
    sampler = painter(2)
    torch.nn.init.constant_(sampler.outlet.bias, float("nan"))
    with pytest.raises(UsageError, match="not finite for class 'a'"):
        drawn(sampler, {"a": 1})
