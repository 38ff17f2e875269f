"""Sets from elsewhere are data: reading one starts no program and exhausts no memory."""

import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest
from PIL import EpsImagePlugin

from datamodules.reading.images import header
from ganaug.evaluation.labelling import Labels
from ganaug.evaluation.table import short_note
from ganaug.synthesis import SyntheticDataset, verify
from ganaug.synthesis.listing import described
from ganaug.synthesis.marks import read_mark
from ganaug.synthesis.sources.real_file import RealFile, loads_plainly
from ganaug.synthesis.writer.remote import download, upload
from ganaug.synthesis.writer.webdataset import extract_shards, in_shards
from ganaug.utils.errors import UsageError
from helpers.expanded import write

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\nshowpage\n%%EOF\n"


def test_no_file_is_given_to_ghostscript(painter, tmp_path, monkeypatch):
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *_: pytest.fail("it was started"))
    write(painter, tmp_path)
    file = tmp_path / "images/cat/000001.png"
    file.write_bytes(EPS)
    assert verify(tmp_path).unreadable == ("images/cat/000001.png",)
    assert not loads_plainly(file)
    assert read_mark(EPS) is None
    with pytest.raises(OSError, match="cannot identify"):
        RealFile(str(file)).pixels()


def member(name, content=b"", **fields):
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, io.BytesIO(content)


@pytest.mark.parametrize("kind", ["compressed", "link", "large", "NUL"])
def test_a_shard_of_anything_but_plain_images_is_named(painter, tmp_path, monkeypatch, kind):
    out, shard = tmp_path / "made", tmp_path / "made/shard-000000.tar"
    write(painter, out)
    in_shards(out)
    row = json.dumps({"file_name": "images/cat/x\0.png"}).encode()
    members = {
        "link": [member("k.png", type=tarfile.SYMTYPE, linkname="k.png")],
        "NUL": [member("k.png", b"x"), member("k.json", row)],
    }
    if kind in members:
        with tarfile.open(shard, "w") as file:
            for info, content in members[kind]:
                file.addfile(info, content)
    elif kind == "compressed":
        shard.write_bytes(gzip.compress(shard.read_bytes()))
    else:
        monkeypatch.setattr(header, "HEADER_BYTES", -(header.MAX_PIXELS * 16))
    name = r"images/cat/x\\x00.png" if kind == "NUL" else "shard-000000.tar"
    with pytest.raises(UsageError, match=f"made: the shards can't be read, or hold '{name}'"):
        extract_shards(out, tmp_path)
    assert len(verify(out).extra) == 1


def test_a_password_in_an_address_is_neither_stored_nor_printed(painter, tmp_path):
    pytest.importorskip("fsspec")
    write(painter, tmp_path / "made")
    address = "memory://ann:secret@host/set"
    upload(tmp_path / "made", address)
    dataset = SyntheticDataset.open(address)
    assert dataset.address == dataset.place_from(Path("metrics.json")) == "memory://host/set"
    with pytest.raises(UsageError, match="memory://host/none: there is no finished set"):
        download("memory://ann:secret@host/none", tmp_path)


def test_class_names_are_printed_without_control_characters():
    name = "a\x1b]0;title\x07"
    labels = Labels([], [name], {}, Path("labels.csv"))
    for text in (described(Path("made"), lambda: [name]), str(labels), short_note({name: 1})):
        assert r"a\x1b]0;title\x07" in text
