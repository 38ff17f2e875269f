"""Names of images and labels, in the forms in which other programs write them into a table."""

import csv
import json

import pytest

from datamodules.reading.tables.several_labels import unwrapped
from helpers.archive import Archive
from helpers.image_folders import load

NAMES = [
    "{0}.dcm",
    "scans/{0}.DCM",
    "https://bucket.example.com/{0}.png?X-Amz-Expires=36&y=1",
    "s3://bucket/images/{1}.png",
]
LABELS = ["['{0}']", '["{0}"]', '{{"kind":"{0}"}}']


def opened(root, name="{0}.png", label="{0}"):
    """Open images with a table in which names and labels have the given forms."""
    Archive(root).images("images", 12, "my {:03}.png")
    with (root / "labels.csv").open("w", newline="") as stream:
        rows = csv.writer(stream, quoting=csv.QUOTE_ALL)
        rows.writerow(("file", "label"))
        for n in range(12):
            names = name.format(f"my {n:03}", f"my%20{n:03}")
            rows.writerow((names, label.format(("cat", "dog")[n % 2])))
    return load(root)


@pytest.mark.parametrize("name", NAMES)
def test_names_of_dicom_files_and_urls_are_those_of_images(tmp_path, name):
    data = opened(tmp_path, name)
    assert data.class_names == ("cat", "dog")
    for path, label in zip(data.paths("train"), data.images("train")[1].tolist(), strict=True):
        assert int(path[-7:-4]) % 2 == label


@pytest.mark.parametrize("label", LABELS)
def test_a_list_or_mapping_of_one_label_is_that_label(tmp_path, label):
    assert opened(tmp_path, label=label).class_names == ("cat", "dog")


def test_a_json_mapping_of_files_to_rows_is_a_table(tmp_path):
    a = Archive(tmp_path)
    a.images("images", 12)
    rows = {
        f"{n:03}.png": {"label": ("cat", "dog")[n % 2], "split": "test" if n > 7 else "train"}
        for n in range(12)
    }
    a.text("labels.json", json.dumps(rows))
    data = load(tmp_path)
    assert data.class_names == ("cat", "dog")
    assert len(data.paths("test")) == 4


def test_a_cell_of_many_brackets_is_text():
    cell = f"[{'-' * 60_000}1]"
    assert unwrapped(cell) == cell
