"""Files and folders without usable images are reported in a line each, with what to do."""

import imagecodecs
import numpy as np
import pytest

from datamodules.errors import DataError, UnreadableImageError
from datamodules.reading.images.image import decode_image
from datamodules.reading.survey import shape_of
from helpers.image_folders import fill, load

KINDS = {
    "a Git LFS pointer: run `git lfs pull`": b"version https://git-lfs.github.com/spec/v1\noid",
    "a git-annex pointer": b"/annex/objects/SHA256E-s1--ab.png\n",
    "HEIC, .*: export it as JPEG": b"\0\0\0\x18ftypheic\0\0\0\0",
    "JPEG XL, .*: export it as JPEG": b"\xff\x0a\0\0",
    "a web page: download it again": b"<!DOCTYPE html><html></html>",
    "DICOM: convert it": bytes(128) + b"DICM",
    "lossless or JPEG-LS.*: export it as PNG": imagecodecs.jpegls_encode(np.zeros((9, 9), "u2")),
    "unsupported kind of JPEG .*lossless": imagecodecs.ljpeg_encode(np.zeros((9, 9), "u2")),
    r"kind of JPEG \(12-bit": imagecodecs.jpeg8_encode(np.zeros((9, 9), "u2"), bitspersample=12),
    "not an image, or of an unknown kind": b"hello",
}


@pytest.mark.parametrize("said", KINDS)
def test_content_says_what_a_file_is(said):
    with pytest.raises(UnreadableImageError, match=said):
        decode_image(KINDS[said], "a.png", 3)


@pytest.mark.parametrize("said", KINDS)
def test_a_look_at_the_head_says_it_too(tmp_path, said):
    (tmp_path / "a.png").write_bytes(KINDS[said])
    with pytest.raises(UnreadableImageError, match=said):
        shape_of(tmp_path / "a.png")


def test_many_files_of_one_reason_share_a_line(tmp_path, capsys):
    for kind, first in (("cat", 0), ("dog", 100)):
        fill(tmp_path / kind, 6, first)
    for number in range(30):
        (tmp_path / "cat" / f"IMG_{number:02}.HEIC").write_bytes(b"x")
    (tmp_path / "dog" / "odd.png").write_bytes(b"x")
    assert load(tmp_path).num_classes == 2
    said = capsys.readouterr().out
    assert "left out 31 image files" in said
    assert said.count("HEIC, which is not read") == 1
    assert "IMG_00.HEIC and 29 more: HEIC, which is not read: export it as JPEG" in said
    assert "odd.png: not an image, or of an unknown kind" in said


def test_files_that_are_not_read_next_to_images_are_named_with_what_to_do(tmp_path, capsys):
    fill(tmp_path / "loose", 6)
    (tmp_path / "loose" / "scans").mkdir()
    for number in range(5):
        (tmp_path / "loose" / "scans" / f"{number}.dcm").write_bytes(b"x")
    _ = load(tmp_path / "loose").num_classes
    said = capsys.readouterr().out
    assert "left out 'scans' next to the images, without images (only 5 .dcm: convert DICOM" in said
    fill(tmp_path / "mixed", 6)
    (tmp_path / "mixed" / "x.dcm").write_bytes(b"x")
    _ = load(tmp_path / "mixed").num_classes
    said = capsys.readouterr().out
    assert "skipped 1 file that is no image (1 .dcm: convert DICOM to PNG)" in said


def test_a_root_without_images_names_what_its_folders_hold(tmp_path):
    for kind in ("normal", "pneumonia"):
        (tmp_path / kind).mkdir()
        for number in range(5):
            (tmp_path / kind / f"{number}.dcm").write_bytes(b"x")
    with pytest.raises(
        DataError, match=r"no images in '.*' \(only 10 \.dcm: convert .*\); it must hold"
    ):
        _ = load(tmp_path).num_classes
    fill(tmp_path / "all" / "cat", 6)
    with pytest.raises(DataError, match=r"\(only 5 \.dcm: convert .*\), given as unlabelled"):
        _ = load(tmp_path / "all", unlabelled=str(tmp_path / "normal")).num_classes


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("train.zip", r"only 1 \.zip: unpack it\)"),
        ("shard.TAR", r"only 1 \.tar: unpack it\)"),
        (
            "scans.npz",
            r"only 1 \.npz: write each image that it holds to a file, or write your own ",
        ),
        (
            "a.tfrecords",
            r"only 1 \.tfrecords: write each image that it holds to a file, or write",
        ),
        ("a.tfrecord-00000-of-00002", r"of-00002: write each image that it holds to a file"),
        ("IM00001", r"only 1 \(no extension\): add their extension to images, .* DICOM to PNG"),
        ("train-images-idx3-ubyte", r"each image that another holds, such as MNIST's, to a file\)"),
        ("a.dcm", r"only 1 \.dcm: convert DICOM to PNG\)"),
        ("a.jpg?w=640", r"only 1 \.jpg\?w=640: rename them to end in \.jpg"),
        ("a.jpg ", r"only 1 \.jpg : rename them to end in \.jpg"),
        ("a.NEF", r"only 1 \.nef: export them as JPEG or TIFF\)"),
        ("scans.h5", r"only 1 \.h5: write each image that it holds to a file, or write your own "),
    ],
)
def test_files_that_hold_images_say_how_they_can_be_read(tmp_path, name, advice):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(DataError, match=advice):
        _ = load(tmp_path).num_classes


def test_folders_without_images_next_to_classes_are_named(tmp_path, capsys):
    for kind, first in (("cat", 0), ("dog", 100)):
        fill(tmp_path / kind, 6, first)
    (tmp_path / "owl").mkdir()
    (tmp_path / "fox").mkdir()
    (tmp_path / "fox" / "1.dcm").touch()
    assert load(tmp_path).num_classes == 2
    assert (
        "'fox', 'owl' next to the class folders, without images, are no" in capsys.readouterr().out
    )
    assert load(tmp_path, ignore=["fox", "owl"]).num_classes == 2
    assert "without images" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("{}.NEF", "(only 8 .nef: export them as JPEG or TIFF)"),
        ("{}", "(only 8 (no extension): add their extension to images, such as .png"),
        ("{}.zip", "(only 8 .zip: unpack it)"),
        ("{}.txt", "(only 8 .txt)"),
    ],
)
def test_a_class_folder_of_files_that_are_not_read_says_what_they_are(tmp_path, name, said, capsys):
    for kind, first in (("cat", 0), ("dog", 100)):
        fill(tmp_path / kind, 6, first)
    (tmp_path / "owl").mkdir()
    for number in range(8):
        (tmp_path / "owl" / name.format(number)).write_bytes(b"x")
    assert load(tmp_path).num_classes == 2
    found = capsys.readouterr().out
    assert f"'owl' next to the class folders, without images, are no classes {said}" in found
