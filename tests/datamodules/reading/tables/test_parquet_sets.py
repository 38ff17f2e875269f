"""Parquet files whose rows hold images are read like the same images in folders."""

import sys

import pyarrow as pa
import pytest
import torch
from datasets import ClassLabel, Dataset, Features, Value
from datasets import Image as ImageFeature
from pyarrow import parquet

from datamodules.errors import DataError
from datamodules.reading.folders.walking import find_all
from ganaug.evaluation.common_size import common_size
from helpers.image_folders import content, fill, load, sorted_images

NAMES = ("rose", "tulip")
TYPES = {"image": ImageFeature(), "label": ClassLabel(names=[*NAMES])}
COUNTS = {"train": 24, "validation": 6, "test": 8}


def rows(count, first=0):
    return {
        "image": [{"bytes": content(first + n), "path": f"{n}.png"} for n in range(count)],
        "label": [n % 2 for n in range(count)],
    }


def hub(path, count, first=0, types=TYPES, **columns):
    """Write a file like the hub's, in row groups of 5."""
    path.parent.mkdir(parents=True, exist_ok=True)
    found = {k: v for k, v in {**rows(count, first), **columns}.items() if k in types}
    Dataset.from_dict(found, features=Features(types)).to_parquet(path, batch_size=5)


def bare(path, count, first=0, image="image", **columns):
    """Write a file without type metadata, with images as plain bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    found = rows(count, first)
    found[image] = [each["bytes"] for each in found.pop("image")]
    parquet.write_table(pa.table({**found, **columns}), path)


@pytest.fixture
def files(tmp_path):
    """Write the same images as files in folders."""
    first = 0
    for split, count in COUNTS.items():
        for n in range(count):
            folder = tmp_path / "files" / split / NAMES[n % 2]
            folder.mkdir(parents=True, exist_ok=True)
            suffix = (".png", ".png", ".jpg", ".tif")[(first + n) % 4]
            (folder / f"{n:03}{suffix}").write_bytes(content(first + n))
        first += count
    return tmp_path / "files"


def repository(root):
    hub(root / "data/train-00000-of-00002.parquet", 14)
    hub(root / "data/train-00001-of-00002-a09b74b3ef9c3b56.parquet", 10, 14)
    hub(root / "data/validation-00000-of-00001.parquet", 6, 24)
    hub(root / "data/test-00000-of-00001.parquet", 8, 30)
    (root / "README.md").write_text("---\nlicense: mit\n---")


def converted(root):
    for split, first in (("train", 0), ("validation", 24), ("test", 30)):
        hub(root / "default" / split / "0000.parquet", COUNTS[split], first)


def flat(root):
    for name, count, first in (("train", 24, 0), ("valid", 6, 24), ("test", 8, 30)):
        hub(root / f"{name}.parquet", count, first)


@pytest.mark.parametrize("build", [repository, converted, flat])
@pytest.mark.parametrize("in_memory", [True, False])
def test_rows_are_the_images_of_the_files(tmp_path, files, build, in_memory):
    build(tmp_path / "set")
    of_rows, of_files = (load(root, in_memory=in_memory) for root in (tmp_path / "set", files))
    assert of_rows.class_names == NAMES
    for split, count in COUNTS.items():
        assert len(of_rows.paths(split)) == count
        assert of_rows.fingerprint_of(split) == of_files.fingerprint_of(split)
        found, wanted = (sorted_images(data, split) for data in (of_rows, of_files))
        assert all(map(torch.equal, found, wanted))
    assert common_size(64, tmp_path / "set") == common_size(64, files)
    assert len(find_all(tmp_path / "set")[0]) == sum(COUNTS.values())


def test_rows_are_named_by_file_and_number(tmp_path):
    repository(tmp_path)
    shard = "data/test-00000-of-00001.parquet"
    assert load(tmp_path).names("test")[:2] == [f"{shard}/image/0", f"{shard}/image/2"]


def test_one_file_of_bytes_and_numbers(tmp_path):
    bare(tmp_path / "images.parquet", 20, image="jpg", patient=[n // 2 for n in range(20)])
    data = load(tmp_path, groups="patient")
    assert data.class_names == ("0", "1")
    assert [len(data.paths(split)) for split in COUNTS] == [16, 2, 2]
    words = ["train"] * 10 + ["val"] * 4 + ["test"] * 6
    bare(tmp_path / "images.parquet", 20, set=words)
    assert [len(load(tmp_path).paths(split)) for split in COUNTS] == [10, 4, 6]


def test_a_test_without_labels_is_passed_over(tmp_path, capsys):
    hub(tmp_path / "train.parquet", 20)
    hub(tmp_path / "test.parquet", 6, 20, types={"image": ImageFeature()})
    assert len(load(tmp_path).paths("test")) == 2
    assert "passed over folders of images without a class: 1" in capsys.readouterr().out
    with_id = {"image": ImageFeature(), "id": Value("string")}
    hub(tmp_path / "test.parquet", 6, 20, types=with_id, id=["x"] * 6)
    assert len(load(tmp_path).paths("test")) == 2


def test_what_can_not_be_told_is_refused(tmp_path):
    hub(tmp_path / "a/train-00000-of-00003.parquet", 20)
    with pytest.raises(DataError, match=r"lacks 2 of 3 shards, such as train-00001-of-00003.parq"):
        _ = load(tmp_path / "a").num_classes
    for configuration in ("small", "large"):
        hub(tmp_path / "b" / configuration / "train-00000-of-00001.parquet", 20)
    with pytest.raises(DataError, match="several sets in parquet files, in large, small; give roo"):
        _ = load(tmp_path / "b").num_classes
    assert load(tmp_path / "b/small").class_names == NAMES
    for number, name in enumerate(("train", "test", "extra")):
        hub(tmp_path / f"c/{name}.parquet", 20, 100 * number)
    with pytest.raises(DataError, match=r"of which extra can not be told.*ignore"):
        _ = load(tmp_path / "c").num_classes
    assert load(tmp_path / "c", ignore=["extra"]).class_names == NAMES
    (tmp_path / "d").mkdir()
    (tmp_path / "d/train.parquet").write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(DataError, match=r"can't read '.*train.parquet' .*git lfs pull"):
        _ = load(tmp_path / "d").num_classes


def test_a_table_of_image_files_is_still_one(tmp_path):
    fill(tmp_path / "images", 20)
    small = [content(0)] * 20
    table = {"file": [f"{n:03}.png" for n in range(20)], "label": ["a", "b"] * 10, "thumb": small}
    parquet.write_table(pa.table(table), tmp_path / "labels.parquet")
    data = load(tmp_path)
    assert data.class_names == ("a", "b")
    assert data.names("test")[0].startswith("images/")


def test_a_picture_next_to_the_rows_is_none_of_them(tmp_path):
    repository(tmp_path)
    fill(tmp_path / "assets", 1)
    assert [len(load(tmp_path).paths(split)) for split in COUNTS] == [*COUNTS.values()]


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    hub(tmp_path / "train.parquet", 20)
    for package in ("pyarrow", "datasets"):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, package, None)
            with pytest.raises(DataError, match=r"pip install 'ganaug\[datasets\]'"):
                _ = load(tmp_path).num_classes


def test_a_file_as_root_is_refused_with_its_folder(tmp_path):
    hub(tmp_path / "set" / "train.parquet", 24)
    with pytest.raises(DataError, match=r"is a file; .*the images: set root to '.*set'$"):
        _ = load(tmp_path / "set" / "train.parquet").num_classes
