"""Sets of Hugging Face's `datasets` as synthetic images: read as the same files in folders are."""

import pytest
import torch
from datasets import ClassLabel, Dataset, DatasetDict, Features, Value
from datasets import Image as ImageFeature

import ganaug
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.utils.errors import UsageError
from helpers.image_folders import content, fill, load

NAMES = ("rose", "tulip")
SPLITS = {"train": 8, "held back": 4}


def rows(count, first, kind):
    features = {"picture": ImageFeature(), "kind": kind}
    named = kind == ClassLabel(names=[*NAMES])
    table = {
        "picture": [{"bytes": content(first + n), "path": None} for n in range(count)],
        "kind": [n % 2 if named else NAMES[n % 2] for n in range(count)],
    }
    return Dataset.from_dict(table, features=Features(features))


@pytest.fixture(params=["arrow", "parquet"])
def saved(request, tmp_path):
    kind, first, splits = ClassLabel(names=[*NAMES]), 0, {}
    for name, count in SPLITS.items():
        splits[name] = rows(count, first, kind)
        for n in range(count):
            folder = tmp_path / "files" / NAMES[n % 2]
            folder.mkdir(parents=True, exist_ok=True)
            suffix = (".png", ".png", ".jpg", ".tif")[(first + n) % 4]
            (folder / f"{first + n:03}{suffix}").write_bytes(content(first + n))
        first += count
    if request.param == "arrow":
        DatasetDict(splits).save_to_disk(tmp_path / "saved")
    else:
        (tmp_path / "saved").mkdir()
        for number, each in enumerate(splits.values()):
            each.to_parquet(tmp_path / "saved" / f"{number}.parquet")
    return tmp_path / "saved", tmp_path / "files"


def test_rows_of_all_splits_are_the_files_of_folders(saved):
    found, wanted = (SyntheticDataset.open(folder, image_size=8) for folder in saved)
    assert found.counts == wanted.counts == {"rose": 6, "tulip": 6}

    def in_order(images):
        return sorted(each.flatten().tolist() for each in images)

    assert in_order(found.images) == in_order(wanted.images)
    assert found.labels.equal(wanted.labels)
    assert len({*found.files}) == len(found)


def test_they_are_verified_brought_into_a_set_and_judged(saved, tmp_path):
    fill(tmp_path / "real" / "Rose", 20, first=100)
    fill(tmp_path / "real" / "Tulip", 20, first=200)
    data = load(tmp_path / "real")
    dataset = SyntheticDataset.open(saved[0]).like(data)
    checks = {each.name: each for each in dataset.checks}
    assert checks["readable"].passed
    assert checks["marked"].words == "12 without a mark"
    assert dataset.class_names == data.class_names
    assert dataset.images.shape == torch.Size([12, 3, 8, 8])
    made = ganaug.synthesize(
        out=tmp_path / "out",
        method="folder",
        sources=str(saved[0]),
        data_root=str(tmp_path / "real"),
        image_size=8,
        per_class=6,
    )
    assert made.counts == {"Rose": 6, "Tulip": 6}


def test_a_column_of_classes_by_another_name_has_to_be_named(tmp_path):
    rows(4, 0, Value("string")).rename_column("kind", "what").save_to_disk(tmp_path / "saved")
    with pytest.raises(UsageError, match=r"no column that may hold the labels; set label_column"):
        len(SyntheticDataset.open(tmp_path / "saved"))
    named = SyntheticDataset.from_folder(tmp_path / "saved", label_column="what")
    assert named.counts == {"rose": 2, "tulip": 2}
