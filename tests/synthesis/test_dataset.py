"""SyntheticDataset: one way to read a set, whoever made it and however it is stored."""

import csv
import gc
import json
from types import SimpleNamespace

import pytest
import torch
from torch.utils.data import DataLoader

from datamodules.reading.images.image import IMAGE_EXTENSIONS
from ganaug.evaluation.utility.material import identity_of
from ganaug.evaluation.utility.sampling import Images
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.listing import EXTENSIONS, evenly
from ganaug.synthesis.manifest import rows_of
from ganaug.synthesis.writer.remote import upload
from ganaug.synthesis.writer.webdataset import in_shards
from ganaug.utils.errors import UsageError
from helpers.image_folders import fill


def test_what_is_read_is_listed():
    assert EXTENSIONS == IMAGE_EXTENSIONS


@pytest.fixture
def expanded(tmp_path):
    lines = ["file_name,label,origin"]
    for folder, count in {"cat": 4, "dog%2Fwolf": 6}.items():
        (tmp_path / "images" / folder).mkdir(parents=True)
        for origin, prefix in (("synthetic", ""), ("real", "real_")):
            for i in range(count):
                name = f"images/{folder}/{prefix}{i:06d}.png"
                (tmp_path / name).write_bytes(b"")
                lines.append(f"{name},x,{origin}")
    (tmp_path / "metadata.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


NAMES = ("cat", "emu", "dog/wolf")


def listed(folder, names=NAMES, **settings):
    return SyntheticDataset.open(folder, class_names=names, **settings).listed


def test_real_images_beside_them_are_left_out(expanded):
    found = listed(expanded / "images")
    assert [one.label for one in found] == [0] * 4 + [2] * 6
    assert not any(one.path.name.startswith("real_") for one in found)


def test_what_synthesize_wrote_stands_for_its_images(expanded):
    assert SyntheticDataset.open(expanded).images_folder == expanded / "images"
    assert SyntheticDataset.open(expanded / "images").images_folder == expanded / "images"
    assert SyntheticDataset.open(expanded).results_folder == expanded
    assert SyntheticDataset.open(expanded / "images").results_folder == expanded
    with pytest.raises(UsageError, match="no such folder"):
        SyntheticDataset.open(expanded / "none")


def test_results_are_named_as_the_set_was(expanded, monkeypatch):
    monkeypatch.chdir(expanded.parent)
    for given in (expanded.name, f"{expanded.name}/images"):
        assert str(SyntheticDataset.open(given).results_folder) == expanded.name
    monkeypatch.chdir(expanded / "images")
    assert str(SyntheticDataset.open(".").results_folder) == ".."


def test_a_limit_is_spread_over_the_classes(expanded):
    found = listed(expanded / "images", n=5)
    assert [one.label for one in found] == [0, 0, 2, 2, 2]
    assert found == listed(expanded / "images", n=5)
    assert found != listed(expanded / "images", n=5, seed=1)
    assert evenly({"a": 1, "b": 50, "c": 50}, 31) == {"a": 1, "b": 15, "c": 15}
    with pytest.raises(UsageError, match="n is 0"):
        listed(expanded / "images", n=0)


def test_an_unknown_class_is_named(expanded):
    with pytest.raises(UsageError, match=r"class 'cat', which .* did you mean 'cats'"):
        listed(expanded / "images", ("cats", "dog/wolf"))


def test_no_images_is_an_error(tmp_path):
    with pytest.raises(UsageError, match="no synthetic images"):
        listed(tmp_path)


def test_a_set_is_read_with_its_rows(folder):
    dataset = SyntheticDataset.open(folder)
    assert dataset.class_names == ("a.b", "c")
    assert dataset.counts == {"a.b": 30, "c": 12}
    assert len(dataset) == 42
    assert dataset.images.shape == (42, 1, 8, 8)
    assert dataset.images.dtype == torch.uint8
    assert dataset.labels.tolist() == [0] * 30 + [1] * 12
    assert dataset.files[0] == "a.b/000000.png"
    assert [row["file_name"] for row in dataset.metadata] == [f"images/{f}" for f in dataset.files]
    assert dataset.short == {}
    assert dataset.verify().sound
    few = dataset.select(n=6, image_size=4)
    assert few.images.shape == (6, 1, 4, 4)
    assert few.counts == {"a.b": 3, "c": 3}
    assert few.select(image_size=8).files == few.files
    assert few.select(n=8).files == few.files
    names = {identity_of(each, Images(each.images, each.labels)) for each in (dataset, few)}
    assert len(names) == 2


def test_a_part_of_a_part_lies_within_it_in_any_order_of_the_classes(folder):
    part = SyntheticDataset.open(folder).select(n=10, seed=3)
    data = SimpleNamespace(class_names=("c", "a.b"), image_size=8, channels=1)
    assert set(part.like(data, n=500).files) == set(part.files)
    few = part.like(data, n=4, seed=5)
    assert len(few) == 4
    assert set(few.files) < set(part.files)


@pytest.mark.parametrize("kind", ["shards", "address"])
def test_shards_and_addresses_are_other_ways_to_store_a_set(folder, kind):
    plain = SyntheticDataset.open(folder)
    expected, rows = plain.images, plain.metadata
    place = folder
    if kind == "shards":
        in_shards(folder)
    else:
        pytest.importorskip("fsspec")
        place = "memory://opened/set"
        upload(folder, place)
    dataset = SyntheticDataset.open(place)
    temporary = dataset.images_folder
    assert torch.equal(dataset.images, expected)
    assert dataset.metadata == rows
    if kind == "shards":
        assert dataset.results_folder == folder
    few = dataset.select(n=2)
    del dataset
    gc.collect()
    # The files live as long as any set that reads from them.
    assert len(few.images) == 2
    del few
    gc.collect()
    assert not temporary.exists()


def test_a_missing_address_is_one_line():
    pytest.importorskip("fsspec")
    with pytest.raises(UsageError, match="dataset memory://nowhere/set: there is no finished set"):
        SyntheticDataset.open("memory://nowhere/set")


def test_any_class_folders_are_a_set(tmp_path):
    fill(tmp_path / "flowers/rose", 3)
    fill(tmp_path / "flowers/tulip", 2, first=10)
    dataset = SyntheticDataset.from_folder(tmp_path / "flowers")
    assert dataset.class_names == ("rose", "tulip")
    assert dataset.images.shape[:2] == (5, 3)
    assert (dataset.manifest, dataset.card, dataset.metadata) == (None, None, [])
    with pytest.raises(UsageError, match=r"dataset .*flowers: there is no manifest\.json"):
        dataset.data()


@pytest.mark.parametrize("workers", [0, 2])
def test_a_data_loader_takes_a_set(folder, workers):
    dataset = SyntheticDataset.open(folder)
    batches = [*DataLoader(dataset, batch_size=20, num_workers=workers)]
    assert torch.equal(torch.cat([images for images, _ in batches]), dataset.images)
    assert torch.equal(torch.cat([labels for _, labels in batches]), dataset.labels)
    with pytest.raises(IndexError):
        dataset[42]


def test_unreadable_images_of_another_program_are_left_out(tmp_path, capfd):
    fill(tmp_path / "rose", 2)
    (tmp_path / "rose/000.png").write_bytes(b"no image")
    dataset = SyntheticDataset.from_folder(tmp_path)
    assert len(dataset) == len(dataset.images) == 1
    assert torch.equal(dataset[0][0], dataset.images[0])
    assert str(tmp_path / "rose/000.png") in capfd.readouterr().out
    (tmp_path / "rose/001.png").write_bytes(b"no image")
    broken = SyntheticDataset.from_folder(tmp_path, image_size=8, channels=3)
    with pytest.raises(UsageError, match="none of the 2 images of the dataset can be read"):
        len(broken)


def test_sets_of_older_versions_keep_working(folder):
    table = folder / "metadata.csv"
    table.write_text(table.read_text().replace(",method,", ",maker,", 1))
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text())
    manifest |= {"makers": manifest.pop("sources", {}) or manifest.get("makers"), "max_tries": 10}
    manifest["gates"] = [{"copies": True, "strays": False}]
    manifest["passed"] = {"c": {"tried": 12, "copies": 12}}
    data = {"class_path": "datamodules.mnist.MNISTDataModule", "init_args": {"policy": "mirror"}}
    manifest["card"] = {"data": data}
    file.write_text(json.dumps(manifest))
    dataset = SyntheticDataset.open(folder)
    assert {row["method"] for row in dataset.metadata} == {"generator"}
    assert list(dataset.manifest["sources"]) == ["generator"]
    assert dataset.manifest["max_attempts"] == 10
    assert dataset.manifest["filters"] == [{"memorized": True, "outliers": False}]
    assert dataset.manifest["passed"]["c"] == {"tried": 12, "memorized": 12}
    assert dataset.split_settings == {"augmentation": "mirror"}
    # Shards and published sets have the new names.
    assert {row["method"] for row in rows_of(folder)} == {"generator"}


def test_what_was_never_made_is_counted(folder):
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text())
    file.write_text(json.dumps({**manifest, "short": {"rose": 3, "daisy": 0}}))
    assert SyntheticDataset.open(folder).short == {"rose": 3}
    file.write_text("{}")
    assert SyntheticDataset.open(folder).short == {}
    with (folder / "metadata.csv").open(newline="") as rows:
        assert len(list(csv.DictReader(rows))) == 42
