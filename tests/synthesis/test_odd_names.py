"""File names that are not UTF-8 go through journal, rows and manifest; class names may not."""

import csv
import json
import os

import numpy as np
import pytest
import torch
from PIL import Image

from datamodules.errors import DataError
from ganaug.synthesis import RealImages, RealSource, expand, verify
from helpers.image_folders import fill, load

NAMES = [
    "..",
    "con",
    "a/b",
    "<script>alert(1)</script>",
    "line\nbreak",
    "وردة",
    "玫瑰",
    "🌹",
    "-rf",
    "a,b",
]


def real(sources):
    images = torch.zeros(len(sources), 3, 8, 8, dtype=torch.uint8)
    return RealImages(images, torch.arange(len(sources)), sources)


def test_odd_class_names_stay_within_the_folder_and_come_back(tmp_path):
    source = RealSource(real([f"{i}.png" for i in range(len(NAMES))]), NAMES)
    expand([source], {"real": dict.fromkeys(NAMES, 1)}, tmp_path / "out")
    assert {path.name for path in tmp_path.iterdir()} == {"out"}
    assert len([path for path in (tmp_path / "out" / "images").iterdir() if path.is_dir()]) == len(
        NAMES
    )
    with (tmp_path / "out" / "metadata.csv").open(newline="", encoding="utf-8") as file:
        assert {row["label"] for row in csv.DictReader(file)} == set(NAMES)
    assert verify(tmp_path / "out").sound


def test_a_source_that_is_not_utf_8_is_written_as_an_escape(tmp_path):
    name = os.fsdecode(b"caf\xe9.png")
    source = RealSource(real([name]), ["a"])
    expand([source], {"real": {"a": 1}}, tmp_path / "out", facts={"root": name})
    rows = (tmp_path / "out" / "metadata.csv").read_text(encoding="utf-8")
    assert r"caf\udce9.png" in rows
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["root"] == name
    assert verify(tmp_path / "out").sound
    expand([source], {"real": {"a": 1}}, tmp_path / "out", facts={"root": name})


def test_images_of_such_names_are_read_and_such_classes_are_named(tmp_path):
    fill(tmp_path / "photos" / "a", 12)
    odd = os.path.join(os.fsencode(tmp_path / "photos" / "a"), b"\xff.png")  # noqa: PTH118 - a Path takes no bytes
    pixels = np.full((9, 9, 3), 7, np.uint8)
    with open(odd, "wb") as file:  # noqa: PTH123 - a Path takes no bytes
        Image.fromarray(pixels).save(file, "PNG")
    assert load(tmp_path / "photos").card()["class_counts"]["a"] > 8
    os.rename(tmp_path / "photos" / "a", os.fsencode(tmp_path / "photos") + b"/\xff")  # noqa: PTH104 - a Path takes no bytes
    fill(tmp_path / "photos" / "b", 12, first=50)
    with pytest.raises(DataError, match=r"class '\\udcff' is not UTF-8.*rename"):
        _ = load(tmp_path / "photos").num_classes
