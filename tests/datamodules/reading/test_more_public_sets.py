"""Further public sets and exports, as unzipped: read correctly, or with the word of what to do."""

import json

import pytest

from datamodules.errors import DataError
from helpers.archive import Archive, by_class
from helpers.image_folders import load

KINDS = ("cat", "dog")


def kind(number):
    return KINDS[number % 2]


def refusal(root):
    with pytest.raises(DataError) as caught:
        _ = load(root).num_classes
    return str(caught.value)


def remarks(root, capsys):
    _ = load(root).num_classes
    return capsys.readouterr().out


@pytest.mark.parametrize("wrap", ["", "food-101/", "archive/food-101/"])
def test_lists_next_to_the_folder_of_images_are_found_in_a_folder_of_an_archive(tmp_path, wrap):
    """Food-101 and DTD hold their lists of splits in a folder next to that of the images."""
    a = Archive(tmp_path)
    for name in KINDS:
        a.images(f"{wrap}images/{name}", 12, f"{name}_{{}}.jpg")
    for split, held_out in (("train", False), ("test", True)):
        lines = [f"{k}/{k}_{n}" for k in KINDS for n in range(12) if (n % 3 == 0) == held_out]
        a.text(f"{wrap}meta/{split}.txt", "\n".join(lines))
    data = load(tmp_path)
    assert by_class(data, "test") == {"cat": 4, "dog": 4}
    assert {path.rsplit("_", 1)[1] for path in data.paths("test")} == {
        "0.jpg",
        "3.jpg",
        "6.jpg",
        "9.jpg",
    }


def test_oxford_flowers(tmp_path):
    a = Archive(tmp_path)
    a.images("102flowers/jpg", 20, "image_{:05}.jpg")
    a.text("imagelabels.mat", "x")
    assert "imagelabels.mat' seems to hold the labels" in refusal(tmp_path)
    a.images("102segmentations/segmim", 20, "segmim_{:05}.jpg")
    said = refusal(tmp_path)
    assert "'102segmentations' next to '102flowers', which may be masks or a class" in said


@pytest.mark.parametrize("name", ["BACKGROUND_Google", "257.clutter"])
def test_clutter_of_caltech_is_a_class_with_a_remark(tmp_path, capsys, name):
    a = Archive(tmp_path)
    for each in ("accordion", "airplanes", name):
        a.images(f"101_ObjectCategories/{each}", 10, "image_{:04}.jpg")
    assert f"'{name}' are read as classes; name them in ignore" in remarks(tmp_path, capsys)


def test_labels_of_studies_in_folders_of_patients(tmp_path, capsys):
    """MURA names the label in the folder of each study."""
    a = Archive(tmp_path)
    for part, first in (("XR_HAND", 0), ("XR_WRIST", 100)):
        for p in range(first, first + 8):
            a.images(f"{part}/patient{p:05}/study1_{('negative', 'positive')[p % 2]}", 2)
    said = remarks(tmp_path, capsys)
    assert (
        "the images lie in folders called 'study1_negative' or 'study1_positive', below 16 "
        "folders such as 'patient00000'"
    ) in said
    assert "if these words are the classes, set labels to '_?([^/_0-9]+)/[^/]+$'" in said
    data = load(tmp_path, labels="_?([^/_0-9]+)/[^/]+$")
    assert data.class_names == ("negative", "positive")


def test_a_pattern_that_merges_labels_of_studies_is_not_suggested(tmp_path, capsys):
    a = Archive(tmp_path)
    for part, first in (("hand", 0), ("wrist", 100)):
        for p in range(first, first + 8):
            a.images(f"{part}/patient{p:05}/{('tumor', 'no_tumor')[p % 2]}", 2)
    said = remarks(tmp_path, capsys)
    assert "called 'no_tumor' or 'tumor', below 16 folders" in said
    assert "if these words are the classes, set labels to a CSV with the columns" in said


def test_magnifications_of_every_slide_are_no_labels(tmp_path, capsys):
    a = Archive(tmp_path)
    for name in ("benign", "malignant"):
        for slide in range(4):
            for zoom in (40, 100):
                a.images(f"{name}/{name[0]}{slide}/{zoom}X", 3)
    assert "the images lie in folders called" not in remarks(tmp_path, capsys)


def test_folders_that_list_labels_of_other_folders(tmp_path, capsys):
    a = Archive(tmp_path)
    for name in ("cat", "dog", "cat, dog"):
        a.images(name, 10)
    said = remarks(tmp_path, capsys)
    assert (
        "data: 'cat, dog' combines the names of other class folders and is read as a class" in said
    )
    (tmp_path / "cat, dog").rename(tmp_path / "cat, tabby")
    assert "combines the names" not in remarks(tmp_path, capsys)
    (tmp_path / "cat, tabby").rename(tmp_path / "cat & dog")
    assert "combines the names" not in remarks(tmp_path, capsys)


EXPORTS = {
    "all_data.csv": "\n".join(f"TRAIN,gs://b/img/{n}.jpg,{kind(n)}" for n in range(20)),
    "pathmnist.csv": "\n".join(f"TRAIN,{n}.jpg,{n % 2}" for n in range(20)),
    "import.jsonl": "\n".join(
        json.dumps(
            {
                "imageGcsUri": f"gs://b/img/{n}.jpg",
                "classificationAnnotation": {"displayName": kind(n)},
            }
        )
        for n in range(20)
    ),
    "output.manifest": "\n".join(
        json.dumps({"source-ref": f"s3://b/{n}.jpg", "a-metadata": {"class-name": kind(n)}})
        for n in range(20)
    ),
}
SAID = {
    "all_data.csv": "has no line with the names of its columns, and its rows name 20 images",
    "pathmnist.csv": "has no line with the names of its columns, and its rows name 20 images",
    "import.jsonl": "is an export of Vertex AI that is not read; write a CSV with the columns",
    "output.manifest": "is an export of SageMaker Ground Truth that is not read; write a CSV",
}


@pytest.mark.parametrize("name", EXPORTS)
def test_exports_for_images_without_class_folders_are_refused(tmp_path, name):
    a = Archive(tmp_path)
    a.images("img", 20, "{}.jpg")
    a.text(name, EXPORTS[name])
    assert SAID[name] in refusal(tmp_path)
    assert load(tmp_path, ignore=[name]).num_classes == 1


def test_other_tables_without_a_head_only_add_a_remark(tmp_path, capsys):
    a = Archive(tmp_path)
    a.images("img", 20, "{}.jpg")
    a.text("sizes.csv", "\n".join(f"{n}.jpg,{24 + n % 2},24" for n in range(20)))
    said = remarks(tmp_path, capsys)
    assert "'sizes.csv' is not used, since it has no line with the names of its columns" in said


def test_tables_of_pixels_are_named_if_there_are_no_images(tmp_path):
    a = Archive(tmp_path / "fer")
    rows = [f"{n % 3},{' '.join(['12'] * 2304)},Training" for n in range(5)]
    a.text("fer2013.csv", "\n".join(["emotion,pixels,Usage", *rows]))
    assert "'fer2013.csv' holds the pixels of an image in each row: write" in refusal(
        tmp_path / "fer"
    )
    a = Archive(tmp_path / "digits")
    a.text(
        "train.csv",
        "\n".join(["label," + ",".join(f"pixel{n}" for n in range(784)), "1" + ",0" * 784]),
    )
    assert "no images in" in refusal(tmp_path / "digits")
    assert "'train.csv' holds the pixels" in refusal(tmp_path / "digits")


def test_run_lengths_are_no_pixels_and_other_advice_is_kept(tmp_path):
    a = Archive(tmp_path)
    a.text("scan.dcm.zip", "x")
    row = " ".join(f"{n} 3" for n in range(900))
    a.text("train.csv", f"ImageId,EncodedPixels\n1,{row}")
    said = refusal(tmp_path)
    assert "unpack it" in said
    assert "holds the pixels" not in said
    a.text("digits.csv", "label,pixels\n1,0 0 0")
    assert "unpack it; 'digits.csv' holds the pixels of an image in each row" in refusal(tmp_path)


def test_a_table_without_any_images_blames_the_images(tmp_path):
    a = Archive(tmp_path)
    a.text("train_images/a.dcm", "x")
    a.text("train_labels.csv", "patientId,Target\na,1")
    assert "no images in" in refusal(tmp_path)
