"""A folder that nothing can be written to is refused before any work is done."""

import os

import pytest

from ganaug.utils.errors import UsageError
from ganaug.utils.output_folder import refuse_unwritable


def test_new_and_existing_folders_are_welcome(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    for folder in ("new", "new/deeper", "there", "there/new", ".", tmp_path / "new"):
        refuse_unwritable(folder, "out")


def test_a_file_in_the_way_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "note").write_text("")
    with pytest.raises(UsageError, match=r"^out is note, which is a file; give another folder$"):
        refuse_unwritable("note", "out")
    with pytest.raises(UsageError, match=r"^out is note/a/b, and note is a file; give another"):
        refuse_unwritable("note/a/b", "out")


def test_a_link_to_nothing_is_named(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    with pytest.raises(UsageError, match="which is a link to nothing"):
        refuse_unwritable(tmp_path / "link", "out")


def test_a_folder_without_the_right_to_write_is_refused(tmp_path, monkeypatch):
    # Of which root, who runs many a container, has all.
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)
    with pytest.raises(UsageError, match=r"new, where you may not write; give another folder"):
        refuse_unwritable(tmp_path / "new", "out")
