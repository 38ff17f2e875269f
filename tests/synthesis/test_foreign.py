"""Sets that another program made: any folders, formats, names of classes and tables of labels."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.foreign import foreign_checks
from ganaug.synthesis.matching import match_classes
from ganaug.utils.errors import UsageError
from helpers.image_folders import fill, load, write


def opened(folder, *names, **settings):
    return SyntheticDataset.open(folder, class_names=names or None, **settings)


@pytest.mark.parametrize(
    "name",
    ["sunflower", "Sun Flower", "SUN_FLOWER", "sun-flower", "sun\u2010flower", " sunflower "],
)
def test_names_that_differ_in_form_alone_are_one_class(name):
    assert match_classes(["ROSE", name], ["rose", "sunflower"]) == {"ROSE": 0, name: 1}


def test_unicode_forms_are_one_name():
    assert match_classes(["CAFE\u0301", "STRASSE"], ["caf\xe9", "stra\xdfe"]) == {
        "CAFE\u0301": 0,
        "STRASSE": 1,
    }


def test_an_exact_name_goes_before_a_similar_one():
    assert match_classes(["a b", "A-B"], ["a b", "A-B"]) == {"a b": 0, "A-B": 1}
    with pytest.raises(UsageError, match=r"class 'a_b' matches the real classes 'a b' and 'A-B'"):
        match_classes(["a_b"], ["a b", "A-B"])


def test_two_names_of_one_class_and_names_of_none_are_errors():
    with pytest.raises(UsageError, match=r"'Rose' and 'rose' both match the real class 'rose'"):
        match_classes(["Rose", "rose"], ["rose", "tulip"])
    with pytest.raises(UsageError, match=r"the classes 'lily', 'oak', which .* rose, tulip\. Rena"):
        match_classes(["lily", "oak", "rose"], ["rose", "tulip"])
    with pytest.raises(UsageError, match=r"have no class; put them into one folder per class"):
        match_classes([""], ["rose", "tulip"])
    assert match_classes([""], ["rose"]) == {"": 0}


def test_how_classes_were_matched_and_a_class_without_images_are_said(tmp_path, capsys):
    fill(tmp_path / "made/Sun Flower", 2)
    fill(tmp_path / "made/rose", 3, first=10)
    found = opened(tmp_path / "made", "rose", "sunflower", "tulip")
    assert found.counts == {"rose": 3, "sunflower": 2}
    assert found.select(image_size=8).counts == found.select(image_size=16).counts
    said = capsys.readouterr().out
    assert said.count("2 of 3 classes matched by name") == 1
    assert "'Sun Flower' is sunflower; without synthetic images, and so not measured: tulip" in said
    assert "rose is" not in said


def test_numbered_folders_are_matched_by_the_file_that_names_them(tmp_path):
    for number in range(2):
        fill(tmp_path / str(number), 3, first=10 * number)
    with pytest.raises(UsageError, match=r"names them, copy it into the folder"):
        _ = opened(tmp_path, "rose", "tulip").counts
    (tmp_path / "classes.txt").write_text("rose\ntulip\n")
    assert opened(tmp_path, "rose", "tulip").counts == {"rose": 3, "tulip": 3}


def test_any_depth_size_format_and_channels(tmp_path):
    folder = tmp_path / "made"
    write(folder / "a/one/two/1.png", 1)
    for name, mode, size in (("2.jpg", "L", (40, 30)), ("3.webp", "RGBA", (9, 9))):
        Image.new(mode, size, 90).save(folder / "a" / name)
    (folder / "b").mkdir()
    Image.fromarray(np.full((20, 20), 40_000, np.uint16)).save(folder / "b/deep.tif")
    data = load(folder, validation=0.0, test=0.0)
    chosen = opened(folder, "a", "b", image_size=8, channels=3, reader=data.reader)
    images, labels = data.images("train")
    of_data = dict(zip(data.paths("train"), images, strict=True))
    assert chosen.labels.tolist() == labels.tolist() == [0, 0, 0, 1]
    for one, image in zip(chosen.listed, chosen.images, strict=True):
        assert torch.equal(image, of_data[str(one.path)])
    assert chosen.manifest is None


@pytest.mark.parametrize("first", range(3))
def test_size_and_channels_are_those_of_all_files(tmp_path, first):
    """Whichever comes first: one file in color makes a set of color, and one large file no size."""
    kinds = [("L", 8), ("RGB", 12), ("L", 90)]
    for number, (mode, side) in enumerate([*kinds[first:], *kinds[:first]]):
        write(tmp_path / f"made/a/{number}.png", number)
        Image.new(mode, (side, 2 * side), 90).save(tmp_path / f"made/a/{number}.png")
    (tmp_path / "made/b.png").write_bytes(b"no image")
    found = opened(tmp_path / "made")
    assert (found.image_size, found.channels) == (12, 3)
    for path in (tmp_path / "made/a").iterdir():
        Image.open(path).convert("L").save(path)
    assert opened(tmp_path / "made").images.shape == (3, 1, 12, 12)


def test_images_are_in_the_order_of_their_numbers(tmp_path):
    for number in (10, 9, 2):
        write(tmp_path / f"made/a/{number}.png", number)
    assert opened(tmp_path / "made").files == ["a/2.png", "a/9.png", "a/10.png"]


ROWS = "file,label\n0.png,Rose\n1.png,tulip\n7.png,rose\n"


def flat(folder, table="labels.csv", rows=ROWS):
    for number in range(3):
        write(folder / f"{number}.png", number)
    (folder / table).write_text(rows)
    return folder


def test_a_flat_folder_with_a_table(tmp_path, capsys):
    folder = flat(tmp_path / "made", rows="file,label\n0.png,Rose\n1.png,tulip\n2.png,Rose\n")
    found = opened(folder, "rose", "tulip")
    assert found.files == ["0.png", "2.png", "1.png"]
    assert found.labels.tolist() == [0, 0, 1]
    assert found.results_folder == folder
    assert "'Rose' is rose" in capsys.readouterr().out


def test_rows_without_a_file_and_images_without_a_row_are_named(tmp_path, capsys):
    folder = flat(tmp_path / "made", rows="file,label\n0.png,rose\n1.png,tulip\n7.png,rose\n")
    found = SyntheticDataset.open(folder / "labels.csv")
    assert found.counts == {"rose": 1, "tulip": 1}
    said = capsys.readouterr().out
    assert "labels.csv name missing files (1): 7.png" in said
    assert "2.png (has no label in labels.csv)" in said


def test_a_parquet_table_and_a_pattern(tmp_path):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    folder = flat(tmp_path / "made", "notes.txt")
    rows = {"file_name": ["0.png", "1.png", "2.png"], "label": ["a", "b", "a"], "seed": [1, 2, 3]}
    pandas.DataFrame(rows).to_parquet(folder / "labels.parquet")
    assert opened(folder).counts == {"a": 2, "b": 1}
    by_name = SyntheticDataset.from_folder(folder, labels=r"\d\.(png)")
    assert by_name.class_names == ("png",)


def test_the_table_is_found_when_the_set_is_opened(tmp_path):
    """What is written at the end of a long search says which it was, even if it is gone by then."""
    folder = flat(tmp_path / "made", "own.csv", "file,label\n0.png,a\n1.png,b\n")
    dataset = SyntheticDataset.from_folder(folder, labels="own.csv")
    (folder / "own.csv").unlink()
    assert dataset.labelled_by == {"labels": str(folder / "own.csv")}
    assert dataset.select(image_size=8).labelled_by == dataset.labelled_by
    with pytest.raises(UsageError, match=r"dataset .*made: labels 'own\.csv' is no file; give a"):
        SyntheticDataset.from_folder(folder, labels="own.csv")


def test_hugging_faces_image_folder_is_no_set_of_ours(tmp_path):
    flat(tmp_path / "made/images", "none.txt")
    rows = "file_name,label\nimages/0.png,a\nimages/1.png,b\nimages/2.png,b\n"
    (tmp_path / "made/metadata.csv").write_text(rows)
    assert opened(tmp_path / "made").counts == {"a": 1, "b": 2}


def test_images_without_a_class_are_those_of_a_single_class(tmp_path):
    fill(tmp_path / "made", 2)
    assert opened(tmp_path / "made", "face").counts == {"face": 2}
    with pytest.raises(UsageError, match="have no class"):
        opened(tmp_path / "made", "face", "tree").counts  # noqa: B018 - it raises


def test_of_files_that_can_not_be_read_nothing_is_known(tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(b"no image")
    checks = foreign_checks(sorted(tmp_path.iterdir()))
    assert {each.name: each.passed for each in checks} == {
        "whole": None,
        "readable": False,
        "of one size": None,
        "marked": None,
    }


def test_images_that_can_not_be_read_are_left_out_and_named(tmp_path, capsys):
    files = fill(tmp_path / "made/a", 4)
    files[0].write_bytes(b"no image")
    files[2].write_bytes(files[2].read_bytes()[:60])
    data = load(tmp_path / "made", validation=0.0, test=0.0)
    for settings in ({}, {"reader": data.reader, "image_size": 8, "channels": 3}):
        found = opened(tmp_path / "made", **settings)
        assert len(found) == len(found.labels) == len(found.images) == 2
        said = capsys.readouterr().out
        assert "unusable images are skipped (2): " in said
        assert str(files[0]) in said
        assert str(files[2]) in said
    for file in files:
        file.write_bytes(b"")
    with pytest.raises(UsageError, match=r"can't be read as an image .* nor any other"):
        opened(tmp_path / "made").images  # noqa: B018 - it raises


# As downloads break, or as a header lies: Pillow raises ValueError for these, not OSError.
BROKEN = {
    "short.png": b"\x89PNG\r\n\x1a\n\0\0\0\5IHDR\0\0\0\x14\0\x98\x03\x94\x06",
    "width.pgm": b"P5\n20 x\n255\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_header_that_lies_is_named_and_breaks_nothing(tmp_path, capsys, name):
    broken = fill(tmp_path / "made/a", 2)[0].with_name(f"000{name}")
    broken.write_bytes(BROKEN[name])
    found = opened(tmp_path / "made")
    assert len(found.images) == 2
    assert f"unusable images are skipped (1): {broken}" in capsys.readouterr().out
    assert "1 of 3 files" in next(each.words for each in found.checks if each.name == "readable")


def test_a_file_that_is_no_table_is_no_missing_folder(tmp_path):
    (tmp_path / "made.zip").write_bytes(b"PK")
    with pytest.raises(UsageError, match=r"made\.zip: this file is no table \(\.csv, .* a folder"):
        SyntheticDataset.open(tmp_path / "made.zip")


def test_results_of_a_set_in_its_folder_are_no_images(tmp_path):
    fill(tmp_path / "made/a", 2)
    Path(tmp_path / "made/metrics.json").write_text('{"writer": "ganaug tools/evaluate.py"}')
    write(tmp_path / "made/closest.png", 9)
    assert opened(tmp_path / "made").counts == {"a": 2}


@pytest.mark.parametrize("names", [("valid", "invalid"), ("test", "control"), ("train", "car")])
def test_classes_named_as_splits_are(tmp_path, names):
    for number, name in enumerate(names):
        fill(tmp_path / "made" / name, 2, first=10 * number)
    assert opened(tmp_path / "made", *names).counts == dict.fromkeys(names, 2)


@pytest.mark.parametrize("splits", ["test", "train,,gen", "train,trian"])
def test_splits_mean_nothing_of_synthetic_images(tmp_path, splits):
    words = [*splits.split(","), splits.split(",")[0], splits.split(",")[-1]]
    rows = [f"{i}.png,{'ab'[i % 2]},{words[i]}\n" for i in range(3)]
    folder = flat(tmp_path / "made", rows="file,label,split\n" + "".join(rows))
    assert opened(folder).counts == {"a": 2, "b": 1}


def test_images_in_a_folder_of_a_split_have_no_class(tmp_path):
    fill(tmp_path / "made/train", 2)
    assert opened(tmp_path / "made", "face").counts == {"face": 2}


def test_what_is_passed_over_is_named(tmp_path, capsys):
    write(tmp_path / "made/a/1.png", 1)
    write(tmp_path / "made/a/1_mask.png", 2)
    assert len(opened(tmp_path / "made")) == 1
    said = capsys.readouterr().out
    assert f"masks are skipped (1): {tmp_path / 'made/a/1_mask.png'}" in said
    folder = flat(tmp_path / "flat", rows="0.png,a\n1.png,b\n2.png,b\n")
    with pytest.raises(
        UsageError,
        match=r"labels\.csv' has no line with the names of .*; give a folder",
    ):
        opened(folder).counts  # noqa: B018 - it raises
    (folder / "labels.csv").rename(folder / "notes.csv")
    assert opened(folder).counts == {"": 3}
    assert "'notes.csv' is not used, since it has no line with the names" in capsys.readouterr().out


def test_advice_is_what_can_be_done_to_a_synthetic_set(tmp_path):
    for name in ("train", "test", "other"):
        write(tmp_path / f"made/{name}/a/1.png", 1)
    flat(tmp_path / "flat", rows="file,kind of it\n0.png,a\n1.png,b\n2.png,b\n0.png,a\n")
    for name in ("made", "flat"):
        with pytest.raises(UsageError, match="; give a folder that holds a folder") as error:
            opened(tmp_path / name).counts  # noqa: B018 - it raises
        assert "ignore" not in str(error.value)
    flat(tmp_path / "two", rows="file,label\n0.png,a\n1.png,b\n2.png,b\n0.png,b\n")
    with pytest.raises(UsageError, match=r"keep one row, or cut its objects out first$"):
        opened(tmp_path / "two").counts  # noqa: B018 - it raises


def test_a_repr_reads_no_images_and_does_not_fail(tmp_path):
    write(tmp_path / "made" / "rose" / "a.png", 1)
    (tmp_path / "made" / "rose" / "b.png").write_text("damaged")
    dataset = SyntheticDataset.open(tmp_path / "made")
    assert repr(dataset).endswith("made', 2 images; rose: 2)")
    assert "_scan" not in vars(dataset)
    (tmp_path / "empty").mkdir()
    assert repr(SyntheticDataset.open(tmp_path / "empty")).startswith("SyntheticDataset('")
