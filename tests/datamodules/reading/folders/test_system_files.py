"""Folders and files of operating systems, network drives and clouds are no classes or images."""

import pytest

from helpers.archive import Archive, by_class
from helpers.image_folders import load

SYSTEM = (
    *("@eaDir", "#recycle", "@Recycle", "#snapshot", "$RECYCLE.BIN", "lost+found", "__MACOSX"),
    "System Volume Information",
)


def pets(root):
    a = Archive(root)
    for kind in ("cat", "dog"):
        a.images(kind, 10)
    return a


@pytest.mark.parametrize("name", SYSTEM)
def test_folders_of_systems_and_drives_are_not_read(tmp_path, name):
    a = pets(tmp_path)
    a.images(f"{name}/cat", 3)
    a.images(f"cat/{name}/000.png", 2, "SYNOPHOTO_THUMB_{}.jpg")
    assert by_class(load(tmp_path), "train") == {"cat": 8, "dog": 8}


def test_files_that_are_only_in_a_cloud_are_counted(tmp_path, capsys):
    a = pets(tmp_path)
    for number in range(5):
        a.text(f"cat/.IMG_{number}.jpg.icloud", "x")
        (tmp_path / f"dog/{number}.jpg").write_bytes(bytes(2048))
    assert load(tmp_path).num_classes == 2
    said = capsys.readouterr().out
    assert "left out 10 image files" in said
    assert "cat/.IMG_0.jpg.icloud and 4 more: only in iCloud: download it to this machine" in said
    assert "dog/0.jpg and 4 more: only zeros, as after a download that did not finish" in said


def test_other_or_ignored_files_in_a_cloud_are_no_lost_images(tmp_path, capsys):
    a = pets(tmp_path)
    a.text("cat/.notes.pdf.icloud", "x")
    a.text("cat/.IMG_1.jpg.icloud", "x")
    assert load(tmp_path, ignore="IMG_1.jpg").num_classes == 2
    said = capsys.readouterr().out
    assert "left out" not in said
    assert "matches nothing" not in said


def test_a_plain_folder_has_nothing_passed_over(tmp_path, capsys):
    pets(tmp_path)
    assert by_class(load(tmp_path), "train") == {"cat": 8, "dog": 8}
    assert "passed over" not in capsys.readouterr().out
