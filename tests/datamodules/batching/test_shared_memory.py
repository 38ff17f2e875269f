"""Workers whose batches exceed shared memory: an error, or no workers if num_workers is auto."""

from collections import namedtuple
from types import SimpleNamespace

import pytest
import torch
from lightning.pytorch.accelerators import CPUAccelerator, CUDAAccelerator
from torch.utils.data import DataLoader

from datamodules.batching.loaders import loader_of, prepare_worker
from datamodules.batching.shuffled import ImageBatches
from datamodules.errors import DataError

Usage = namedtuple("Usage", "free")
# Two batches for each of 2 workers and one in training, of 64 color images as float32.
NEEDED = (2 * 2 + 1) * 64 * 3 * 32 * 32 * 4


class Source:
    def __len__(self):
        return 640

    def take(self, indices):
        return torch.zeros(len(indices), 3, 32, 32, dtype=torch.uint8)


@pytest.fixture
def batches():
    return ImageBatches(Source(), torch.zeros(640, dtype=torch.long), 64)


@pytest.fixture
def free(monkeypatch):
    def is_free(size):
        monkeypatch.setattr("datamodules.batching.loaders.shutil.disk_usage", lambda _: Usage(size))

    return is_free


def test_too_little_shared_memory_is_refused_by_name(batches, free):
    free(NEEDED - 1)
    with pytest.raises(DataError, match=r"num_workers is 2, .*set num_workers to 0.*--shm-size 1g"):
        loader_of(batches, 2, None)
    assert loader_of(batches, 0, None).num_workers == 0
    free(NEEDED)
    assert loader_of(batches, 2, None).num_workers == 2


def test_auto_does_without_workers_and_says_so(batches, free):
    free(1000)
    with pytest.warns(UserWarning, match=r"num_workers is auto, and 0 here: .*--shm-size"):
        assert loader_of(batches, "auto", None).num_workers == 0


class Unsendable(torch.utils.data.Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, _):
        return lambda: "what can't be pickled is lost on its way, as without shared memory"


def test_a_batch_that_is_lost_on_its_way_ends_the_wait():
    loader = DataLoader(
        Unsendable(), batch_size=None, num_workers=1, worker_init_fn=prepare_worker, timeout=60
    )
    with pytest.raises(RuntimeError, match="exited unexpectedly"):
        next(iter(loader))


@pytest.mark.parametrize(("accelerator", "pinned"), [(CPUAccelerator, 0), (CUDAAccelerator, 1)])
def test_memory_is_pinned_for_a_fit_on_a_gpu(batches, accelerator, pinned):
    trainer = SimpleNamespace(accelerator=accelerator(), num_devices=1)
    assert loader_of(batches, 0, trainer).pin_memory == pinned
