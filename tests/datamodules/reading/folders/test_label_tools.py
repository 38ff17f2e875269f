"""Unsupported exports of labeling tools are refused with advice on what to export instead."""

import json

import pytest

from datamodules.errors import DataError
from helpers.image_folders import fill, load

CHOICES = {"choices": ["cat"]}
BOXES = {"rectanglelabels": ["cat"], "x": 1}


def label_studio(value):
    return [
        {"id": i, "data": {"image": f"/x/{i:03}.png"}, "annotations": [{"result": [value]}]}
        for i in range(6)
    ]


def cvat(label):
    images = "".join(f'<image id="{i}" name="{i:03}.png">{label}</image>' for i in range(6))
    return f'<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n{images}</annotations>'


def via(kind):
    return {"a.png1": {"filename": "a.png", "regions": [], "file_attributes": kind}}


def fiftyone(kind):
    samples = [{"filepath": f"{i:03}.png", "truth": {"_cls": kind}} for i in range(6)]
    return json.dumps({"samples": samples})


def datumaro(kind):
    items = [{"id": f"{i:03}", "annotations": [{"type": kind, "label_id": 0}]} for i in range(6)]
    return json.dumps({"info": {}, "categories": {"label": {"labels": []}}, "items": items})


EXPORTS = {
    "label studio": ("p-1.json", json.dumps(label_studio({"value": CHOICES})), "export it as CSV"),
    "its boxes": ("p-1.json", json.dumps(label_studio({"value": BOXES})), "cut them out first"),
    "cvat": ("annotations.xml", cvat('<tag label="cat"></tag>'), "in the format ImageNet"),
    "its boxes in cvat": ("annotations.xml", cvat('<box label="cat"/>'), "cut them out first"),
    "fiftyone": ("samples.json", fiftyone("Classification"), "as ImageClassificationDirectoryTree"),
    "its objects": ("samples.json", fiftyone("Detections"), "cut them out first"),
    "of datumaro": ("default.json", datumaro("label"), "in the format ImageNet"),
    "via": ("via.json", json.dumps(via({"kind": "cat"})), "the columns file and label"),
}


@pytest.mark.parametrize("folder", ["", "export"])
@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_is_refused_unless_it_is_not_asked(tmp_path, name, folder):
    file, text, said = EXPORTS[name]
    fill(tmp_path / "pets", 6)
    path = tmp_path / "pets" / folder / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    with pytest.raises(DataError, match=f"is an export of .*{said}"):
        _ = load(tmp_path / "pets").num_classes
    with pytest.raises(DataError, match=f"is an export of .*{said}"):
        _ = load(tmp_path / "pets", labels=str(path)).num_classes
    assert load(tmp_path / "pets", classes=["pets"]).class_names == ("pets",)
    assert load(tmp_path / "pets", ignore=[file]).num_classes == 1


def test_class_folders_next_to_an_export_are_the_classes(tmp_path):
    for name, (file, text, _) in EXPORTS.items():
        fill(tmp_path / name, 6, first=100 * len(name))
        (tmp_path / file).write_text(text)
    assert load(tmp_path).num_classes == len(EXPORTS)
