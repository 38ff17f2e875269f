"""The data module for folders: reading, reports, splits and batches, without losing images."""

import re
import shutil
from types import SimpleNamespace

import pyarrow as pa
import pytest
import torch
from PIL import Image
from pyarrow import parquet

from datamodules.errors import DataError
from datamodules.image_folder import ImageFolderDataModule
from datamodules.reading.splits.splits import SPLITS
from helpers.image_folders import everything, fill, load, write


def test_the_report_names_each_file_left_out(flowers, capsys):
    good = everything(load(flowers))
    (flowers / "rose" / "zero.png").touch()
    (flowers / "rose" / "letter.jpg").write_text("Dear all")
    (flowers / "tulip" / "raw.heic").write_bytes(b"ftypheic")
    half = write(flowers / "tulip" / "cut.png", 7)
    half.write_bytes(half.read_bytes()[:100])
    Image.new("L", (300, 300)).save(flowers / "rose" / "large.png")
    write(flowers / "beside.png", 8)
    (flowers / "rose" / "gone.png").symlink_to(flowers / "nowhere.png")
    capsys.readouterr()
    data = load(flowers, max_pixels=10_000)
    assert everything(data) == good
    report = capsys.readouterr().out
    assert "left out 7 image files" in report
    for name in ("zero.png", "letter.jpg", "raw.heic", "cut.png", "large.png", "gone.png"):
        assert f"{name}: " in report
    assert "beside.png: is next to the class folders" in report
    assert len(data.unreadable) == 7
    assert "300 x 300 is 90,000 pixels" in data.unreadable[str(flowers / "rose" / "large.png")]


def test_a_long_report_is_cut_but_kept_whole(flowers, capsys):
    for number in range(33):
        (flowers / "rose" / f"bad{number}.png").touch()
    data = load(flowers)
    assert len(data.unreadable) == 33
    report = capsys.readouterr().out
    assert report.count("empty file") == 20
    assert "... and 13 more" in report


def test_copies_are_never_on_two_sides(tmp_path):
    for path in fill(tmp_path / "a", 60):
        write(tmp_path / "b" / path.name, int(path.stem))
        shutil.copy(path, tmp_path / "a" / f"copy of {path.name}")
    data = load(tmp_path, validation=0.3, test=0.3)
    stems = [{path[-7:] for path in data.paths(split)} for split in SPLITS]
    assert all(stems)
    assert not stems[0] & stems[1]
    assert not stems[0] & stems[2]
    assert not stems[1] & stems[2]
    assert len(everything(data)) == 180


def test_a_new_file_moves_only_what_stands_next_to_a_boundary(flowers):
    before = {split: set(load(flowers).paths(split)) for split in SPLITS}
    new = str(write(flowers / "rose" / "0000 first.png", 555))
    after = load(flowers)
    moved = [set(after.paths(split)) - {new} - before[split] for split in SPLITS]
    assert len(set.union(*moved)) <= 2


def test_two_readings_are_the_same(flowers):
    one, two = load(flowers), load(flowers)
    assert one.fingerprint == two.fingerprint
    for split in SPLITS:
        assert one.paths(split) == two.paths(split)
        assert torch.equal(one.images(split)[0], two.images(split)[0])


def test_fingerprint_follows_contents_size_and_subset_but_not_names(flowers):
    first = load(flowers).fingerprint
    assert load(flowers, image_size=16).fingerprint != first
    assert load(flowers, per_class=5).fingerprint != first
    assert load(flowers, classes=["rose"]).fingerprint != first
    path = flowers / "rose" / "000.png"
    path.rename(flowers / "rose" / "zzz.png")
    assert load(flowers).fingerprint == first
    for path in (flowers / "rose").iterdir():
        path.unlink()
    fill(flowers / "rose", 30, first=500)
    assert load(flowers).fingerprint != first


def test_fingerprint_of_the_test_follows_its_own_images(tmp_path):
    fill(tmp_path / "train/rose", 10)
    fill(tmp_path / "test/rose", 5, first=100)
    before = load(tmp_path)
    (tmp_path / "test/rose/100.png").rename(tmp_path / "test/rose/other.png")
    assert load(tmp_path).fingerprint_of("test") == before.fingerprint_of("test")
    (tmp_path / "test/rose/104.png").unlink()
    after = load(tmp_path)
    assert after.fingerprint_of("test") != before.fingerprint_of("test")
    assert after.fingerprint == before.fingerprint == before.fingerprint_of("all_train")


def test_subsets_nest(flowers):
    small, large = load(flowers, per_class=4), load(flowers, per_class={"rose": 9, "tulip": 6})
    assert small.class_counts == {"rose": 4, "tulip": 4}
    assert large.class_counts == {"rose": 9, "tulip": 6}
    assert set(small.paths("train")) < set(large.paths("train")) < set(load(flowers).paths("train"))
    assert small.paths("test") == load(flowers).paths("test")
    with pytest.raises(DataError, match="1,000 training images of class 'rose', which has"):
        _ = load(flowers, per_class=1000).num_classes


def test_classes_choose_and_order(flowers):
    fill(flowers / "daisy", 20, 300)
    data = load(flowers, classes=["tulip", "daisy"])
    assert data.class_names == ("tulip", "daisy")
    assert not any("rose" in path for path in everything(data))
    with pytest.raises(DataError, match="unknown class 'tullip'; did you mean 'tulip'"):
        _ = load(flowers, classes=["tullip"]).num_classes


def test_resident_and_streamed_give_the_same_batches(flowers):
    held, streamed = (
        load(
            flowers,
            in_memory=in_memory,
            batch_size=8,
            epoch_images=60,
            num_workers=workers,
            augmentation="light",
        )
        for in_memory, workers in ((True, 0), (False, 1))
    )
    assert "streamed" in streamed.describe()
    assert held.fingerprint == streamed.fingerprint
    for name in ("train_dataloader", "val_dataloader", "test_dataloader"):
        pairs = zip(getattr(held, name)(), getattr(streamed, name)(), strict=True)
        for (images, labels), (same, equal) in pairs:
            assert torch.equal(images, same)
            assert torch.equal(labels, equal)


def test_auto_streams_what_does_not_fit(flowers, monkeypatch):
    monkeypatch.setattr("datamodules.reading.splits.in_memory.IN_MEMORY_BYTES", 50 * 3 * 8 * 8 - 1)
    data = load(flowers)
    assert "streamed" in data.describe()
    monkeypatch.setattr("datamodules.reading.splits.in_memory.IN_MEMORY_BYTES", 50 * 3 * 8 * 8)
    assert "in memory" in load(flowers).describe()


def test_limited_images_are_spread_over_classes(flowers):
    data = load(flowers)
    images, labels = data.images("train", limit=8)
    assert labels.bincount().tolist() == [4, 4]
    paths = data.paths("train", limit=8)
    everyone = data.paths("train")
    assert torch.equal(images, data.images("train")[0][[everyone.index(path) for path in paths]])
    with pytest.raises(DataError, match="limit is 0"):
        data.images("train", limit=0)
    with pytest.raises(DataError, match="unknown split 'vaildation'; did you mean 'validation'"):
        data.images("vaildation")


def test_wrong_folders(flowers):
    with pytest.raises(DataError, match=r"no folder '.*flower'; did you mean 'flowers'\? Give"):
        _ = load(flowers.parent / "flower").num_classes
    with pytest.raises(DataError, match="is a file; give the folder"):
        _ = load(flowers / "rose" / "000.png").num_classes
    (flowers / "text").mkdir()
    (flowers / "text" / "a.txt").write_text("a")
    with pytest.raises(DataError, match=r"no images in '.*text' \(only 1 .txt\)"):
        _ = load(flowers / "text").num_classes


@pytest.mark.parametrize("name", ["mine.csv", "mine.lst", "mine.parquet"])
def test_a_table_as_root_is_told_from_a_file_and_the_advice_works(flowers, name):
    files = [f"{file.parent.name}/{file.name}" for file in sorted(flowers.glob("*/*.png"))]
    labels = ["ab"[n % 2] for n in range(len(files))]
    rows = [f"{file},{label}" for file, label in zip(files, labels, strict=True)]
    if name == "mine.parquet":
        parquet.write_table(pa.table({"file": files, "label": labels}), flowers / name)
    else:
        head = ["file,label"] if name == "mine.csv" else []
        (flowers / name).write_text("\n".join([*head, *rows]))
    with pytest.raises(
        DataError, match="is a file; give the folder that holds the images"
    ) as error:
        _ = load(flowers / name).num_classes
    found = re.search(r"set root to '(.+)' and labels to '(.+)'", str(error.value))
    assert load(found[1], labels=found[2]).class_names == ("a", "b")
    with pytest.raises(DataError, match=r"the images \(unpacked\)"):
        _ = load(flowers, unlabelled=str(flowers / name)).num_classes


def test_a_class_with_nothing_to_use_is_an_error(flowers):
    (flowers / "lily").mkdir()
    (flowers / "lily" / "a.png").touch()
    with pytest.raises(DataError, match=r"class 'lily' has no readable image in .*; repair or"):
        _ = load(flowers).num_classes


def test_a_class_without_training_images_is_an_error(flowers):
    with pytest.raises(DataError, match=r"class '(rose|tulip)' has no training image"):
        _ = load(flowers, validation=0.49999, test=0.5).num_classes


def test_too_large_a_batch_shrinks_for_training_and_is_said(flowers, capsys):
    data = load(flowers, batch_size=64, epoch_images=1)
    assert len([*data.test_dataloader()]) == 1
    (batch,) = data.train_dataloader()
    assert len(batch[1]) == 40 == data.hparams["batch_size"]
    assert "batch_size is 64, more than the training images fill; it is now 40" in (
        capsys.readouterr().out
    )
    paired = load(flowers, batch_size=100, epoch_images=1, paired=True)
    assert [len(labels) for _, labels in paired.train_dataloader()] == [80]


@pytest.mark.parametrize("loader", ["train_dataloader", "val_dataloader"])
def test_shared_memory_need_only_hold_the_images_there_are(flowers, monkeypatch, loader):
    # The batches of two workers as float32, of the 40 training images at most.
    usage = SimpleNamespace(free=(2 * 2 + 1) * 40 * 3 * 8 * 8 * 4)
    monkeypatch.setattr("datamodules.batching.loaders.shutil.disk_usage", lambda _: usage)
    data = load(flowers, batch_size=4096, num_workers=2)
    assert getattr(data, loader)().num_workers == 2


def test_the_line_of_the_data_counts_the_first_ten_classes(tmp_path, capsys):
    for number in range(12):
        fill(tmp_path / f"kind {number:02}", 25, first=100 * number)
    _ = load(tmp_path).num_classes
    shown = ", ".join(f"kind {number:02}: 19" for number in range(10))
    assert f"36 test images; {shown} and 2 more classes\n" in capsys.readouterr().out


def test_imbalance_small_classes_and_missing_test_images_are_said(tmp_path, capsys):
    fill(tmp_path / "rose", 60)
    fill(tmp_path / "tulip", 4, first=100)
    assert load(tmp_path).class_counts == {"rose": 48, "tulip": 4}
    said = capsys.readouterr().out
    assert "'rose' has 12 times as many training images as 'tulip'; set balance to 1" in said
    assert "fewer than 20 training images: tulip: 4;" in said
    assert "no test image of tulip: test is 0.1; 0.125 or more gives one" in said
    assert load(tmp_path, test=0.125, balance=1).images("test")[1].tolist().count(1) == 1
    said = capsys.readouterr().out
    assert "no test image" not in said
    assert "times as many" not in said


def test_an_empty_split_has_no_loader(flowers):
    assert load(flowers, validation=0).val_dataloader() == []


def test_workers(flowers):
    assert load(flowers, batch_size=8).train_dataloader().num_workers == 0
    assert load(flowers, batch_size=8, augmentation="light").train_dataloader().num_workers >= 1
    loader = load(flowers, batch_size=8, in_memory=False).val_dataloader()
    assert loader.num_workers >= 1
    assert loader.persistent_workers
    assert load(flowers, batch_size=8, num_workers=2).val_dataloader().num_workers == 2


@pytest.mark.parametrize("in_memory", [True, False])
def test_images_are_read_in_blocks(flowers, in_memory):
    data = load(flowers, in_memory=in_memory)
    images, _ = data.images("train")
    blocks = list(data.blocks("train", 10))
    assert {len(block) for block in blocks[:-1]} == {10}
    assert 0 < len(blocks[-1]) <= 10
    assert torch.equal(torch.cat(blocks), images)
    with pytest.raises(DataError, match="split"):
        next(data.blocks("trian"))


def test_card_is_plain_and_rebuilds_the_data(flowers, tmp_path):
    data = load(flowers, per_class={"rose": 4}, classes=["rose", "tulip"])
    data.hparams["_instantiator"] = "what LightningCLI adds"
    torch.save(data.card(), tmp_path / "card.pt")
    card = torch.load(tmp_path / "card.pt", weights_only=True)
    assert card["class_path"] == "datamodules.image_folder.ImageFolderDataModule"
    assert card["class_names"] == ["rose", "tulip"]
    assert card["class_counts"]["rose"] == 4
    assert card["value_range"] == [-1.0, 1.0]
    again = ImageFolderDataModule(**card["init_args"])
    assert again.fingerprint == card["fingerprint"] == data.fingerprint


def test_a_path_object_is_as_good_as_a_string(flowers):
    data = ImageFolderDataModule(root=flowers, image_size=8)
    assert data.card()["init_args"]["root"] == str(flowers)
