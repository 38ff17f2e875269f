"""Hugging Face `datasets` on disk are read like the same images in folders."""

import shutil
import sys

import pytest
import torch
from datasets import ClassLabel, Dataset, DatasetDict, Features, Value
from datasets import Image as ImageFeature

from datamodules.errors import DataError
from datamodules.reading.folders.walking import find_all
from ganaug.evaluation.common_size import common_size
from helpers.image_folders import content, load, sorted_images

NAMES = ("rose", "tulip")
SPLITS = {"train": 24, "valid": 6, "Testing": 8}
IMAGE = {"image": ImageFeature(), "label": ClassLabel(names=[*NAMES])}


def table(count, first=0, features=IMAGE, **columns):
    rows = {
        "image": [{"bytes": content(first + n), "path": None} for n in range(count)],
        "label": [n % 2 for n in range(count)],
    }
    rows = {name: each for name, each in {**rows, **columns}.items() if name in features}
    return Dataset.from_dict(rows, features=Features(features))


@pytest.fixture
def both(tmp_path):
    """Write the same images with `datasets`, and as files in folders."""
    saved, first = {}, 0
    for split, count in SPLITS.items():
        saved[split] = table(count, first)
        for n in range(count):
            folder = tmp_path / "files" / split / NAMES[n % 2]
            folder.mkdir(parents=True, exist_ok=True)
            suffix = (".png", ".png", ".jpg", ".tif")[(first + n) % 4]
            (folder / f"{n:03}{suffix}").write_bytes(content(first + n))
        first += count
    DatasetDict(saved).save_to_disk(tmp_path / "saved")
    return tmp_path / "saved", tmp_path / "files"


@pytest.mark.parametrize("in_memory", [True, False])
@pytest.mark.parametrize("window", ["auto", "file"])
def test_a_saved_set_is_the_set_of_its_files(both, in_memory, window):
    saved, files = (load(root, in_memory=in_memory, window=window) for root in both)
    assert saved.class_names == NAMES
    assert saved.channels == files.channels
    for split, count in zip(("train", "validation", "test"), SPLITS.values(), strict=True):
        assert len(saved.paths(split)) == count
        assert saved.fingerprint_of(split) == files.fingerprint_of(split)
        found, wanted = (sorted_images(data, split) for data in (saved, files))
        assert all(map(torch.equal, found, wanted))
    assert saved.names("test")[:2] == ["Testing/image/0", "Testing/image/2"]


def test_a_saved_set_without_splits_is_split_by_content(tmp_path, both):
    whole = Dataset.from_list([row for _, part in parts(both[0]) for row in part])
    whole.cast(Features(IMAGE)).save_to_disk(tmp_path / "whole")
    data = load(tmp_path / "whole")
    again = load(tmp_path / "whole", seed=5)
    assert [len(data.paths(s)) for s in ("train", "validation", "test")] == [30, 4, 4]
    assert data.paths("test") == again.paths("test")


def parts(folder):
    from datamodules.reading.images.saved_rows import load_saved

    return [
        (name, each.cast_column("image", ImageFeature(decode=False)))
        for name, [(_, each)] in load_saved(folder).items()
    ]


def test_every_reader_of_folders_reads_rows(both):
    assert len(find_all(both[0])[0]) == sum(SPLITS.values())
    assert common_size(64, both[0]) == common_size(64, both[1])


def test_columns_are_found_by_type_or_named(tmp_path):
    features = {**IMAGE, "mask": ImageFeature(), "breed": Value("string")}
    own = {"mask": [{"bytes": content(n + 50), "path": None} for n in range(20)]}
    data = table(20, features=features, breed=["a", "b"] * 10, **own)
    data.save_to_disk(tmp_path)
    with pytest.raises(DataError, match=r"image_column is missing.*set it to image or mask"):
        _ = load(tmp_path).num_classes
    assert load(tmp_path, image_column="image").class_names == NAMES
    assert load(tmp_path, image_column="image", label_column="breed").class_names == ("a", "b")
    with pytest.raises(DataError, match="label_column 'x' is no column of"):
        _ = load(tmp_path, image_column="image", label_column="x").num_classes
    with pytest.raises(DataError, match="image_column 'label' is no column of images"):
        _ = load(tmp_path, image_column="label").num_classes
    with pytest.raises(DataError, match=r"labels is labels.csv.*name the column in label_column"):
        _ = load(tmp_path, labels="labels.csv").num_classes


def test_contents_and_files_in_plain_columns(tmp_path):
    files = []
    for n in range(20):
        files.append(str(tmp_path / f"{n}.bin"))
        (tmp_path / f"{n}.bin").write_bytes(content(4 * n))
    columns = {"raw": [content(4 * n) for n in range(20)], "file": files}
    kinds = {"raw": Value("binary"), "file": Value("string"), "label": IMAGE["label"]}
    table(20, features=kinds, **columns).save_to_disk(tmp_path / "saved")
    raw, file = (load(tmp_path / "saved", image_column=name) for name in ("raw", "file"))
    assert raw.fingerprint == file.fingerprint
    (tmp_path / "3.bin").unlink()
    reasons = load(tmp_path / "saved", image_column="file").unreadable
    assert reasons == {str(tmp_path / "saved/file/3"): "No such file or directory"}


def test_rows_without_label_or_image_are_named(tmp_path):
    data = table(20, label=[0, 1] * 9 + [None, -1])
    rows = data.cast_column("image", ImageFeature(decode=False)).to_list()
    rows[4]["image"] = {"bytes": b"no image", "path": None}
    rows[5]["image"] = None
    Dataset.from_list(rows, features=Features(IMAGE)).save_to_disk(tmp_path)
    assert load(tmp_path).unreadable == {
        f"{tmp_path}/image/18": "has no label",
        f"{tmp_path}/image/19": "has no label",
        f"{tmp_path}/image/4": "not an image, or of an unknown kind",
        f"{tmp_path}/image/5": "empty file (0 bytes)",
    }


def test_a_column_of_splits_and_one_of_groups(tmp_path):
    features = {**IMAGE, "split": Value("string"), "patient": Value("int64")}
    words = ["train"] * 30 + ["val"] * 4 + ["test"] * 6
    table(40, features=features, split=words, patient=[n // 2 for n in range(40)]).save_to_disk(
        tmp_path
    )
    data = load(tmp_path, groups="patient")
    assert data.names("test") == [f"image/{n}" for n in (34, 36, 38, 35, 37, 39)]
    assert data.groups("validation") == ["15", "16", "15", "16"]
    with pytest.raises(DataError, match="groups 'site' is no column of"):
        _ = load(tmp_path, groups="site").num_classes
    with pytest.raises(DataError, match=r"group_column is 'x', .* saved set; set groups to its"):
        _ = load(tmp_path, group_column="x").num_classes


def test_splits_that_can_not_be_told_are_refused_and_can_be_ignored(tmp_path):
    parts = {"train": table(20), "test": table(6, 20), "extra": table(6, 30)}
    DatasetDict(parts).save_to_disk(tmp_path)
    with pytest.raises(DataError, match="splits train, test, extra, of which extra can not be"):
        _ = load(tmp_path).num_classes
    assert len(load(tmp_path, ignore=["extra"]).paths("test")) == 6


def test_a_missing_package_and_damaged_files_are_told(tmp_path, monkeypatch):
    table(20).save_to_disk(tmp_path)
    (tmp_path / "data-00000-of-00001.arrow").write_bytes(b"broken")
    with pytest.raises(DataError, match=r"can't read .* save it again with save_to_disk"):
        _ = load(tmp_path).num_classes
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(DataError, match=r"pip install 'ganaug\[datasets\]'"):
        _ = load(tmp_path).num_classes


def test_columns_of_folders_without_a_table_are_refused(tmp_path):
    for n in range(8):
        (tmp_path / NAMES[n % 2]).mkdir(exist_ok=True)
        (tmp_path / NAMES[n % 2] / f"{n}.png").write_bytes(content(4 * n))
    with pytest.raises(DataError, match="label_column is 'kind', and folders give the classes"):
        _ = load(tmp_path, label_column="kind").num_classes


@pytest.mark.parametrize("count", [20, 60])
@pytest.mark.parametrize("removed", [True, False])
def test_a_set_saved_in_the_place_of_another_is_read_anew(tmp_path, count, removed):
    root = tmp_path / "saved"
    table(20).save_to_disk(root)
    old = sorted_images(load(root), "train")[0]
    if removed:
        shutil.rmtree(root)
    table(count, 100).save_to_disk(root)
    table(count, 100).save_to_disk(tmp_path / "other")
    found, wanted = (sorted_images(load(r), "train")[0] for r in (root, tmp_path / "other"))
    assert torch.equal(found, wanted)
    assert not torch.equal(found[: len(old)], old)


def test_a_folder_that_was_empty_is_a_set_once_one_is_saved_there(tmp_path):
    with pytest.raises(DataError):
        _ = load(tmp_path).num_classes
    table(20).save_to_disk(tmp_path)
    assert load(tmp_path).num_classes == 2
