"""Notes on the data: each printed once per command, and no used file counted as skipped."""

import contextlib
import io

import pytest

from datamodules.notes import notes_once
from helpers.archive import Archive
from helpers.image_folders import fill, load

ROWS = [f"{n:03}.png,{'cd'[n % 2]}" for n in range(40)]


def labeled(folder):
    fill(folder, 40)
    (folder / "labels.csv").write_text("\n".join(["file,label", *ROWS]))
    return folder


@pytest.mark.parametrize("given", [None, "labels.csv"])
def test_a_table_that_is_read_is_not_skipped(tmp_path, capsys, given):
    labeled(tmp_path)
    assert load(tmp_path, labels=given).num_classes == 2
    assert "skipped" not in capsys.readouterr().out
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    assert load(tmp_path, labels=given).num_classes == 2
    assert "data: skipped 1 file that is no image (1 .csv)\n" in capsys.readouterr().out


def test_tables_of_splits_groups_and_names_are_not_skipped(tmp_path, capsys):
    a = Archive(tmp_path)
    a.images("", 40)
    for name, numbers in (("train", range(30)), ("test", range(30, 40))):
        rows = [f"{n:03}.png,{n % 2}" for n in numbers]
        a.text(f"{name}.csv", "\n".join(["file,label", *rows]))
    a.text("classes.txt", "0 cat\n1 dog\n")
    a.text("who.csv", "\n".join(["file,patient", *(f"{n:03}.png,{n}" for n in range(40))]))
    data = load(tmp_path, groups="who.csv")
    assert data.class_names == ("cat", "dog")
    assert len(data.paths("test")) == 10
    assert "skipped" not in capsys.readouterr().out


def test_a_note_is_printed_once_in_a_command(tmp_path, capsys):
    root = labeled(tmp_path)
    with notes_once():
        with contextlib.redirect_stdout(io.StringIO()):
            assert load(root).num_classes == 2
        assert load(root).num_classes == 2
        first = capsys.readouterr().out
        assert first.count("data: ") == len(first.splitlines())
        with notes_once():
            assert load(root).resized(16).num_classes == 2
        assert capsys.readouterr().out == ""
        assert load(root, per_class=5).num_classes == 2
        said = capsys.readouterr().out
        assert "10 training" in said
        assert "labels of 40 images" not in said
    assert load(root).num_classes == 2
    assert capsys.readouterr().out == first
