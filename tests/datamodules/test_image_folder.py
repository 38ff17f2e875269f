"""Folders of every layout; nothing readable is lost, nothing else goes unnamed."""

import os
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from datamodules.errors import DataError
from datamodules.gathered import SPLITS
from datamodules.image_folder import ImageFolderDataModule


def write(path, number):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(number).integers(0, 256, (12, 10, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def fill(folder, count, first=0):
    return [write(folder / f"{first + i:03}.png", first + i) for i in range(count)]


def load(root, **options):
    return ImageFolderDataModule(**{"root": str(root), "image_size": 8, **options})


def everything(data):
    return sorted(path for split in SPLITS for path in data.paths(split))


@pytest.fixture
def flowers(tmp_path):
    root = tmp_path / "flowers"
    fill(root / "rose", 30)
    fill(root / "tulip", 20, first=100)
    return root


def test_class_folders(flowers, capsys):
    data = load(flowers)
    assert data.class_names == ("rose", "tulip")
    assert data.num_classes == 2
    assert everything(data) == sorted(str(path) for path in flowers.rglob("*.png"))
    assert data.unreadable == {}
    counts = [len(data.paths(split)) for split in SPLITS]
    expected = "flowers (2 classes, in memory): {} training, {} validation, {} test images"
    assert data.describe() == expected.format(*counts)
    assert capsys.readouterr().out == f"data: {data.describe()}\n"
    for split in SPLITS:
        images, labels = data.images(split)
        assert images.shape == (len(labels), 3, 8, 8)
        assert images.dtype == torch.uint8
        names = [data.class_names[label] for label in labels]
        assert all(name in path for name, path in zip(names, data.paths(split), strict=True))


def test_flat_folder_is_one_class(tmp_path):
    fill(tmp_path / "my photos", 20)
    data = load(tmp_path / "my photos", channels=1)
    assert data.class_names == ("my photos",)
    assert len(everything(data)) == 20
    assert data.images("train")[0].shape[1:] == (1, 8, 8)


@pytest.mark.parametrize("validation", ["val", "valid", "Validation"])
def test_given_splits_are_kept(tmp_path, validation):
    for split, first in (("train", 0), ("test", 100), (validation, 200)):
        fill(tmp_path / split / "cat", 10, first)
        fill(tmp_path / split / "dog", 5, first + 50)
    data = load(tmp_path)
    assert data.class_counts == {"cat": 10, "dog": 5}
    for split, folder in (("train", "train"), ("test", "test"), ("validation", validation)):
        assert len(data.paths(split)) == 15
        assert all(f"{os.sep}{folder}{os.sep}" in path for path in data.paths(split))


def test_validation_is_cut_from_train_when_only_test_is_given(tmp_path):
    fill(tmp_path / "train" / "cat", 60)
    fill(tmp_path / "test" / "cat", 7, 100)
    data = load(tmp_path, validation=0.3)
    assert len(data.paths("test")) == 7
    assert 5 < len(data.paths("validation")) < 35
    assert len(data.paths("train")) + len(data.paths("validation")) == 60


def test_training_images_that_stand_in_test_are_left_out_and_named(tmp_path, capsys):
    train = fill(tmp_path / "train" / "cat", 10)
    (tmp_path / "test" / "cat").mkdir(parents=True)
    shutil.copy(train[3], tmp_path / "test" / "cat" / "other name.png")
    data = load(tmp_path, validation=0)
    assert str(train[3]) not in data.paths("train")
    assert len(data.paths("train")) == 9
    assert f"{train[3]}: the same image is in test" in capsys.readouterr().out


def test_a_class_called_train_is_no_split(tmp_path):
    fill(tmp_path / "train", 9)
    fill(tmp_path / "bus", 9, 100)
    assert load(tmp_path).class_names == ("bus", "train")


def test_split_folders_may_be_flat(tmp_path):
    root = tmp_path / "faces"
    fill(root / "train", 9)
    fill(root / "test", 3, 100)
    data = load(root, validation=0)
    assert [len(data.paths(split)) for split in SPLITS] == [9, 0, 3]
    assert data.num_classes == 1


def test_a_test_class_that_train_lacks_is_an_error(tmp_path):
    fill(tmp_path / "train" / "cat", 9)
    fill(tmp_path / "test" / "cats", 3, 100)
    with pytest.raises(DataError, match=r"the test folder .* unknown class 'cats'; did you mean"):
        _ = load(tmp_path).num_classes


def test_hidden_system_and_empty_are_passed_over_and_the_rest_counted(flowers, capsys):
    before = everything(load(flowers))
    write(flowers / ".ipynb_checkpoints" / "rose-checkpoint.png", 900)
    write(flowers / "__MACOSX" / "a.png", 901)
    write(flowers / "rose" / ".hidden.png", 902)
    (flowers / "rose" / "Thumbs.db").write_bytes(b"x")
    (flowers / ".DS_Store").write_bytes(b"x")
    (flowers / "empty").mkdir()
    (flowers / "labels.csv").write_text("a,b")
    (flowers / "rose" / "note.txt").write_text("a")
    (flowers / "tulip" / "README").write_text("a")
    capsys.readouterr()
    data = load(flowers)
    assert everything(data) == before
    assert data.class_names == ("rose", "tulip")
    report = capsys.readouterr().out
    assert "passed over 3 files that are no images (1 .csv, 1 .txt, 1 (no extension))" in report


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
    assert "beside.png: lies beside the class folders" in report
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


def test_links_that_loop_end_and_lend_no_class_to_another(flowers):
    before = everything(load(flowers))
    fill(flowers.parent / "another set", 3, 800)
    (flowers / "rose" / "up").symlink_to(flowers, target_is_directory=True)
    (flowers / "rose" / "self").symlink_to(flowers / "rose", target_is_directory=True)
    (flowers / "rose" / "out").symlink_to(flowers.parent, target_is_directory=True)
    (flowers / "rose" / "other").symlink_to(flowers / "tulip", target_is_directory=True)
    assert everything(load(flowers)) == before


def test_a_linked_class_folder_is_read(flowers, tmp_path):
    fill(tmp_path / "elsewhere", 12, 400)
    (flowers / "daisy").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert load(flowers).class_names == ("daisy", "rose", "tulip")


def test_deeper_images_belong_to_the_class_and_any_name_will_do(flowers):
    deep = write(flowers / "rose" / "2024" / 'it\'s a "näme" 花.PNG', 777)
    odd = fill(flowers / "café d'été", 12, 600)
    data = load(flowers)
    assert str(deep) in everything(data)
    assert str(odd[0]) in everything(data)
    assert "café d'été" in data.class_names


def test_resident_and_streamed_give_the_same_batches(flowers):
    held, streamed = (
        load(
            flowers,
            resident=resident,
            batch_size=8,
            epoch_images=60,
            num_workers=workers,
            policy="light",
        )
        for resident, workers in ((True, 0), (False, 1))
    )
    assert "streamed" in streamed.describe()
    assert held.fingerprint == streamed.fingerprint
    for name in ("train_dataloader", "val_dataloader", "test_dataloader"):
        pairs = zip(getattr(held, name)(), getattr(streamed, name)(), strict=True)
        for (images, labels), (same, equal) in pairs:
            assert torch.equal(images, same)
            assert torch.equal(labels, equal)


def test_auto_streams_what_does_not_fit(flowers, monkeypatch):
    monkeypatch.setattr("datamodules.resident.RESIDENT_BYTES", 50 * 3 * 8 * 8 - 1)
    data = load(flowers)
    assert "streamed" in data.describe()
    monkeypatch.setattr("datamodules.resident.RESIDENT_BYTES", 50 * 3 * 8 * 8)
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


def test_a_class_with_nothing_to_use_is_an_error(flowers):
    (flowers / "lily").mkdir()
    (flowers / "lily" / "a.png").touch()
    with pytest.raises(DataError, match=r"class 'lily' has no readable image in .*; repair or"):
        _ = load(flowers).num_classes


def test_a_class_without_training_images_is_an_error(flowers):
    with pytest.raises(DataError, match=r"class '(rose|tulip)' has no training image"):
        _ = load(flowers, validation=0.49999, test=0.5).num_classes


def test_too_large_a_batch_is_an_error_only_for_training(flowers):
    data = load(flowers, batch_size=64)
    assert len([*data.test_dataloader()]) == 1
    with pytest.raises(DataError, match=r"batch_size is 64, but there are .* training images"):
        data.train_dataloader()


def test_an_empty_split_has_no_loader(flowers):
    assert load(flowers, validation=0).val_dataloader() == []


def test_workers(flowers):
    assert load(flowers, batch_size=8).train_dataloader().num_workers == 0
    assert load(flowers, batch_size=8, policy="light").train_dataloader().num_workers >= 1
    loader = load(flowers, batch_size=8, resident=False).val_dataloader()
    assert loader.num_workers >= 1
    assert loader.persistent_workers
    assert load(flowers, batch_size=8, num_workers=2).val_dataloader().num_workers == 2


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
