"""Folders of masks next to the images are passed over, unless they are classes."""

import pytest

from datamodules.errors import DataError
from helpers.archive import Archive
from helpers.image_folders import everything, load


@pytest.mark.parametrize(
    ("images", "masks"),
    [
        ("image", "mask_image"),
        ("scans", "Mask_images"),
        ("images_png", "BinaryMask"),
        ("set/CXR_png", "set/ManualMask/left"),
        ("01_scans", "02_labels"),
        ("102photos", "102labels"),
    ],
)
def test_masks_with_the_names_of_the_images_are_passed_over(tmp_path, images, masks):
    a = Archive(tmp_path)
    a.images(images, 6)
    a.images(masks, 6)
    data = load(tmp_path)
    assert len(everything(data)) == 6
    assert all(images in path for path in everything(data))


@pytest.mark.parametrize("word", ["mask", "segmentation", "ground_truth", "annotation_1"])
def test_masks_named_after_the_images_are_passed_over(tmp_path, word):
    a = Archive(tmp_path)
    a.images("cats", 6, "a{:02}.png")
    a.images("masks", 6, f"a{{:02}}_{word}.png")
    assert all("cats" in path for path in everything(load(tmp_path)))


@pytest.mark.parametrize(
    "names",
    [("label", "no label"), ("1_label", "0_no_label"), ("mask", "no_mask"), ("WithMasks", "cat")],
)
def test_folders_with_and_without_masks_are_classes(tmp_path, names):
    a = Archive(tmp_path)
    for name in names:
        a.images(name, 8)
    assert {*load(tmp_path).class_names} == {*names}


def test_masks_of_other_names_are_asked_about(tmp_path):
    a = Archive(tmp_path)
    a.images("fish_image", 6)
    a.images("mask_image", 6, "mask_{:03}.png")
    with pytest.raises(DataError, match="'mask_image' next to 'fish_image', which may be masks or"):
        _ = load(tmp_path).num_classes


@pytest.mark.parametrize("name", ["segmented/img{:02}.png", "img{:02}_overlay.png"])
def test_pictures_made_from_the_images_are_passed_over(tmp_path, name):
    a = Archive(tmp_path)
    for kind in ("cat", "dog"):
        a.images(kind, 6, "img{:02}.png")
        a.images(kind, 6, name)
    assert len(everything(load(tmp_path))) == 12


def test_a_class_called_segmented_is_read(tmp_path):
    a = Archive(tmp_path)
    for kind in ("whole", "segmented"):
        a.images(kind, 6)
    a.images("whole/segmented", 3, "other{:02}.png")
    assert len(everything(load(tmp_path))) == 15
