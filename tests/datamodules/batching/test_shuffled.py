"""Shuffled batches: order, sharding and value range."""

from itertools import chain

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from datamodules.augmentation import Augmentation, load_augmentation
from datamodules.batching.shuffled import BatchRequest, ImageBatches, ShuffledBatches, to_unit_range
from datamodules.errors import DataError
from datamodules.reading.splits.in_memory import InMemoryImages


def orders(sampler):
    return [request.indices.tolist() for request in sampler]


def pixels(count, channels=1, size=8):
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (count, channels, size, size), generator=generator).byte()


def test_a_small_set_is_gone_through_until_an_epoch_is_long_enough():
    sampler = ShuffledBatches(20, 8, epoch_images=50)
    batches = orders(sampler)
    assert len(batches) == len(sampler) == 7  # three passes of 20 in batches of 8
    flat = [*chain(*batches)]
    assert sorted(flat[:20]) == sorted(flat[20:40]) == list(range(20))
    assert flat[:20] != flat[20:40]
    assert len(ShuffledBatches(50, 8, epoch_images=50)) == 6


def test_one_rank_sees_each_image_at_most_once_in_full_batches():
    sampler = ShuffledBatches(103, 10, seed=1)
    batches = orders(sampler)
    assert len(sampler) == len(batches) == 10
    flat = [*chain(*batches)]
    assert len(set(flat)) == 100
    assert set(flat) < set(range(103))
    assert flat != sorted(flat)


def test_order_is_a_function_of_seed_and_epoch():
    first, again, other = (ShuffledBatches(50, 5, seed=s) for s in (1, 1, 2))
    next(iter(first))  # a half-run epoch changes nothing
    torch.manual_seed(9)
    assert orders(first) == orders(again)
    assert orders(first) != orders(other)
    first.set_epoch(3)
    assert orders(first) != orders(again)
    again.set_epoch(3)
    assert orders(first) == orders(again)


def test_ranks_are_disjoint_equal_and_together_one_run():
    ranks = [orders(ShuffledBatches(47, 5, rank=rank, world_size=2)) for rank in (0, 1)]
    assert len(ranks[0]) == len(ranks[1]) == 4
    flat = [{*chain(*batches)} for batches in ranks]
    assert not flat[0] & flat[1]
    assert len(flat[0] | flat[1]) == 40
    alone = orders(ShuffledBatches(47, 10))
    assert alone == [a + b for a, b in zip(*ranks, strict=True)]
    exact = [orders(ShuffledBatches(40, 5, rank=rank, world_size=2)) for rank in (0, 1)]
    assert {*chain(*chain(*exact))} == set(range(40))


def test_seeds_differ_by_epoch_rank_and_batch():
    seeds = set()
    for rank in (0, 1):
        sampler = ShuffledBatches(40, 5, rank=rank, world_size=2)
        for epoch in range(3):
            sampler.set_epoch(epoch)
            seeds |= {request.seed for request in sampler}
    assert len(seeds) == 2 * 3 * 4


@pytest.mark.parametrize(("world", "fix"), [(1, 30), (4, 7)])
def test_too_few_images(world, fix):
    with pytest.raises(DataError, match=rf"batch_size is 64.* 30 training images; .* to {fix} or"):
        ShuffledBatches(30, 64, world_size=world)


def test_range_and_type():
    images = to_unit_range(torch.tensor([0, 51, 255], dtype=torch.uint8))
    assert images.dtype == torch.float32
    assert images.tolist() == pytest.approx([-1, -0.6, 1])


def test_requested_and_ordered_batches():
    source, labels = InMemoryImages(pixels(10)), torch.arange(10)
    batches = ImageBatches(source, labels, batch_size=4)
    images, chosen = batches[BatchRequest(np.array([7, 2]), 0)]
    assert chosen.tolist() == [7, 2]
    assert torch.equal(images, to_unit_range(pixels(10)[[7, 2]]))
    assert len(batches) == 3
    in_order = [*DataLoader(batches, batch_size=None)]
    assert torch.equal(torch.cat([images for images, _ in in_order]), to_unit_range(pixels(10)))
    assert torch.equal(torch.cat([labels for _, labels in in_order]), labels)
    with pytest.raises(IndexError, match="batch 3 of 3"):
        batches[3]


@pytest.mark.parametrize("channels", [1, 3])
def test_a_policy_follows_the_request_seed_with_and_without_workers(channels):
    runs = []
    for workers in (0, 2):
        augmentation = load_augmentation("strong", 8, channels)
        dataset = ImageBatches(
            InMemoryImages(pixels(24, channels)), torch.arange(24), 6, augmentation
        )
        sampler = ShuffledBatches(24, 6, seed=4)
        runs.append([*DataLoader(dataset, batch_size=None, sampler=sampler, num_workers=workers)])
    for (images, labels), (others, same) in zip(*runs, strict=True):
        assert images.shape == (6, channels, 8, 8)
        assert images.is_contiguous()
        assert images.min() >= -1
        assert images.max() <= 1
        assert torch.equal(images, others)
        assert torch.equal(labels, same)


def test_ordered_batches_have_no_policy():
    augmentation = Augmentation("never", None)
    batches = ImageBatches(InMemoryImages(pixels(4)), torch.arange(4), 4, augmentation)
    assert torch.equal(batches[0][0], to_unit_range(pixels(4)))


class Threads(torch.utils.data.Dataset):
    def __len__(self):
        return 1

    def __getitem__(self, index):
        return torch.get_num_threads()


def test_workers_use_one_thread():
    assert [*DataLoader(Threads(), batch_size=None, num_workers=1)] == [1]
