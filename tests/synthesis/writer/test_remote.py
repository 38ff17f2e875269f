"""Sets copied to addresses: whole, and never over another."""

import shutil

import pytest

from ganaug.synthesis.writer.remote import is_address, naming_failures_at, reach, upload
from ganaug.synthesis.writer.webdataset import in_shards
from ganaug.utils.atomic_files import partial_file
from ganaug.utils.errors import UsageError
from ganaug.utils.folder_lock import LOCK


def test_to_an_address_with_the_manifest_last(folder, monkeypatch):
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    order = []
    put = type(memory).put_file

    def remember(self, here, there, **options):
        order.append(there)
        return put(self, here, there, **options)

    monkeypatch.setattr(type(memory), "put_file", remember)
    (folder / LOCK).touch()  # of this process, which writes there
    partial_file(folder / "shard-000000.tar").touch()  # of one that was killed
    assert upload(folder, "memory://bucket/set") == 42 + 4
    assert order[-1].endswith("manifest.json")
    there = memory.cat_file("/bucket/set/images/c/000003.png")
    assert there == (folder / "images/c/000003.png").read_bytes()
    assert upload(folder, "memory://bucket/set") == 0


def test_the_same_set_in_another_layout_is_left_alone(folder, tmp_path):
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    sharded = shutil.copytree(folder, tmp_path / "sharded")
    in_shards(sharded)
    pairs = {"folders": (folder, sharded), "shards": (sharded, folder)}
    for there, (first, second) in pairs.items():
        address = f"memory://layouts/{there}"
        assert upload(first, address) > 0
        before = memory.find(f"/layouts/{there}")
        with pytest.raises(UsageError, match=f"{address} holds a set in {there}; give `layout`"):
            upload(second, address)
        assert memory.find(f"/layouts/{there}") == before
        assert upload(first, address) == 0


def test_another_set_at_an_address_is_left_alone(folder):
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/taken/manifest.json", b"{}")
    with pytest.raises(UsageError, match="memory://taken holds another set"):
        upload(folder, "memory://taken")
    assert memory.ls("/taken", detail=False) == ["/taken/manifest.json"]


def test_addresses():
    assert is_address("s3://bucket/set")
    assert not is_address("expanded/set")
    with pytest.raises(UsageError, match="nosuch"):
        upload(None, "nosuch://bucket")


def test_what_is_no_set_is_refused_before_anything_is_made():
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/photos/mine.png", b"mine")
    with pytest.raises(UsageError, match="memory://photos is not empty"):
        reach("memory://photos")
    memory.pipe_file("/begun/.unfinished", b"")
    assert reach("memory://begun")[1] == "/begun"


def test_a_part_of_another_set_is_left_alone(folder):
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/part/.unfinished", b"another's")
    with pytest.raises(UsageError, match="memory://part holds a part of another set"):
        upload(folder, "memory://part")
    assert memory.find("/part") == ["/part/.unfinished"]


def test_an_error_of_a_library_is_one_line():
    class LibraryError(Exception):
        pass

    said = r"^cannot write s3://b/s: no answer from there\. Correct this and run"
    with pytest.raises(UsageError, match=said), naming_failures_at("s3://b/s"):
        raise LibraryError("no answer\n  from there")
    silent = pytest.raises(UsageError, match="cannot write s3://b/s: LibraryError")
    with silent, naming_failures_at("s3://b/s"):
        raise LibraryError
