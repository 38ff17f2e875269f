"""MNIST: the choice of full set or sample, and its images."""

import gzip
import struct
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from datamodules.errors import DataError
from datamodules.mnist import MNISTDataModule, read_sample
from datamodules.reading.mnist_files import FILES


def write_idx(folder, counts=(300, 50), packed=False):
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(0)
    for (images, labels), count in zip(FILES.values(), counts, strict=True):
        pixels = generator.integers(0, 256, (count, 28, 28), np.uint8)
        classes = (np.arange(count) % 10).astype(np.uint8)
        for name, array in ((images, pixels), (labels, classes)):
            head = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
            content = head + array.tobytes()
            path = folder / (f"{name}.gz" if packed else name)
            path.write_bytes(gzip.compress(content) if packed else content)
    return folder


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise RuntimeError("Error downloading")

    monkeypatch.setattr("torchvision.datasets.MNIST", refuse)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("elsewhere")
def test_without_root_the_embedded_sample_is_used_and_says_so(capsys):
    started = time.process_time()
    data = MNISTDataModule()
    assert data.num_classes == 10
    assert time.process_time() - started < 5
    line = capsys.readouterr().out
    assert line.startswith("data: MNIST, embedded sample: ")
    assert line.endswith("9: 1,800; set root to a folder to use the full set\n")
    assert line.count("\n") == 1
    assert data.class_names == tuple("0123456789")
    assert min(data.class_counts.values()) >= 1000
    images, labels = data.images("test")
    assert labels.bincount().tolist() == [400] * 10
    assert images.shape == (4000, 1, 28, 28)
    assert 1500 < len(data.paths("validation")) < 2500
    assert data.fingerprint == MNISTDataModule().fingerprint


def test_the_sample_is_of_real_digits():
    for split, count in (("train", 2000), ("test", 400)):
        digits = read_sample(split)
        assert np.bincount(digits.labels).tolist() == [count] * 10
        assert len({image.tobytes() for image in digits.images}) > 0.999 * len(digits.images)
        assert len(set(digits.places.tolist())) == 10 * count
    train, test = read_sample("train"), read_sample("test")
    means = np.stack([train.images[train.labels == d].mean(axis=0) for d in range(10)])
    gaps = ((test.images[:, None].astype(np.float32) - means[None]) ** 2).sum(axis=(2, 3))
    assert (gaps.argmin(axis=1) == test.labels).mean() > 0.75  # nearest mean gets 0.82 on MNIST


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("layout", ["MNIST/raw", "raw", "."])
def test_full_set_from_idx_files(tmp_path, layout, packed, capsys):
    folder = write_idx(tmp_path / layout, packed=packed)
    data = MNISTDataModule(root=str(tmp_path), download=False)
    assert f"MNIST, full set in {folder}" in data.describe()
    assert "set root" not in data.describe()
    assert data.describe() in capsys.readouterr().out
    assert len(data.paths("train")) + len(data.paths("validation")) == 300
    assert data.paths("test")[:2] == ["test/00000", "test/00001"]
    expected = np.random.default_rng(0).integers(0, 256, (300, 28, 28), np.uint8)
    first = int(data.paths("train")[0].split("/")[1])
    assert np.array_equal(data.images("train")[0][0, 0].numpy(), expected[first])
    assert data.images("train")[1][0] == first % 10


def test_the_full_set_in_the_default_place_is_found(elsewhere):
    write_idx(elsewhere / "data" / "MNIST" / "raw")
    assert "full set" in MNISTDataModule().describe()


@pytest.mark.usefixtures("no_network")
def test_a_given_root_without_mnist_is_an_error_and_leaves_nothing_behind(tmp_path):
    root = tmp_path / "mnits"
    with pytest.raises(DataError, match=r"no MNIST in '.*mnits', and its download failed .*sample"):
        _ = MNISTDataModule(root=str(root), download=True).num_classes
    assert not root.exists()
    with pytest.raises(DataError, match=r"no MNIST in '.*mnits'.* the four idx files"):
        _ = MNISTDataModule(root=str(root), download=False).num_classes


def test_a_download_is_used(tmp_path, monkeypatch):
    def fetch(root, download):
        assert download
        write_idx(Path(root) / "MNIST" / "raw")

    monkeypatch.setattr("torchvision.datasets.MNIST", fetch)
    with pytest.raises(DataError, match="set download to true"):
        MNISTDataModule(root=str(tmp_path)).describe()
    assert "full set" in MNISTDataModule(root=str(tmp_path), download=True).describe()


@pytest.mark.parametrize("damage", [b"", b"\0\0\x08", b"hello, this is not idx"])
def test_a_damaged_file_is_named(tmp_path, damage):
    write_idx(tmp_path)
    (tmp_path / FILES["test"][0]).write_bytes(damage)
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte is damaged"):
        _ = MNISTDataModule(root=str(tmp_path)).num_classes


def test_labels_must_belong_to_the_images(tmp_path):
    write_idx(tmp_path)
    few = tmp_path / FILES["test"][1]
    (tmp_path / FILES["train"][1]).write_bytes(few.read_bytes())
    with pytest.raises(DataError, match="do not belong together"):
        _ = MNISTDataModule(root=str(tmp_path)).num_classes


def test_classes_subsets_size_and_channels(tmp_path):
    write_idx(tmp_path)
    data = MNISTDataModule(
        root=str(tmp_path),
        classes=[8, "3"],
        per_class={8: 5},
        image_size=32,
        channels=3,
        batch_size=8,
    )
    assert data.class_names == ("8", "3")
    assert data.class_counts["8"] == 5
    assert data.class_counts["3"] > 20
    images, labels = next(iter(data.train_dataloader()))
    assert images.shape == (8, 3, 32, 32)
    assert images.is_contiguous()
    assert torch.equal(images[:, 0], images[:, 2])
    assert labels.dtype == torch.int64
    assert set(labels.tolist()) <= {0, 1}


def test_wrong_class_is_refused_at_construction():
    with pytest.raises(DataError, match="unknown class '10'"):
        MNISTDataModule(classes=["10"])


def test_a_size_that_cannot_be_held_is_an_error(tmp_path):
    write_idx(tmp_path)
    with pytest.raises(DataError, match="image_size 4000 is too large"):
        _ = MNISTDataModule(root=str(tmp_path), image_size=4000).num_classes
