"""Object detection sets: several objects in an image do not give it a class."""

import pytest

from datamodules.errors import DataError
from helpers.archive import Archive
from helpers.image_folders import load

BOXES = "0 0.51 0.42 0.1 0.2\n2 0.3 0.3 1e-2 0.25\n"
OUTLINE = "1 0.5 0.4 0.1 0.2 0.7 0.8\n"
VOC = "<annotation><object><name>cat</name><bndbox><xmin>1</xmin></bndbox></object></annotation>"
# Folders of images, and of their object annotations.
PLACES = {
    "ultralytics": ("images/{}", "labels/{}"),
    "roboflow": ("{}/images", "{}/labels"),
    "flat": ("images", "labels"),
    "voc": ("VOC2012/JPEGImages", "VOC2012/Annotations"),
    "darknet": ("obj_train_data", "obj_train_data"),
}


def marked(root, place, text, ending=".txt", empty=1):
    a, first = Archive(root), 0
    images, notes = PLACES[place]
    for split, count in (("train", 20), ("valid", 6), ("test", 6)):
        a.images(images.format(split), count, first=first)
        for number in range(first, first + count):
            own = text if number >= empty else ""
            a.text(f"{notes.format(split)}/{number:03}{ending}", own)
        first += count
    a.text("data.yaml", "names: [cat, dog, owl]")
    a.text("classes.txt", "cat\ndog\nowl")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("text", "ending"),
    [(BOXES, ".txt"), (OUTLINE, ".txt"), (VOC, ".xml")],
    ids=["boxes", "outlines", "voc"],
)
def test_objects_are_to_be_cut_out_first(tmp_path, place, text, ending):
    marked(tmp_path / "street", place, text, ending)
    with pytest.raises(DataError, match=r"cut its objects out first.* classes to \[street\]"):
        _ = load(tmp_path / "street").num_classes
    assert load(tmp_path / "street", classes=["street"]).class_names == ("street",)


def test_captions_next_to_images_are_no_objects(tmp_path):
    marked(tmp_path, "flat", "2 cats on 1 chair")
    assert load(tmp_path).num_classes == 1


def test_files_of_objects_may_be_ignored(tmp_path):
    marked(tmp_path, "flat", BOXES)
    assert load(tmp_path, ignore="labels").num_classes == 1


def test_class_folders_say_the_class_of_images_with_objects(tmp_path):
    a = Archive(tmp_path)
    for kind in ("cat", "dog"):
        a.images(kind, 12)
        for number in range(12):
            a.text(f"{kind}/{number:03}.txt", BOXES)
    assert load(tmp_path).class_names == ("cat", "dog")


def test_objects_of_labelme_are_to_be_cut_out_first(tmp_path):
    text = '{"version": "5.0", "shapes": [{"label": "cat"}], "imagePath": "a.png"}'
    marked(tmp_path / "street", "darknet", text, ".json", empty=0)
    with pytest.raises(DataError, match="cut its objects out first"):
        _ = load(tmp_path / "street").num_classes


def test_files_of_labelme_without_objects_are_no_objects(tmp_path):
    text = '{"version": "5.0", "flags": {"cat": true}, "shapes": []}'
    marked(tmp_path, "darknet", text, ".json", empty=0)
    assert load(tmp_path).num_classes == 1
